"""Watching duties in a real workplace: repeated looks, people's acts, what is still unstarted."""

from __future__ import annotations

import shutil

import pytest

from zicha.catalog.roots import default_scope_dir
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError
from zicha.model.obligation import Act
from zicha.pipeline.duties.obligations import calendar_rows, record, watch_duties
from zicha.pipeline.workplace import open_workplace
from zicha.storage import obligations as stored

TODAY = moment_of("2026-11-21T09:00")


@pytest.fixture
def place(tmp_path):
    opened = open_workplace({"ZICHA_DATA": str(tmp_path / "data")}, clock=lambda: TODAY)
    yield opened
    opened.database.close()


def state(place, id_):
    return next(row["state"] for row in calendar_rows(place) if row["obligation"] == id_)


def test_a_second_look_does_nothing(place):
    first, second = watch_duties(place), watch_duties(place)

    assert first["steps"]
    assert second["steps"] == []


def test_what_binds_and_was_never_started_is_said_at_every_look(place):
    watch_duties(place)

    assert {"duty": "mps176-inspection", "of": "billing"} in watch_duties(place)["unanchored"]


def test_from_november_the_missing_table_of_next_year_is_said(place):
    assert watch_duties(place)["year_without_a_table"] == 2027


def test_an_obligation_goes_from_hand_to_hand_and_its_history_tells(place):
    watch_duties(place)
    id_ = "upi-self-inspection:yunqiao:2025-12-18"

    record(place, id_, Act.TAKE, "airflow:one")
    record(place, id_, Act.HAND_IN, "airflow:one", "record no. 7")
    record(place, id_, Act.ACCEPT, "airflow:two")

    assert state(place, id_) == "done"
    with place.database.read() as connection:
        told = [(e["act"], e["actor"]) for e in stored.history(connection, id_)]
    assert told[-3:] == [
        ("take", "airflow:one"),
        ("hand-in", "airflow:one"),
        ("accept", "airflow:two"),
    ]


def test_the_next_cycle_runs_from_the_day_it_was_done(place):
    watch_duties(place)
    record(place, "upi-self-inspection:yunqiao:2025-12-18", Act.HAND_IN, "airflow:one")
    record(place, "upi-self-inspection:yunqiao:2025-12-18", Act.ACCEPT, "airflow:two")

    watch_duties(place)

    assert state(place, "upi-self-inspection:yunqiao:2026-11-21") == "planned"


def test_a_refused_act_changes_nothing(place):
    watch_duties(place)
    id_ = "lic-annual-report:yunqiao:2027-03-31"

    with pytest.raises(ConfigError, match="is planned: accept is not possible"):
        record(place, id_, Act.ACCEPT, "airflow:one")

    assert state(place, id_) == "planned"


def test_what_the_scope_leaves_open_is_said_with_the_fact_to_declare(place):
    found = watch_duties(place)["undetermined"]

    assert {
        "duty": "minors-audit-report",
        "system": "portal",
        "declare": ["processes_minors_pi"],
    } in found


def test_an_obligation_whose_duty_no_longer_binds_is_named_and_not_dropped(tmp_path, place):
    watch_duties(place)
    scope = tmp_path / "scope"
    shutil.copytree(default_scope_dir(), scope)
    path = scope / "systems.yaml"
    path.write_text(path.read_text().replace("level: 3", "level: 2"), encoding="utf-8")
    environ = {"ZICHA_DATA": str(tmp_path / "data"), "ZICHA_SCOPE": str(scope)}

    later = open_workplace(environ, clock=lambda: TODAY)

    assert "mlps-assessment:billing:2026-03-20" in watch_duties(later)["unbound"]
    assert state(later, "mlps-assessment:billing:2026-03-20") == "planned"
    later.database.close()


OWN_TABLE = """
opens_days_before: 20
head: duty-desk
management: board
steps:
  - {days: 3, to: head, severity: critical, says: {zh: 还有3天, en: three days left}}
"""


def with_own_table(tmp_path, text):
    scope = tmp_path / "scope"
    shutil.copytree(default_scope_dir(), scope)
    (scope / "escalation.yaml").write_text(text, encoding="utf-8")
    environ = {"ZICHA_DATA": str(tmp_path / "own"), "ZICHA_SCOPE": str(scope)}
    return open_workplace(environ, clock=lambda: TODAY)


def test_the_users_own_escalation_table_replaces_the_catalogues_whole(tmp_path):
    place = with_own_table(tmp_path, OWN_TABLE)

    told = [step for step in watch_duties(place)["steps"] if step["act"] == "escalate"]

    rows = {row["obligation"]: row for row in calendar_rows(place)}
    row = rows["upi-self-inspection:yunqiao:2025-12-18"]
    assert (row["state"], row["opens_at"][:10]) == ("planned", "2026-11-28")
    assert row["owner"] == "duty-desk"
    assert told == []
    place.database.close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (OWN_TABLE.replace("steps:", "step:"), "step"),
        (OWN_TABLE.replace("to: head", "to: everybody"), "to"),
    ],
    ids=["a misspelt key", "nobody of that name"],
)
def test_a_wrong_escalation_table_is_refused_with_its_file_and_key(tmp_path, text, says):
    with pytest.raises(ConfigError, match=rf"escalation\.yaml.*{says}"):
        with_own_table(tmp_path, text)
