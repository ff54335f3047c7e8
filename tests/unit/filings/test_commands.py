"""What a script reads and types about filings; wrong input is one sentence, exit 2."""

from __future__ import annotations

import json

import pytest

from fakes.command_line import CommandLine
from fakes.filings import NOW, OBLIGATION
from zicha.catalog.duties import load_duties


@pytest.fixture
def line(stages, tmp_path, monkeypatch):
    monkeypatch.setenv("ZICHA_HOME", str(stages.home))
    return CommandLine(stages.copied("opened", tmp_path / "data"), stages.scope)


@pytest.fixture
def filing(line):
    (row,) = line("filing", "list", "--format", "json").json
    return row["filing"]


def test_the_list_says_state_due_grades_and_that_it_is_no_advice(line, filing):
    (row,) = line("filing", "list", "--format", "json").json

    assert filing == f"fil-{NOW.date()}-001"
    assert (row["state"], row["duty"], row["of"]) == ("opened", "miit-insp-annual", "yunqiao")
    assert row["due"]
    duty = load_duties()["miit-insp-annual"]
    assert (row["grade"], row["form_grade"]) == (duty.grade, "inferred")
    assert row["sources"] == [source.id for source in duty.sources]
    assert set(row["note"]) == {"zh", "en"}


def test_an_open_obligation_opened_again_is_the_same_filing(line, filing):
    again = line("filing", "open", OBLIGATION, "--format", "json")

    assert (again.code, again.json["filing"]) == (0, filing)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "fil-1"), "no filing has the id fil-1"),
        (("open", "nothing:of:this"), "no obligation has the id"),
        (("seal", "{id}"), "have it approved first"),
        (("approve", "{id}"), "cannot be approved from the command line"),
        (("fill", "{id}", "/nowhere/sheet.yaml"), "does not exist"),
        (("rejected", "{id}", "--because", "no"), "reject is not possible"),
        (("accepted", "{id}"), "accept is not possible"),
        (("withdraw", "{id}", "--because", " "), "say why"),
        (
            ("submitted", "{id}", "--at", "yesterday", "--by", "me", "--channel", "mail"),
            "yesterday",
        ),
        (
            ("submitted", "{id}", "--at", "2026-11-20T09:00+08:00", "--by", "me", "--channel", "m"),
            "submit is not possible",
        ),
        (("template", "{id}", "--out", "/nowhere/at/all.yaml"), "name another file"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_code_2(line, filing, words, says):
    ran = line("filing", *(word.replace("{id}", filing) for word in words))

    assert (ran.code, ran.out) == (2, "")
    assert says in ran.sentence


def test_how_to_approve_names_who_may(line, filing):
    said = line("filing", "approve", filing).sentence

    assert "approve_filing" in said
    assert "airflow:demo-security-owner" in said


def test_an_approval_tried_at_a_terminal_is_on_record(line, filing):
    line("filing", "approve", filing)

    (row,) = line("refusals", "--format", "json").json
    assert (row["act"], row["about"], row["verified"]) == ("approve-filing", filing, False)


def test_a_sheet_travels_out_and_in(line, filing, tmp_path):
    sheet = tmp_path / "sheet.yaml"
    assert line("filing", "template", filing, "--out", str(sheet)).code == 0
    sheet.write_text(sheet.read_text("utf-8").replace("zh: ''", "zh: 属实"), encoding="utf-8")

    ran = line("filing", "fill", filing, str(sheet), "--format", "json")

    assert ran.json["answers"][0]["answer"] == {"text": {"zh": "属实", "en": ""}}
    assert json.loads(ran.out)["state"] == "opened"


def test_lint_of_the_real_form_exits_1_when_something_hinders(line, filing, monkeypatch):
    monkeypatch.delenv("ZICHA_HOME")

    ran = line("filing", "lint", filing, "--format", "json")

    assert ran.code == 1
    assert {"severity", "rule", "where", "says", "detail", "remedy"} <= ran.json[0].keys()
    assert ran.json[0]["severity"] == "blocker"
