"""Obligations in the database: written whole, read back the same, a history that only grows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from zicha.duties.obligations import act
from zicha.duties.time import moment_of
from zicha.model.errors import ConfigError
from zicha.model.obligation import Act, Obligation, ObligationState, ObligationStep
from zicha.storage import obligations as stored

NOW = moment_of("2026-03-01")
ONE = Obligation(
    "lic-annual-report:yunqiao:2026-03-31",
    "lic-annual-report",
    "yunqiao",
    "2026-03-31",
    ObligationState.OPEN,
    moment_of("2026-03-31T23:59:59"),
    NOW - timedelta(days=1),
    "security-owner",
    provisional=True,
)


def write(database, *steps):
    with database.write() as connection:
        stored.apply(connection, steps)


def test_what_is_written_is_read_back(database):
    write(database, ObligationStep(ONE, Act.PLAN, None, NOW, "clock"))
    handed = act(ONE, Act.HAND_IN, NOW, "os:1@here", "receipt 7")
    write(database, handed)

    with database.read() as connection:
        assert stored.get(connection, ONE.id) == handed.obligation
        assert stored.listed(connection, ObligationState.OPEN) == []
        assert [event["act"] for event in stored.history(connection, ONE.id)] == ["plan", "hand-in"]


def test_the_history_cannot_be_rewritten(database):
    write(database, ObligationStep(ONE, Act.PLAN, None, NOW, "clock"))

    with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
        connection.execute(text("DELETE FROM obligation_events"))


def test_an_unknown_obligation_is_refused_in_a_sentence(database):
    with database.read() as connection, pytest.raises(ConfigError, match="zicha calendar"):
        stored.get(connection, "nothing")
