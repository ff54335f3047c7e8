"""Levels that people wrote, held against the grading guide."""

from __future__ import annotations

import pytest

from fakes.regulator_facts import answer, facts_for, section, words
from zicha.catalog.grading import load_grading_matrix
from zicha.reports.documents.grades import level_said
from zicha.reports.documents.registry import build

MATRIX = load_grading_matrix()


def test_the_matrix_has_every_cell_once():
    cells = {(cell.infringed, cell.harm) for cell in MATRIX.cells}

    assert len(MATRIX.cells) == 9
    assert cells == {(i.id, h.id) for i in MATRIX.infringed for h in MATRIX.harm}


@pytest.mark.parametrize(
    ("infringed", "harm", "level", "doubt"),
    [
        # GB/T 22240-2020, table of levels (regulatory research, catalog 5)
        ("公民、法人和其他组织的合法权益", "一般损害", "第一级", ""),
        ("社会秩序和公共利益", "严重损害", "3", ""),
        ("national security", "especially serious", "level 5", ""),
        ("社会秩序", "严重", "二级", "the matrix gives level 3"),
        ("公民", "特别严重", "三级", "Sources differ"),
        ("股东", "严重", "三级", "fits no cell"),
        ("国家安全", "一般", "看情况", "names no level"),
        ("国家安全", "一般", "二级或三级", "names no level"),
    ],
)
def test_a_level_is_checked_against_what_is_infringed_and_how_gravely(
    infringed, harm, level, doubt
):
    row = {"infringed": infringed, "harm": harm, "level": level}
    facts = facts_for("mlps-filing-form", answers={"grade_of_information": answer(row)})

    found = section(build("mlps-filing-form", facts), "grade_of_information")

    assert found.state == ("part" if doubt else "filled")
    assert doubt in found.lacks.en


@pytest.mark.parametrize(
    ("information", "service", "state", "says"),
    [
        ("三级", "二级", "filled", "The higher of the two sides is level 3"),
        ("二级", "二级", "part", "graded as level 2, yet declared as level 3"),
        ("三级", "", "part", "unchecked"),
    ],
)
def test_the_declared_level_is_the_higher_side_or_a_contradiction(
    information, service, state, says
):
    row = {"infringed": "社会秩序", "harm": "严重"}
    sides = {"information_grade": information, "service_grade": service}
    answers = {id_: answer(row | {"level": said}) for id_, said in sides.items()}

    found = section(
        build("mlps-grading-report", facts_for("mlps-grading-report", answers=answers)), "level"
    )

    assert found.state == state
    assert says in words(found)


@pytest.mark.parametrize(
    ("said", "level"), [("第三级", 3), ("S3", 3), ("level 4", 4), ("S3A2", None), ("", None)]
)
def test_a_level_is_read_only_where_one_is_named(said, level):
    assert level_said(said) == level
