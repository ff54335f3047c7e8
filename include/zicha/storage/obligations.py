"""Obligations as they stand, and the history that says how they came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from zicha.model.errors import ConfigError
from zicha.model.obligation import Obligation, ObligationState, ObligationStep
from zicha.storage.schema_duties import obligation_events, obligations
from zicha.storage.writing import put


def apply(connection: Connection, steps: Iterable[ObligationStep]) -> None:
    """Write how the obligations stand now, and append what happened to them."""
    listed = list(steps)
    for step in listed:
        put(connection, obligations, [_row(step.obligation)])
    if listed:
        connection.execute(obligation_events.insert(), [_event(step) for step in listed])


def listed(connection: Connection, *states: ObligationState) -> list[Obligation]:
    """Every obligation, or those in one of these states, the next due first."""
    said = select(obligations).order_by(obligations.c.due, obligations.c.id)
    if states:
        said = said.where(obligations.c.state.in_([state.value for state in states]))
    return [_obligation(row) for row in connection.execute(said).mappings()]


def get(connection: Connection, id_: str) -> Obligation:
    """The obligation of this id."""
    said = select(obligations).where(obligations.c.id == id_)
    found = connection.execute(said).mappings().one_or_none()
    if found is None:
        raise ConfigError(f"no obligation has the id {id_}: choose one of `zicha calendar`")
    return _obligation(found)


def history(connection: Connection, obligation: str = "") -> list[dict[str, Any]]:
    """What happened, to one or to all, in order."""
    said = select(obligation_events).order_by(obligation_events.c.id)
    if obligation:
        said = said.where(obligation_events.c.obligation == obligation)
    return [dict(row) for row in connection.execute(said).mappings()]


def _row(obligation: Obligation) -> dict[str, Any]:
    return asdict(obligation) | {"state": obligation.state.value}


def _event(step: ObligationStep) -> dict[str, Any]:
    return {
        "obligation": step.obligation.id,
        "act": step.act.value,
        "before": None if step.before is None else step.before.value,
        "after": step.obligation.state.value,
        "due": step.obligation.due,
        "at": step.at,
        "actor": step.actor,
        "detail": step.detail,
    }


def _obligation(row: RowMapping) -> Obligation:
    return Obligation(**{**row, "state": ObligationState(row["state"])})
