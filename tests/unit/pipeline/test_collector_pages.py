"""The pages of collectors and level-3 items say what the catalogue says, no more and no less."""

from __future__ import annotations

import re

import pytest

from zicha.catalog.roots import project_root
from zicha.pipeline.collector_pages import FIRST_SET, load_rules, main, pages


@pytest.fixture(scope="module")
def rules():
    return load_rules()


@pytest.fixture(scope="module")
def made(rules):
    return pages(rules)


def test_the_pages_in_the_project_are_the_ones_that_are_made(made):
    standing = {name: (project_root() / name).read_text(encoding="utf-8") for name in made}

    assert standing == made, "run make pages"


def test_check_says_which_page_is_out_of_date(made, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ZICHA_HOME", str(_copied(tmp_path)))

    assert main(["--check"]) == 1
    assert "docs/collectors.md is out of date: run make pages" in capsys.readouterr().err
    assert main(["--write"]) == 0
    assert main(["--check"]) == 0


def _copied(folder):
    for name in ("include", "expectations"):
        (folder / name).symlink_to(project_root() / name)
    (folder / "docs").mkdir()
    return folder


def test_every_collector_stands_there_with_each_permission_it_needs(rules, made):
    parts = dict(
        re.findall(
            r"^### (\S+)\n(.*?)(?=^##|\Z)", made["docs/collectors.md"], re.MULTILINE | re.DOTALL
        )
    )

    assert parts.keys() == rules.collectors.keys()
    for name, collector in rules.collectors.items():
        assert all(f"`{p}`".replace("|", "\\|") in parts[name] for p in collector.permissions), name
        assert collector.title.zh in parts[name]
        assert collector.title.en in parts[name]


def test_every_collector_is_judged_by_a_suite(rules):
    assert [name for name in rules.collectors if not rules.judging(name)] == []


def test_the_first_set_is_listed_whole_and_what_is_not_proved_in_full_says_why(rules, made):
    clauses = {item.id.partition("/")[2]: item for item in rules.items}
    lines = made["docs/level-3.md"].splitlines()

    assert len(FIRST_SET) == len(set(FIRST_SET)) == 22
    assert set(FIRST_SET) <= clauses.keys()
    assert all(clauses[c].high_risk and clauses[c].automation != "attest" for c in FIRST_SET)
    for clause in FIRST_SET:
        line = next(line for line in lines if line.startswith(f"| {clause} |"))
        left = line.rsplit(" | ", 1)[1].removesuffix(" |")
        assert rules.proved(clauses[clause]) == "full" or left != "–", clause


def test_no_line_of_a_table_is_broken_by_what_stands_in_it(made):
    for text in made.values():
        for table in text.split("\n\n"):
            rows = [line for line in table.splitlines() if line.startswith("| ")]
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1, rows[:1]
