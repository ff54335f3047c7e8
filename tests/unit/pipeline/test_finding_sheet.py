"""The register of findings goes out as a sheet and comes back whole, or not at all."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest

from fakes.findings import plant
from integration.one_day import NOON, Steps, workplace
from zicha.model.errors import ConfigError
from zicha.pipeline.findings.lists import finding_rows
from zicha.pipeline.findings.sheet import export_findings, import_findings
from zicha.storage import findings

SHELL = "os:0@localhost"
HOSTILE = '=HYPERLINK("http://evil","x")'


@pytest.fixture
def place(tmp_path):
    place = workplace(tmp_path / "data", Steps(), NOON + timedelta(hours=1))
    one = plant(place, NOON)
    with place.database.write() as connection:
        findings.put(connection, findings.findings, [findings._row(replace(one, observed=HOSTILE))])
    return place


def filled(path, **cells):
    """Fill the row of f-1 as a person does, in either form."""
    if path.suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
        rows[0] |= cells
        out = io.StringIO()
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(out.getvalue(), "utf-8")
        return path
    book = openpyxl.load_workbook(path)
    sheet = book["findings"]
    columns = [cell.value for cell in sheet[1]]
    for name, value in cells.items():
        sheet.cell(2, columns.index(name) + 1, value)
    book.save(path)
    return path


@pytest.mark.parametrize("name", ["register.xlsx", "register.csv"])
def test_a_sheet_goes_out_and_comes_back(place, tmp_path, name):
    path = export_findings(place, tmp_path / name, SHELL)

    rows = import_findings(place, filled(path, do="assign", new_owner="@li"), SHELL)

    assert [(row["before"], row["after"]) for row in rows] == [("open", "in-rectification")]
    assert finding_rows(place)[0]["owner"] == "@li"


def test_no_cell_is_a_formula(place, tmp_path):
    sheet = openpyxl.load_workbook(export_findings(place, tmp_path / "a.xlsx", SHELL))["findings"]
    said = export_findings(place, tmp_path / "a.csv", SHELL).read_text("utf-8-sig")

    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "inlineStr"}
    assert any(cell.value == HOSTILE for row in sheet for cell in row)
    assert "'=HYPERLINK" in said


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"do": "close"}, "row 2: do says close"),
        ({"do": "assign"}, "assign needs owner"),
        ({"new_owner": "li"}, "row 2: do is empty"),
        ({"do": "acknowledge", "id": "f-9"}, "no finding has the id f-9"),
        ({"do": "acknowledge", "id": "f-"}, "id f- is not whole"),
        ({}, "asks for nothing"),
    ],
)
def test_a_wrong_row_changes_nothing(place, tmp_path, cells, says):
    path = export_findings(place, tmp_path / "a.csv", SHELL)

    with pytest.raises(ConfigError, match=says):
        import_findings(place, filled(path, **cells), SHELL)

    assert finding_rows(place)[0]["state"] == "open"


def test_what_is_no_sheet_of_ours_is_refused(place, tmp_path):
    (tmp_path / "a.csv").write_text("id,do\nf-1,acknowledge\n")
    (tmp_path / "b.xlsx").write_bytes(b"PK nothing")

    for name, says in (("a.csv", "has the column because 0 times"), ("b.xlsx", "cannot be read")):
        with pytest.raises(ConfigError, match=says):
            import_findings(place, tmp_path / name, SHELL)
