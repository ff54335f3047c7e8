"""A filing in a real workplace: built from facts and answers, handed in, ended or owed again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.filings import APPROVER, AUTHOR, NOW, OBLIGATION, PRESS, TYPIST, later
from zicha.model.errors import ConfigError
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.filings import answers as filing_answers
from zicha.pipeline.filings import approval as filing_approval
from zicha.pipeline.filings import submission as filing_submission
from zicha.pipeline.filings import use_cases as filings
from zicha.pipeline.filings import view as filing_view
from zicha.pipeline.filings.calendar import open_owed
from zicha.storage import filings as stored
from zicha.storage import obligations

MINUTE = timedelta(minutes=1)


def state(place, id_):
    return filing_view.filing_document(place, id_)["state"]


def owed(place):
    with place.database.read() as connection:
        return obligations.get(connection, OBLIGATION)


def test_the_same_facts_give_the_same_package_and_the_same_version(place, built):
    first = filing_view.filing_document(place, built)

    again = filings.build_filing(later(place, timedelta(hours=3)), built, APPROVER, PRESS)

    assert (again["package"], again["version"]) == (first["package"], 1)
    assert again["authors"] == [AUTHOR, TYPIST]


def test_a_sealed_ledger_in_between_changes_no_byte(place, built):
    before = filing_view.filing_document(place, built)["package"]
    seal_ledger(place)

    assert filings.build_filing(place, built, AUTHOR, PRESS)["package"] == before


def test_another_answer_is_another_version(place, built, sheet):
    sheet.write_text(sheet.read_text("utf-8").replace("情况属实", "基本属实"), "utf-8")
    filing_answers.fill_filing(place, built, sheet, TYPIST)

    again = filings.build_filing(place, built, AUTHOR, PRESS)

    assert again["version"] == 2
    assert again["package"] != again["versions"][0]["package"]


def test_what_nobody_answered_blocks_and_is_not_put_to_anybody(place, opened):
    found = filings.build_filing(place, opened, AUTHOR, PRESS)

    assert (found["state"], found["blockers"]) == ("blocked", ["required-field-missing"])
    assert filing_approval.ask_approval(place, opened, "schedule:x", "run-1", PRESS) is None


def submit(place, id_, **given):
    said = {"at": place.clock(), "by": "吴某", "channel": "平台", "actor": TYPIST} | given
    return filing_submission.record_submission(place, id_, **said)


def test_a_submission_is_recorded_with_its_receipt_and_ends_what_is_owed(place, sealed, tmp_path):
    receipt = tmp_path / "receipt.pdf"
    receipt.write_bytes(b"received")

    found = submit(place, sealed, receipt=receipt)
    again = submit(place, sealed, receipt=receipt)

    assert place.store.get(found["submissions"][0]["receipt"]) == b"received"
    assert (found["state"], found["late"], len(again["submissions"])) == ("submitted", False, 1)
    assert owed(place).state.value == "handed-in"
    assert filing_submission.record_acceptance(place, sealed, TYPIST)["state"] == "accepted"
    assert owed(place).state.value == "done"
    seal_ledger(place)
    assert verify(place)["faults"] == []


def test_late_is_a_mark_with_its_consequence_and_no_end(place, sealed):
    late = later(place, timedelta(days=60))
    before = filing_view.filing_document(late, sealed)

    found = submit(late, sealed)

    assert before["late"]
    assert before["consequence"]["zh"]
    assert (found["state"], found["late"]) == ("submitted", True)


def test_a_rejected_filing_is_owed_again_and_drafted_as_the_next_version(place, sealed):
    submit(place, sealed)
    found = filing_submission.record_rejection(place, sealed, "缺少盖章页", TYPIST)
    assert (found["state"], owed(place).state.value) == ("rejected", "returned")

    again = filings.build_filing(place, sealed, AUTHOR, PRESS)

    assert (again["state"], again["version"], again["approved"]) == ("ready", 2, "")


@pytest.mark.parametrize(
    ("given", "because"),
    [
        ({"at": NOW + MINUTE}, "has not come yet"),
        ({"at": NOW - MINUTE}, "before the package was sealed"),
        ({"by": " "}, "--by"),
    ],
)
def test_a_submission_that_cannot_be_is_refused_and_nothing_stored(place, sealed, given, because):
    with pytest.raises(ConfigError, match=because):
        submit(place, sealed, **given)
    assert state(place, sealed) == "sealed"


def test_nothing_unsealed_is_recorded_as_handed_in(place, approved):
    with pytest.raises(ConfigError, match="submit is not possible"):
        submit(place, approved)


def test_a_withdrawn_filing_leaves_the_obligation_owed_and_wants_a_reason(place, opened):
    with pytest.raises(ConfigError, match="say why"):
        filings.withdraw_filing(place, opened, " ", AUTHOR)

    assert (
        filings.withdraw_filing(place, opened, "改由集团统一报送", AUTHOR)["state"] == "withdrawn"
    )
    assert owed(place).state.value in {"open", "in-progress", "overdue"}


def test_each_open_obligation_with_a_form_gets_one_filing(place):
    first = open_owed(place, "schedule:x", PRESS)
    second = open_owed(place, "schedule:x", PRESS)

    assert first == second
    with place.database.read() as connection:
        assert [each.obligation for each in stored.listed(connection)] == [OBLIGATION]


@pytest.mark.parametrize(
    ("text_", "because"),
    [
        ("answers: {findings: {zh: 无}}", "is answered by the facts"),
        ("answers: {nothing: {zh: 无}}", "is no field of the form"),
        ("answers: {statement_and_seal: {en: true story}}", "zh is empty"),
        ("answers: {statement_and_seal: {rows: [{a: b}]}}", "takes words"),
        ("answers: {unit_inventory: {rows: [{system: billing}]}}", r"rows\[0\].level is empty"),
        ("answers: {unit_inventory: {rows: [{colour: red}]}}", "is no column"),
        ("answers: {unit_inventory: {zh: 有}}", "is a table"),
        ("answers: {}", "answers nothing"),
        ("answers: []", "answers"),
    ],
)
def test_a_wrong_sheet_is_one_sentence_and_nothing_is_stored(
    place, opened, tmp_path, text_, because
):
    path = tmp_path / "wrong.yaml"
    path.write_text(f"filing: {opened}\nform: miit-self-examination\n{text_}\n", "utf-8")

    with pytest.raises(ConfigError, match=because) as refused:
        filing_answers.fill_filing(place, opened, path, AUTHOR)

    assert "\n" not in str(refused.value)
    assert filing_view.filing_document(place, opened)["answers"] == []


def test_the_template_reads_back_once_it_is_filled(place, opened, tmp_path):
    out = filing_answers.answer_template(place, opened, tmp_path / "sheet.yaml")
    said = out.read_text("utf-8")
    out.write_text(said.replace("zh: ''", "zh: 属实").replace("en: ''", "en: so it is"), "utf-8")

    found = filing_answers.fill_filing(place, opened, out, TYPIST)

    assert [row["field"] for row in found["answers"]] == ["statement_and_seal"]
    with pytest.raises(ConfigError, match="exists already"):
        filing_answers.answer_template(place, opened, out)
