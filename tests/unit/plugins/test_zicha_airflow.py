"""What is shaped by Airflow, without an Airflow: days, triggers, failures, credentials."""

from __future__ import annotations

import types

import pytest

from zicha.model.errors import ConfigError, ZichaError
from zicha_airflow import health, workplace
from zicha_airflow.credentials import AirflowCredentials

SAID = "db-01.internal refused the password of 张三"
CONTEXT = {
    "ti": types.SimpleNamespace(dag_id="collect_evidence", task_id="collect", map_index=3),
    "dag_run": types.SimpleNamespace(partition_key="2026-11-21", run_id="manual__1"),
    "exception": ZichaError(SAID),
}


@pytest.mark.parametrize("key", ["None", "", "2026-13-01", "20261121", "2026-11-21T00:00:00", "x"])
def test_a_run_without_an_evidence_day_fails_clearly(key):
    with pytest.raises(ConfigError, match="trigger it with a date as YYYY-MM-DD"):
        workplace.evidence_day(key)


def test_an_evidence_day_is_passed_on_as_it_is():
    assert workplace.evidence_day("2026-11-21") == "2026-11-21"


@pytest.mark.parametrize(
    ("run_type", "trigger"),
    [("manual", "manual"), ("scheduled", "daily"), ("backfill", "daily"), ("", "daily")],
)
def test_what_started_a_run_is_said_in_our_words(run_type, trigger):
    assert workplace.trigger_of(types.SimpleNamespace(run_type=run_type)) == trigger


def test_a_failure_is_told_by_ids_and_without_what_the_error_said(caplog):
    told = []

    health.tell_failure(CONTEXT, send=told.append)

    for heard in (told[0], caplog.text):
        assert "collect_evidence.collect[3] · 2026-11-21 · ZichaError · manual__1" in heard
        assert "db-01" not in heard
        assert "张三" not in heard


def test_a_health_channel_that_cannot_be_reached_does_not_raise(caplog):
    def refuse(line):
        raise ConfigError("a token that must not be logged")

    health.tell_failure(CONTEXT, send=refuse)

    assert "the health channel was not reached: ConfigError" in caplog.text
    assert "must not be logged" not in caplog.text


def connection(**fields):
    given = {"password": None, "extra_dejson": {}} | fields
    return lambda name: types.SimpleNamespace(**given)


def no_connection(name):
    return None


def test_a_token_comes_from_the_connection_of_its_name():
    assert AirflowCredentials({}, connection(password="xoxb-1")).secret("slack") == "xoxb-1"


def test_a_key_comes_from_the_connection_of_its_name():
    found = AirflowCredentials({}, connection(extra_dejson={"private_key": "PEM"}))

    assert found.ssh_key("db-ssh") == "PEM"


def test_a_connection_without_what_is_wanted_says_where_to_correct_it():
    with pytest.raises(ConfigError, match="slack has no password"):
        AirflowCredentials({}, connection()).secret("slack")


def test_a_name_without_a_connection_falls_back_to_the_environment():
    found = AirflowCredentials({"ZICHA_CREDENTIAL_SLACK": "xoxb-2"}, no_connection)

    assert found.secret("slack") == "xoxb-2"


def test_credentials_do_not_show_in_repr():
    assert repr(AirflowCredentials({"ZICHA_CREDENTIAL_SLACK": "xoxb-2"})) == "AirflowCredentials()"
