"""Gaps as they stand, and those that have closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, RowMapping, select

from zicha.model.standing_gap import StandingGap
from zicha.model.verdict import Reason
from zicha.storage.schema import gaps
from zicha.storage.writing import put


def write(connection: Connection, changed: Iterable[StandingGap]) -> None:
    """Write how these gaps stand now."""
    put(connection, gaps, [asdict(gap) | {"reason": gap.reason.value} for gap in changed])


def standing(connection: Connection) -> list[StandingGap]:
    """The open gaps, oldest first."""
    said = select(gaps).where(gaps.c.closed_at.is_(None)).order_by(gaps.c.since, *_KEY)
    return [_gap(row) for row in connection.execute(said).mappings()]


def every(connection: Connection) -> list[StandingGap]:
    """All gaps, the closed ones included, oldest first."""
    said = select(gaps).order_by(gaps.c.since, *_KEY)
    return [_gap(row) for row in connection.execute(said).mappings()]


_KEY = (gaps.c.source, gaps.c.reason, gaps.c.permission)


def _gap(row: RowMapping) -> StandingGap:
    typed = {"reason": Reason(row["reason"]), "touches": tuple(row["touches"])}
    return StandingGap(**{**row, **typed})
