"""Bad input about duties and incidents: one clear sentence, exit 2, and nothing is lost."""

from __future__ import annotations

import shutil
from datetime import date

import pytest
from sqlalchemy import inspect, text

from fakes.command_line import EXAMPLE, CommandLine
from fakes.database_switch import address_of
from zicha.catalog.calendars import load_calendars
from zicha.duties.working_days import WorkingDays
from zicha.storage.database import open_database

FACTS = """
system: billing
who: {cii: false}
discovered_at: "2026-10-02T03:10+08:00"
complete: true
facts: {leak: [confirmed], leaked_persons: 1200000}
"""
TABLES = (
    *("obligations", "obligation_events", "incidents", "incident_events", "incident_versions"),
    *("incident_reports", "incident_submissions", "report_decisions", "ledger_pending"),
)


@pytest.fixture(scope="module")
def zicha(tmp_path_factory):
    """A shell in a place that remembers something, and that no test here may change."""
    folder = tmp_path_factory.mktemp("remembering")
    line = CommandLine(folder / "data")
    path = folder / "facts.yaml"
    path.write_text(FACTS, encoding="utf-8")
    assert line("incident", "open", "--facts", str(path)).code == 0
    assert line("calendar").code == 0
    return line


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "bad.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def remembered(line):
    database = open_database(address_of(line.data))
    try:
        with database.read() as connection:
            known = set(inspect(connection).get_table_names())
            kept = [name for name in TABLES if name in known]
            assert len(kept) >= 8
            return {
                name: [
                    tuple(row)
                    for row in connection.execute(text(f"SELECT * FROM {name} ORDER BY 1"))
                ]
                for name in kept
            }
    finally:
        database.close()


def refused(line, *words):
    before = remembered(line)
    ran = line(*words)
    assert remembered(line) == before
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert not ran.sentence.endswith(".")
    return ran.sentence


def planned(line):
    """An obligation that is still to come, whichever year it is."""
    rows = line("calendar", "--format", "json").json
    return next(row["obligation"] for row in rows if row["state"] == "planned")


