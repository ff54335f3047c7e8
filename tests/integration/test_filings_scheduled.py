"""A filing through the real scheduler: refused to its author, approved by another, sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml

from fakes import filings as fakes
from fakes.airflow_server import airflow_server
from fakes.filings import AUTHOR, OBLIGATION, TYPIST
from zicha.catalog.duties import load_duties
from zicha.duties.obligations import OWED
from zicha.model.obligation import ObligationState
from zicha.model.period import period_of
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.duties.obligations import watch_duties
from zicha.pipeline.filings import answers as filing_answers
from zicha.pipeline.filings import use_cases as filings
from zicha.pipeline.filings import view as filing_view
from zicha.reports.risk_facts import DEPTHS
from zicha.storage import filings as stored
from zicha.storage import obligations, reports

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1500)]

DAG = "approve_filing"
PREPARE, RISKS = "prepare_filings", "report_risks"
APPROVE = "批准 / Approve"
READING = timedelta(seconds=10)
ROLES = {"demo-billing-owner": "op", "demo-security-owner": "op"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A run judged an hour ago, one filing opened, and what people must answer answered."""
    folder = tmp_path_factory.mktemp("filings")
    now = datetime.now(UTC) - timedelta(hours=1)
    opened = fakes.workplace(folder / "data" / "demo", fakes.scope(folder / "scope"), now)
    yield opened
    opened.database.close()


@pytest.fixture(scope="module")
def filing(place):
    id_ = filings.open_filing(place, OBLIGATION, AUTHOR)["filing"]
    fill(place, id_, "情况属实")
    return id_


@pytest.fixture(scope="module")
def server(place):
    folder = place.data.parents[1]
    environ = {"ZICHA_SCOPE": str(place.scope.folder), "ZICHA_HOME": str(fakes.ROOT)}
    with airflow_server(folder, ROLES, (DAG, PREPARE, RISKS), environ) as running:
        yield running


def fill(place, id_, words):
    """Answer every field that asks for somebody, as the template lists them."""
    with place.database.read() as connection:
        form = filings.subject_of(connection, id_).form
    answers = {}
    for field in filing_answers.asked_of(form):
        row = {column.id: words for column in field.columns}
        answers[field.id] = {"rows": [row]} if row else {"zh": words, "en": "it is so"}
    path = place.data / "answers.yaml"
    sheet = {"filing": id_, "form": form.id, "answers": answers}
    path.write_text(yaml.safe_dump(sheet, allow_unicode=True), encoding="utf-8")
    filing_answers.fill_filing(place, id_, path, TYPIST)


def until_more_is_owed(place):
    """Let time pass until the next duty that has a form is owed."""
    with place.database.read() as connection:
        planned = obligations.listed(connection, ObligationState.PLANNED)
    opens_at = min(each.opens_at for each in planned if load_duties()[each.duty].form)
    watch_duties(replace(place, clock=lambda: opens_at))


def document(place, id_):
    return filing_view.filing_document(place, id_)


def answer(server, user, run):
    """Answer once it was read for a while: Airflow 3.3.2 loses an answer that comes while the
    worker that put the question is still leaving, and puts the question again."""
    server.wait(lambda: has_been_read(user.question(DAG, run)))
    user.answer(DAG, run, APPROVE)


def has_been_read(question):
    if question is None:
        return False
    put = datetime.fromisoformat(question["created_at"])
    return datetime.now(UTC) - put > READING


def answer_until_recorded(server, place, user, run, *, of, count):
    """Answer, and again whenever the question is put again, until it stands in our own tables."""

    def recorded():
        if len(document(place, of)["approvals"]) == count:
            return True
        if has_been_read(user.question(DAG, run)):
            user.answer(DAG, run, APPROVE)
        return False

    server.wait(recorded)


def run_states(user, run):
    return dict(user.tasks(DAG, run))


