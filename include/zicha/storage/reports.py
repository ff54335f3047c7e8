"""Reports: which file was made from which run, and its digest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from zicha.storage.schema import reports
from zicha.storage.writing import put


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """One file of one report, relative to the data folder."""

    run: str
    name: str
    system: str
    lang: str
    format: str
    path: str
    digest: str
    size: int
    made_at: datetime


def record(connection: Connection, report: ReportRecord) -> None:
    """Note a report; made again, it takes its own place."""
    put(connection, reports, [asdict(report)])


def listed(connection: Connection, run: str = "") -> list[ReportRecord]:
    """The reports of a run, or all, newest last."""
    said = select(reports).order_by(reports.c.made_at, *reports.primary_key)
    found = connection.execute(said.where(reports.c.run == run) if run else said)
    return [ReportRecord(**row) for row in found.mappings()]
