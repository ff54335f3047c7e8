"""What a script reads: duties, due dates, the calendar and the grading of an incident as JSON."""

from __future__ import annotations

import json

import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from zicha.cli.main import app
from zicha.model.errors import ConfigError

RUN = CliRunner()
INCIDENT = """
system: billing
who: {cii: false}
discovered_at: "2026-10-02T03:10+08:00"
complete: true
facts: {leak: [confirmed], leaked_persons: 1200000}
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZICHA_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ZICHA_DATABASE_URL", raising=False)
    monkeypatch.delenv("ZICHA_SCOPE", raising=False)


def asked(*words):
    found = RUN.invoke(app, [*words, "--format", "json"])
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_duties_are_listed_with_why_they_bind_and_on_whose_word():
    rows = {row["id"]: row for row in asked("duties", "--system", "billing")}

    row = rows["miit-insp-2019"]
    assert row["binds"] == "yes"
    assert row["because"]["zh"]
    assert row["sources"][0] == {"id": "tl-group-2019-06-13", "grade": "secondary"}
    assert {"authority", "due", "sanction"} <= row.keys()
    assert "legal advice" in row["note"]["en"]
    assert rows["inc-cac-general"]["offices"] == [
        {"zh": "国家互联网信息办公室", "en": "Cyberspace Administration of China"}
    ]


def test_the_2019_campaign_is_due_on_the_tenth_and_shows_every_disagreement():
    found = asked("due", "miit-insp-2019", "--from", "2019-06-13")

    assert found["binding"] == "2019-07-10T23:59:59+08:00"
    assert [dispute["about"] for dispute in found["disputes"]] == [
        "due",
        "recipient",
        "who",
        "contents",
    ]
    assert set(found["due"][0]) >= {"at", "rule", "source", "provisional"}


def test_a_due_date_beyond_the_published_years_says_that_it_is_provisional():
    found = asked("due", "algo-filing", "--from", "2026-12-21")

    assert found["due"][0]["provisional"] is True


def test_an_unknown_duty_is_refused_with_what_looks_like_it():
    found = RUN.invoke(app, ["due", "miit-insp-2091", "--from", "2019-06-13"])

    assert isinstance(found.exception, ConfigError)
    assert "miit-insp-2019" in str(found.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("due", "csl-logs", "--from", "2026-02-30"), "is no moment"),
        (("due", "csl-logs", "--from", "2026-02-01", "--system", "nothing"), "no system nothing"),
        (("due", "app-rectify", "--from", "2026-02-01", "--notice-due", "soon"), "is no day"),
        (("duties", "--system", "nothing"), "no system nothing"),
        (("incident", "grade", "--facts", "nothing.yaml"), "is not a file"),
        (("calendar", "--ics", "/nowhere/duties.ics"), "cannot write"),
    ],
)
def test_wrong_input_is_one_sentence(words, said):
    found = RUN.invoke(app, list(words))

    assert isinstance(found.exception, ConfigError)
    assert said in str(found.exception)


def test_the_calendar_lists_obligations_once_however_often_it_is_asked():
    first, second = asked("calendar"), asked("calendar")

    assert first == second
    assert set(first[0]) >= {"obligation", "duty", "system", "due", "state", "owner"}


def test_a_month_shows_what_is_due_in_it():
    rows = asked("calendar", "--month", "2028-01")

    assert {row["duty"] for row in rows} >= {"mlps-certificate"}
    assert all(row["due"].startswith("2028-01") for row in rows)


def test_an_impossible_month_is_refused():
    found = RUN.invoke(app, ["calendar", "--month", "2026-13"])

    assert "2026-13" in str(found.exception)


def test_the_calendar_file_can_be_read_by_a_calendar(tmp_path):
    path = tmp_path / "duties.ics"

    rows = asked("calendar", "--ics", str(path))

    events = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert len(events) == len([row for row in rows if row["due"]])
    assert len({str(event["UID"]) for event in events}) == len(events)
    assert all("legal advice" in str(event["DESCRIPTION"]) for event in events)


def test_what_people_do_about_an_obligation_is_recorded_and_the_table_is_kept():
    id_ = asked("calendar")[-1]["obligation"]

    ended = asked("obligation", "withdraw", id_, "--because", "the licence was given back")
    refused = RUN.invoke(app, ["obligation", "take", id_])

    assert ended[0]["state"] == "withdrawn"
    assert "is withdrawn: take is not possible" in str(refused.exception)


def test_nobody_can_do_what_only_the_clock_does():
    found = RUN.invoke(app, ["obligation", "fall-due", "anything"])

    assert "nothing that people do" in str(found.exception)


def test_an_incident_is_graded_from_a_file_and_nothing_is_opened(tmp_path):
    path = tmp_path / "incident.yaml"
    path.write_text(INCIDENT, encoding="utf-8")

    rows = asked("incident", "grade", "--facts", str(path))

    row = next(row for row in rows if row["duty"] == "inc-cac-general")
    assert row["due"] == "2026-10-02T07:10:00+08:00"
    assert set(row) >= {
        "authority",
        "office",
        "level",
        "due",
        "clock_from",
        "fields",
        "missing",
        "judgement",
        "source",
        "grade",
    }
    assert not (tmp_path / "data").exists()