INCIDENT = "inc-2026-10-02-001"
PLANNED = "(an obligation that is planned)"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("incident", "report", INCIDENT, "--authority", "magic"), "'magic' is not told"),
        (
            (
                *("incident", "submitted", INCIDENT, "--authority", "magic"),
                *("--at", "2026-10-02T06:40+08:00", "--by", "Li", "--channel", "12387"),
            ),
            "magic",
        ),
        (
            (
                *("incident", "submitted", INCIDENT, "--authority", "provincial-cac"),
                *("--at", "2026-02-30T06:40+08:00", "--by", "Li", "--channel", "12387"),
            ),
            "2026-02-30",
        ),
        (("due", "miit-insp-2018", "--from", "2018-09-31"), "2018-09-31"),
        (("due", "no-such-duty", "--from", "2026-09-30"), "no-such-duty"),
        (("due", "app-rectify", "--from", "2026-01-08", "--notice-due", "2026-02-30"), "no day"),
        (
            (
                *("incident", "submitted", INCIDENT, "--authority", "provincial-cac"),
                *("--at", "2020-10-02T06:40+08:00", "--by", "Li", "--channel", "12387"),
            ),
            "lies before the discovery",
        ),
        (("due", "cnp-filing", "--from", "9999-12-31"), "names the year 9999"),
        (("due", "export-assessment-renewal", "--from", "0001-01-05"), "names the year 0001"),
        (("due", "inc-cac-general", "--from", "9999-12-31T23:59+08:00"), "names the year 9999"),
        (
            ("due", "app-rectify", "--from", "2026-01-08", "--notice-due", "9999-12-31"),
            "names the year 9999",
        ),
        (
            ("due", "app-rectify", "--from", "2026-01-08", "--notice-due", "2062-01-18"),
            "more than 5 years after",
        ),
        (
            ("due", "app-rectify", "--from", "2026-01-08", "--notice-due", "2025-01-18"),
            "lies before received",
        ),
        (("calendar", "--month", "9999-12"), "names the year 9999"),
        (("calendar", "--month", "0000-01"), "names the year"),
        (("report", "risk", "--period", "week", "--of", "9999-W52"), "names the year 9999"),
        (
            ("order", "extend", "o", "--item", "1", "--until", "9999-01-01", "--because", "x"),
            "9999",
        ),
        (("calendar", "--month", "2026-00"), "2026-00"),
        (("duties", "--system", "nowhere"), "no system nowhere"),
        (("incident", "update", INCIDENT, "--facts", "nothing.yaml"), "nothing.yaml"),
        (("incident", "decide", f"{INCIDENT}/csl-61", "--report", "--because", "x"), "csl-61"),
        (("incident", "decide", INCIDENT + "/x", "--report", "--because", " "), "--because"),
        (("obligation", "accept", PLANNED), "is planned: accept is not possible"),
        (("obligation", "withdraw", PLANNED), "say why"),
        (("obligation", "take", "nothing"), "no obligation has the id nothing"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_wrong_word_is_one_sentence_and_nothing_is_lost(zicha, words, says):
    said = [planned(zicha) if word == PLANNED else word for word in words]

    assert says in refused(zicha, *said)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("facts: {leak: [confirmed]}", "discovered_at"),
        (FACTS.replace("2026-10-02T03:10+08:00", "2026-13-02T03:10+08:00"), "discovered_at"),
        (FACTS.replace("2026-10-02T03:10+08:00", "2026-10-02T03:10"), "discovered_at"),
        (FACTS.replace("2026-10-02T03:10", "9999-12-31T23:59"), "names the year 9999"),
        (FACTS.replace("2026-10-02T03:10", "2199-10-02T03:10"), "has not come yet"),
        (FACTS.replace("1200000", "99999999999999999999"), "exceeds"),
        (FACTS.replace("leaked_persons", "leaked_people"), "leaked_people"),
        (FACTS.replace("1200000", "-1"), "leaked_persons"),
        (FACTS.replace("[confirmed]", "[perhaps]"), "leak"),
        (FACTS.replace("{leak: [confirmed]", "{cause: [malwre]"), "malware"),
        (FACTS.replace("{cii: false}", "{licences: [idcc]}"), "idcc"),
        (FACTS.replace("billing", "nowhere"), "no system nowhere"),
        (FACTS + "facts: {}\n", "facts"),
        ("[1, 2]", "bad.yaml"),
        ("facts: {leak: [confirmed", "bad.yaml"),
    ],
    ids=[
        "the moment is missing",
        "an impossible month",
        "no zone",
        "a year of no calendar",
        "a day to come",
        "more people than there are numbers",
        "an unknown fact",
        "fewer than none",
        "no such answer",
        "a cause that is none",
        "a licence that is none",
        "no such system",
        "a key twice",
        "no mapping",
        "cut short",
    ],
)
def test_a_wrong_incident_file_names_what_is_wrong_and_opens_nothing(zicha, write, text, says):
    assert says in refused(zicha, "incident", "open", "--facts", write(text))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("day: 2026-03-20", "day: 2026-02-30", "anchors"),
        ("due: 2026-12-11", "due: 2026-10-01", "before received"),
        ("due: 2026-12-11", "due: 2062-12-11", "more than 5 years after received"),
        ("due: 2026-12-11", "due: 9999-12-11", "names the year 9999"),
        ("day: 2026-03-20", "day: 0026-03-20", "names the year 0026"),
        ("duty: miit-insp-annual", "duty: miit-insp-anual", "miit-insp-anual"),
        ("fact: app_store", "fact: app_stor", "app_stor"),
        ("minutes: 60", "minutes: 0", "minutes"),
        ("of: portal", "of: gate", "gate"),
    ],
    ids=[
        "impossible day",
        "due before it came",
        "due in another generation",
        "due in no calendar",
        "a year written short",
        "no such duty",
        "no such fact",
        "no time",
        "whose",
    ],
)
def test_a_wrong_line_of_duties_yaml_names_file_and_line_and_the_books_stay_as_they_are(
    tmp_path, zicha, before, after, says
):
    scope = tmp_path / "scope"
    shutil.copytree(EXAMPLE, scope)
    path = scope / "duties.yaml"
    said = path.read_text(encoding="utf-8")
    assert before in said
    path.write_text(said.replace(before, after, 1), encoding="utf-8")

    sentence = refused(CommandLine(zicha.data, scope), "calendar")

    assert "duties.yaml" in sentence
    assert says in sentence


def test_a_year_without_a_table_is_no_error_but_said_and_marked(zicha):
    ran = zicha("due", "algo-filing", "--from", "2030-03-01", "--format", "json")

    assert ran.code == 0
    assert ran.json["due"][0]["provisional"] is True


@pytest.mark.parametrize(("day", "lacks"), [("10-31", None), ("11-01", 1), ("12-31", 1)])
def test_the_missing_year_is_asked_for_from_the_first_of_november_in_every_year(day, lacks):
    tables = load_calendars()
    for year in sorted(tables):
        known = WorkingDays({y: table for y, table in tables.items() if y <= year})
        assert known.lacking(date.fromisoformat(f"{year}-{day}")) == (lacks and year + 1)
