"""A filing in a real workplace: built from facts, approved by another, sealed, handed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from fakes import filings as fakes
from fakes.filings import APPROVER, AUTHOR, NOW, OBLIGATION, PRESS, TYPIST, later
from fakes.tampering import unguarded
from zicha.filings.approving import Decision
from zicha.model.errors import ConfigError, TamperedEvidenceError
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.filings import answers as filing_answers
from zicha.pipeline.filings import approval as filing_approval
from zicha.pipeline.filings import submission as filing_submission
from zicha.pipeline.filings import use_cases as filings
from zicha.pipeline.filings import view as filing_view
from zicha.pipeline.filings.calendar import open_owed
from zicha.pipeline.findings.refusals import refusal_rows
from zicha.storage import filings as stored
from zicha.storage import obligations

MINUTE = timedelta(minutes=1)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("ZICHA_HOME", str(fakes.home(tmp_path / "home")))
    opened = fakes.workplace(tmp_path / "data", fakes.scope(tmp_path / "scope"))
    yield opened
    opened.database.close()


@pytest.fixture
def opened(place):
    return filings.open_filing(place, OBLIGATION, AUTHOR)["filing"]


@pytest.fixture
def sheet(tmp_path, opened):
    path = tmp_path / "answers.yaml"
    path.write_text(fakes.STATEMENT.format(filing=opened), encoding="utf-8")
    return path


@pytest.fixture
def answered(place, opened, sheet):
    filing_answers.fill_filing(place, opened, sheet, TYPIST)
    return opened


@pytest.fixture
def built(place, answered):
    filings.build_filing(place, answered, AUTHOR, PRESS)
    return answered


@pytest.fixture
def asked(place, built):
    return filing_approval.ask_approval(place, built, "schedule:x", "run-1", PRESS)


@pytest.fixture
def approved(place, built, asked):
    assert answer(place, asked, APPROVER) == "approved"
    return built


@pytest.fixture
def sealed(place, approved):
    filing_approval.seal_filing(place, approved, "schedule:x")
    return approved


def answer(place, asked, actor, *, run="run-1", approves=True, package=""):
    said = Decision(actor, package or asked["package"], approves, "" if approves else "数字不对")
    return filing_approval.record_answer(
        place, asked["filing"], said, answered_at=NOW, question={"run": run}
    )


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


def test_what_waits_is_not_built_anew_and_asked_once(place, built, asked):
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
