"""A filing is approved by another person, digest by digest, and sealed as it was approved."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from fakes.filing_stages import answer
from fakes.filings import APPROVER, AUTHOR, PRESS, TYPIST
from fakes.tampering import unguarded
from zicha.model.errors import ConfigError, TamperedEvidenceError
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.filings import answers as filing_answers
from zicha.pipeline.filings import approval as filing_approval
from zicha.pipeline.filings import use_cases as filings
from zicha.pipeline.filings import view as filing_view
from zicha.pipeline.filings.calendar import open_owed
from zicha.pipeline.findings.refusals import refusal_rows


def state(place, id_):
    return filing_view.filing_document(place, id_)["state"]


@pytest.mark.parametrize(
    ("actor", "because"),
    [
        (AUTHOR, "holds no role"),
        ("airflow:demo-auditor", "holds no role"),
        ("airflow:", "holds no role"),
        ("os:0@here", "no authenticated channel"),
        ("slack:U024BE7LH", "no authenticated channel"),
    ],
)
def test_who_may_not_approve_is_refused_and_asked_past(place, asked, actor, because):
    assert answer(place, asked, actor) == "refused"

    found = filing_view.filing_document(place, asked["filing"])
    assert found["state"] == "awaiting-approval"
    assert because in found["approvals"][0]["because"]
    assert answer(place, asked, APPROVER, run="run-2") == "approved"


def test_an_approver_who_drafted_it_is_refused(place, opened, sheet):
    filing_answers.fill_filing(place, opened, sheet, TYPIST)
    filings.build_filing(place, opened, APPROVER, PRESS)
    asked = filing_approval.ask_approval(place, opened, "schedule:x", "run-1", PRESS)

    assert answer(place, asked, APPROVER) == "refused"
    assert "another person" in filing_view.filing_document(place, opened)["approvals"][0]["because"]


def test_a_draft_of_an_account_that_nobody_declared_cannot_be_approved(place, opened, sheet):
    filing_answers.fill_filing(place, opened, sheet, "os:77@elsewhere")
    filings.build_filing(place, opened, AUTHOR, PRESS)
    asked = filing_approval.ask_approval(place, opened, "schedule:x", "run-1", PRESS)

    assert answer(place, asked, APPROVER) == "refused"
    assert "people" in filing_view.filing_document(place, opened)["approvals"][0]["because"]


def test_whoever_holds_no_role_for_it_builds_and_asks_nothing_by_starting_the_dag(place, answered):
    for actor in ("airflow:somebody", "airflow:demo-auditor", "airflow:"):
        with pytest.raises(ConfigError, match="engineer or officer or approver"):
            filing_approval.ask_approval(place, answered, actor, "run-1", PRESS)

    told = [(row["actor"], row["act"], row["about"]) for row in refusal_rows(place)]
    assert len(told) == 3
    assert ("airflow:demo-auditor", "ask-approval", answered) in told
    assert state(place, answered) == "opened"
    assert filing_approval.ask_approval(place, answered, AUTHOR, "run-1", PRESS)


def test_a_refused_answer_stands_among_what_was_refused(place, asked):
    answer(place, asked, "airflow:demo-auditor")

    (row,) = refusal_rows(place)
    assert (row["actor"], row["act"], row["verified"]) == (
        "airflow:demo-auditor",
        "approve-filing",
        True,
    )


def test_an_answer_to_an_older_digest_counts_for_nothing(place, asked, sheet):
    sheet.write_text(sheet.read_text("utf-8").replace("情况属实", "基本属实"), "utf-8")
    filing_answers.fill_filing(place, asked["filing"], sheet, TYPIST)
    filings.build_filing(place, asked["filing"], AUTHOR, PRESS)
    filing_approval.ask_approval(place, asked["filing"], APPROVER, "run-2", PRESS)

    assert answer(place, asked, APPROVER) == "refused"


def test_the_same_answer_copied_twice_is_one_and_a_late_one_is_void(place, asked):
    assert [answer(place, asked, APPROVER) for _ in range(2)] == ["approved", "approved"]
    assert answer(place, asked, APPROVER, run="run-9") == "void"
    assert state(place, asked["filing"]) == "approved"


def test_a_declined_draft_is_drafted_again_as_the_next_version(place, asked):
    assert answer(place, asked, APPROVER, approves=False) == "declined"

    again = filings.build_filing(place, asked["filing"], AUTHOR, PRESS)

    assert (again["state"], again["version"], again["approved"]) == ("ready", 2, "")


def test_what_waits_is_not_built_anew_and_asked_once(place, built):
    asked = filing_approval.ask_approval(place, built, "schedule:x", "run-1", PRESS)

    assert open_owed(place, "schedule:x", PRESS) == []
    assert filing_approval.ask_approval(place, built, "schedule:x", "run-2", PRESS) is None
    assert filing_approval.ask_approval(place, built, "schedule:x", "run-1", PRESS) == asked


def test_a_refused_question_is_asked_again_by_the_next_run(place, asked):
    answer(place, asked, AUTHOR)

    (found,) = open_owed(place, "schedule:x", PRESS)

    assert found == {"filing": asked["filing"], "version": 1, "asked": 1, "built": True}


def test_an_approved_package_is_sealed_and_sealed_again_changes_nothing(place, sealed):
    first = filing_approval.seal_filing(place, sealed, "schedule:x")
    second = filing_approval.seal_filing(place, sealed, "schedule:x")

    assert first["state"] == "sealed"
    assert first["archive_digest"] == second["archive_digest"]
    assert verify(place)["faults"] == []


def test_nothing_is_sealed_without_approval(place, asked):
    with pytest.raises(ConfigError, match="have it approved first"):
        filing_approval.seal_filing(place, asked["filing"], AUTHOR)


def files(place, id_):
    found = filing_view.filing_document(place, id_)
    folder = filing_view.folder_of(place, id_, found["package"])
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize(
    "name", ["manifest.json", "miit-self-examination.zh.docx", "miit-self-examination.en.pdf"]
)
def test_a_byte_changed_on_the_disk_after_approval_is_refused_by_name(place, approved, name):
    path = files(place, approved)[name]
    path.write_bytes(path.read_bytes()[:-1] + b"X")

    with pytest.raises(TamperedEvidenceError, match=f"package-file-altered: {name}"):
        filing_approval.seal_filing(place, approved, AUTHOR)
    assert state(place, approved) == "approved"


def test_a_file_removed_after_approval_is_refused_by_name(place, approved):
    files(place, approved)["manifest.json"].unlink()

    with pytest.raises(TamperedEvidenceError, match=r"package-file-missing: manifest\.json"):
        filing_approval.seal_filing(place, approved, AUTHOR)


def test_a_byte_changed_in_the_store_after_approval_is_refused(place, approved):
    digest = filing_view.filing_document(place, approved)["versions"][0]["files"][1]["sha256"]
    path = place.store.path_of(f"sha256:{digest}")
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1] + b"X")

    with pytest.raises(TamperedEvidenceError, match="in the store"):
        filing_approval.seal_filing(place, approved, AUTHOR)


def test_a_state_that_was_written_by_hand_is_no_approval(place, asked):
    with place.database.write() as connection:
        said = "UPDATE filings SET state = 'approved', approved = package"
        connection.execute(text(said))

    with pytest.raises(TamperedEvidenceError, match="approval-missing"):
        filing_approval.seal_filing(place, asked["filing"], AUTHOR)
    assert {fault["kind"] for fault in verify(place)["faults"]} >= {"row-altered"}


def test_an_altered_approval_is_named_by_verify_and_seals_nothing(place, approved):
    seal_ledger(place)
    with unguarded(place.database, "filing_approvals") as connection:
        connection.execute(text("UPDATE filing_approvals SET actor = 'airflow:somebody'"))

    faults = verify(place)["faults"]

    assert f"filing {approved} approval" in {fault["where"] for fault in faults}
    with pytest.raises(TamperedEvidenceError, match="approval-altered"):
        filing_approval.seal_filing(place, approved, AUTHOR)
