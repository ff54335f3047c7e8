"""The life of an incident in a real workplace: what is learned, owed, handed in and ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import DatabaseError

from fakes.exposures import exposed
from fakes.tampering import unguarded
from zicha.catalog.reportable import load_reportable
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError
from zicha.model.obligation import Act
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.duties import obligations
from zicha.pipeline.incidents import reportable
from zicha.pipeline.incidents import reports as incident_reports
from zicha.pipeline.incidents import use_cases as incidents
from zicha.pipeline.workplace import open_workplace
from zicha.storage import incidents as stored
from zicha.storage import ledger

NOW = moment_of("2026-11-21T05:00+08:00")
FIRST = """
system: billing
who: {cii: false}
discovered_at: "2026-11-21T03:10+08:00"
complete: true
facts: {leak: [confirmed], leaked_persons: 1200000}
report: {place: 上海, measures_taken: 断网}
"""
SMALL = FIRST.replace("1200000", "10")
FINISHED = 'handling_finished_at: "2026-11-21T04:30+08:00"\nreport: {preliminary_cause: 弱口令}'
CAC = "provincial-cac"


@pytest.fixture
def place(tmp_path):
    opened = open_workplace({"ZICHA_DATA": str(tmp_path / "data")}, clock=lambda: NOW)
    yield opened
    opened.database.close()


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "facts.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def opened(place, write):
    return incidents.open_incident(place, write(FIRST), "os:1@here")["incident"]


def submit(place, id_, authority, **more):
    said = {"at": NOW, "by": "Li", "channel": "12387", "actor": "os:1@here"} | more
    return incident_reports.record_submission(place, id_, authority, **said)


def report(place, id_, authority=CAC, kind=""):
    return incident_reports.build_report(place, id_, authority, kind, "os:1@here")


def states(document):
    return {o["obligation"].split(":")[0]: o["state"] for o in document["obligations"]}


def value(built, field):
    return next(each for each in built["fields"] if each["id"] == field)


def test_opening_starts_the_clock_of_every_duty_concerned(place, opened):
    found = incidents.incident_document(place, opened)

    assert {"inc-cac-general", "inc-miit-2017", "pi-breach-notice"} <= states(found).keys()
    due = {o["obligation"]: o["due"] for o in found["obligations"]}
    assert due[f"inc-cac-general:yunqiao:{opened}"] == "2026-11-21T07:10:00+08:00"


def test_the_same_facts_open_one_incident_and_every_obligation_once(place, write, opened):
    before = obligations.calendar_rows(place)

    again = incidents.open_incident(place, write(FIRST), "os:2@here")

    assert again["incident"] == opened
    assert obligations.calendar_rows(place) == before


def test_the_same_update_twice_changes_nothing(place, write, opened):
    once = incidents.update_incident(place, opened, write(FINISHED), "os:1@here")
    kept = incidents.incident_document(place, opened)

    twice = incidents.update_incident(place, opened, write(FINISHED), "os:1@here")

    assert once == twice
    assert incidents.incident_document(place, opened) == kept


def test_an_update_may_say_only_what_is_new(place, write, opened):
    incidents.update_incident(place, opened, write("facts: {ransomware: true}"), "os:1@here")

    facts = incidents.incident_document(place, opened)["facts"]
    assert facts["facts"] == {"leak": ["confirmed"], "leaked_persons": 1200000, "ransomware": True}


def test_what_is_learned_later_starts_the_clocks_it_concerns(place, write):
    small = incidents.open_incident(place, write(SMALL), "os:1@here")
    assert "inc-cac-general" not in states(small)

    grown = incidents.update_incident(
        place, small["incident"], write("facts: {leaked_persons: 1000000}"), "os:1@here"
    )

    assert "inc-cac-general" in states(grown)


def test_a_corrected_moment_moves_the_due_time_and_opens_nothing_twice(place, write, opened):
    earlier = 'discovered_at: "2026-11-21T02:10+08:00"'
    found = incidents.update_incident(place, opened, write(earlier), "os:1@here")

    due = [o["due"] for o in found["obligations"] if "inc-cac-general" in o["obligation"]]
    assert due == ["2026-11-21T06:10:00+08:00"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("facts: {nonsense: true}", "is no fact that is known"),
        ("facts: {leaked_persons: many}", "facts"),
        ("system: portal", "open another incident"),
        ("strange: 1", "not a key"),
        ('handling_finished_at: "2020-01-01T00:00+08:00"', "before discovered_at"),
    ],
)
def test_a_wrong_update_is_refused_and_changes_nothing(place, write, opened, text, said):
    before = incidents.incident_document(place, opened)

    with pytest.raises(ConfigError, match=said):
        incidents.update_incident(place, opened, write(text), "os:1@here")

    assert incidents.incident_document(place, opened) == before


def test_a_report_names_what_is_missing_and_the_same_facts_give_the_same_one(place, opened):
    built = report(place, opened)

    assert value(built, "place")["value"] == "上海"
    assert value(built, "incident_level")["value"] == "较大（relatively_major）"
    assert "impact_so_far" in built["missing"]
    assert "trend" not in {field["id"] for field in built["fields"]}
    assert report(place, opened) == built


def test_building_a_report_hands_nothing_in(place, opened):
    report(place, opened)

    found = incidents.incident_document(place, opened)
    assert found["submissions"] == []
    assert found["state"] == "open"


def test_a_follow_up_inherits_and_holds_the_later_fields(place, write, opened):
    first = report(place, opened)
    submit(place, opened, CAC)
    incidents.update_incident(place, opened, write("report: {trend: 已控制}"), "os:1@here")

    second = report(place, opened)

    assert second["kind"] == "follow-up"
    assert second["inherits"] == first["digest"]
    assert value(second, "place")["inherited"]
    assert second["changed"] == ["trend"]


def test_a_submission_hands_the_obligation_in_once_everyone_it_names_has_it(place, opened):
    for authority in (CAC, "miit"):
        report(place, opened, authority)
        found = submit(place, opened, authority)

    assert states(found)["inc-cac-general"] == "handed-in"
    assert states(found)["inc-miit-2017"] == "overdue"
    report(place, opened, "provincial-ca")
    assert states(submit(place, opened, "provincial-ca"))["inc-miit-2017"] == "handed-in"
    assert found["state"] == "reported"


def test_the_same_submission_twice_is_one(place, tmp_path, opened):
    receipt = tmp_path / "receipt.pdf"
    receipt.write_bytes(b"received")
    report(place, opened)

    submit(place, opened, CAC, receipt=receipt)
    found = submit(place, opened, CAC, receipt=receipt)

    assert [s["receipt"][:7] for s in found["submissions"]] == ["sha256:"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"at": NOW + timedelta(hours=1)}, "has not come yet"),
        ({"by": " "}, "who handed it in"),
        ({"kind": "closing"}, "no closing to"),
    ],
)
def test_a_wrong_submission_is_refused(place, opened, more, said):
    report(place, opened)

    with pytest.raises(ConfigError, match=said):
        submit(place, opened, CAC, **more)

    assert incidents.incident_document(place, opened)["submissions"] == []


def test_a_report_to_somebody_who_is_not_told_is_refused(place, opened):
    with pytest.raises(ConfigError, match="is not told"):
        report(place, opened, "samr")
    with pytest.raises(ConfigError, match="no closing report"):
        report(place, opened, CAC, "closing")


def test_closing_names_every_blocker_until_none_stands(place, write, opened):
    with pytest.raises(ConfigError, match="handling-not-finished"):
        incidents.close_incident(place, opened, "os:1@here")

    report(place, opened)
    submit(place, opened, CAC)
    incidents.update_incident(place, opened, write(FINISHED), "os:1@here")
    with pytest.raises(ConfigError, match="inc-cac-final"):
        incidents.close_incident(place, opened, "os:1@here")
    closing = report(place, opened)
    assert closing["kind"] == "closing"
    assert value(closing, "cause") | {"title": None} == {
        "id": "cause",
        "title": None,
        "value": "弱口令",
        "inherited": False,
        "taken_from": "preliminary_cause",
    }
    assert {"cause", "emergency_measures"} <= set(closing["confirm"])
    assert states(submit(place, opened, CAC))["inc-cac-final"] == "handed-in"

    question = f"{opened}/upi-incident-report"
    with pytest.raises(ConfigError, match="undecided upi-incident-report"):
        incidents.close_incident(place, opened, "os:1@here")
    reportable.decide(place, question, reports=False, because="no harm", actor="os:1@here")
    (decided,) = incidents.incident_document(place, opened)["decisions"]
    assert (decided["actor"], decided["verified"]) == ("os:1@here", False)
    for each in incidents.incident_document(place, opened)["obligations"]:
        if each["state"] == "overdue" or each["state"] == "open":
            obligations.record(place, each["obligation"], Act.HAND_IN, "os:1@here", "letter 7")

    assert incidents.close_incident(place, opened, "os:1@here")["state"] == "closed"
    with pytest.raises(ConfigError, match="only reopen"):
        incidents.update_incident(place, opened, write("facts: {}"), "os:1@here")
    again = incidents.reopen_incident(place, opened, "a second leak", "os:1@here")
    assert again["state"] == "reopened"


def test_a_yes_to_a_question_starts_its_clock_also_after_a_no(place, opened):
    question = f"{opened}/upi-incident-report"
    for answer in (True, False, True):
        reportable.decide(place, question, reports=answer, because="why", actor="os:1@here")
    reportable.decide(place, question, reports=True, because="why", actor="os:1@here")

    found = incidents.incident_document(place, opened)
    kept = [o["state"] for o in found["obligations"] if "upi-incident" in o["obligation"]]
    assert sorted(kept) == ["open", "withdrawn"] or sorted(kept) == ["overdue", "withdrawn"]
    with pytest.raises(ConfigError, match="leaves nothing to decide"):
        reportable.decide(place, f"{opened}/inc-cac-general", True, "why", "os:1@here")


def test_what_a_person_withdrew_is_not_opened_again_by_an_update(place, write, opened):
    id_ = f"inc-cac-general:yunqiao:{opened}"
    obligations.record(place, id_, Act.WITHDRAW, "os:1@here", "not ours")

    found = incidents.update_incident(
        place, opened, write("facts: {leaked_persons: 2000000}"), "os:1@here"
    )

    assert states(found)["inc-cac-general"] == "withdrawn"
    assert len([o for o in found["obligations"] if "inc-cac-general" in o["obligation"]]) == 1


def test_the_ledger_commits_to_every_row_and_the_rows_only_grow(place, opened):
    report(place, opened)
    submit(place, opened, CAC)

    with place.database.write() as connection:
        ledger.sequence(connection)
        kinds = [key.split("/")[1] for key in ledger.keys(connection) if "incident/" in key]
    assert set(kinds) == {"event", "version", "report", "submission"}
    with pytest.raises(DatabaseError, match="append-only"), place.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM incident_versions")


def test_facts_edited_behind_our_back_are_found(place, opened):
    reportable.decide(place, f"{opened}/upi-incident-report", True, "why", "os:1@here")
    report(place, opened)
    submit(place, opened, CAC)
    seal_ledger(place)
    assert verify(place)["faults"] == []

    tables = ("incident_versions", "report_decisions")
    with unguarded(place.database, *tables) as connection:
        connection.exec_driver_sql("UPDATE incident_versions SET actor = 'os:9@here'")
        connection.exec_driver_sql("DELETE FROM report_decisions")

    found = {(fault["kind"], fault["where"].split()[0]) for fault in verify(place)["faults"]}
    assert {("row-missing", "incident"), ("row-missing", "decision")} <= found


def test_a_finding_beyond_the_line_waits_for_a_decision_and_is_late_after_our_own_target(place):
    exposed(place, NOW - timedelta(hours=25))
    (row,) = reportable.reportable(place)
    assert (row["finding"], row["duty"]) == ("f-1", "data-risk-report-miit")
    assert row["overdue"] is True
    assert row["grade"] == "own-proposal"

    for _ in range(2):
        reportable.decide(place, "f-1", reports=False, because="test data", actor="os:1@here")

    assert reportable.reportable(place) == []
    with place.database.read() as connection:
        assert len(stored.decisions(connection)) == 1


def test_what_is_decided_to_be_reported_is_owed_from_then_on_and_once(place):
    exposed(place, NOW - timedelta(hours=25))

    for _ in range(2):
        reportable.decide(place, "f-1", reports=True, because="real data", actor="os:1@here")

    rows = [r for r in obligations.calendar_rows(place) if r["duty"] == "data-risk-report-miit"]
    assert [row["obligation"] for row in rows] == ["data-risk-report-miit:yunqiao:f-1/1"]
    assert rows[0]["state"] in {"open", "overdue"}


def test_a_decision_needs_a_reason_and_a_finding_beyond_a_line(place):
    exposed(place, NOW - timedelta(hours=25))
    with pytest.raises(ConfigError, match="say why"):
        reportable.decide(place, "f-1", True, " ", "os:1@here")
    with pytest.raises(ConfigError, match="no finding"):
        reportable.decide(place, "f-2", True, "why", "os:1@here")


def test_the_lines_name_duties_controls_and_sources_that_there_are():
    assert load_reportable().decide_within_hours == 24