def test_it_is_refused_to_its_author_approved_by_another_sealed_and_recorded(server, place, filing):
    author, approver = server.user("demo-billing-owner"), server.user("demo-security-owner")
    author.start(DAG, "by-hand", {"filing": filing})
    question = server.wait(lambda: author.question(DAG, "by-hand"))
    drafted = document(place, filing)
    assert drafted["package"] in question["body"]
    assert question["params"]["package"]["value"] == drafted["package"]
    assert drafted["authors"] == [AUTHOR, TYPIST]

    answer_until_recorded(server, place, author, "by-hand", of=filing, count=1)
    second = f"{filing}__v1__1"
    server.wait(lambda: approver.question(DAG, second))
    assert [a["decision"] for a in document(place, filing)["approvals"]] == ["refused"]
    assert document(place, filing)["state"] == "awaiting-approval"

    answer_until_recorded(server, place, approver, second, of=filing, count=2)
    server.wait(lambda: document(place, filing)["state"] == "sealed")

    found = document(place, filing)
    last = found["approvals"][-1]
    assert (last["decision"], last["actor"]) == ("approved", "airflow:demo-security-owner")
    assert last["package"] == drafted["package"] == found["approved"]
    assert last["question"]["run"] == second
    assert verify(place)["faults"] == []


def test_a_byte_changed_after_the_approval_is_refused(server, place, filing):
    approver = server.user("demo-security-owner")
    fill(place, filing, "情况基本属实")
    filings.build_filing(place, filing, AUTHOR)
    assert document(place, filing)["version"] == 2
    approver.start(DAG, "second", {"filing": filing})
    server.wait(lambda: has_been_read(approver.question(DAG, "second")))

    approver.pause(DAG, paused=True)
    answer(server, approver, "second")
    found = document(place, filing)
    folder = filing_view.folder_of(place, filing, found["package"])
    path = next(folder.glob("*.zh.docx"))
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    approver.pause(DAG, paused=False)
    server.wait(lambda: run_states(approver, "second").get("seal") == "failed")

    found = document(place, filing)
    assert (found["state"], found["approvals"][-1]["decision"]) == ("approved", "approved")
    said = "".join(
        log.read_text(encoding="utf-8")
        for log in (place.data / "airflow" / "logs" / "tasks").rglob("*seal*/*.log")
    )
    assert f"package-file-altered: {path.name}" in said


def test_the_week_is_told_at_three_depths_in_two_languages_and_sealed(server, place):
    user = server.user("demo-billing-owner")
    today = date.fromisoformat(place.today())
    monday = today + timedelta(days=7 - today.weekday())

    user.pause(RISKS, paused=False)
    user.start(RISKS, "one-monday", {}, day=monday.isoformat())
    server.wait(lambda: user.runs(RISKS).get("one-monday") in {"success", "failed"})

    assert user.runs(RISKS)["one-monday"] == "success"
    with place.database.read() as connection:
        told = [each for each in reports.listed(connection) if each.name.startswith("risk-")]
    week = period_of("week", today).id
    for depth in DEPTHS:
        of_depth = [each for each in told if each.name == f"risk-{week}-{depth}"]
        assert {each.lang for each in of_depth} == {"zh", "en"}
        assert {"docx", "xlsx"} <= {each.format for each in of_depth}
    assert all(place.store.get(each.digest) for each in told)
    assert verify(place)["faults"] == []


def test_what_is_owed_gets_a_filing_and_a_run_that_has_it_approved(server, place):
    """The last: from here on runs that nobody follows share the server."""
    user = server.user("demo-billing-owner")
    until_more_is_owed(place)
    with place.database.read() as connection:
        before = {each.id for each in stored.listed(connection)}

    user.pause(PREPARE, paused=False)
    user.start(PREPARE, "one-morning", {}, day=place.today())
    server.wait(lambda: user.runs(PREPARE).get("one-morning") == "success")

    with place.database.read() as connection:
        owed = {each.id for each in obligations.listed(connection, *OWED)}
        opened = {each.id: each for each in stored.listed(connection) if each.id not in before}
    assert opened
    assert {each.obligation for each in opened.values()} <= owed
    started = {run.partition("__")[0] for run in user.runs(DAG)}
    assert set(opened) <= started
