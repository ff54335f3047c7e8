"""Freezing a scope: which runs, digests, reports and rules an inspection is about, from then on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.notices import InspectionNotice
from zicha.custody.checkpoint import short_form
from zicha.model.errors import ConfigError
from zicha.pipeline.custody.sealing import origin_of
from zicha.pipeline.duties.showing import moment
from zicha.pipeline.runs.claimed import claimed_sources
from zicha.pipeline.runs.covering import framework, frameworks_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, findings, ledger, reports, runs


def freeze(
    place: Workplace, connection: Connection, file: InspectionNotice, path: Path
) -> dict[str, Any]:
    """Everything that is sealed now of these systems and days; plain values, to be kept as a row.

    Raises:
        ConfigError: the period has not come, or nothing was sealed in it.
    """
    today = place.today()
    first = file.period.since.isoformat() if file.period else ""
    last = file.period.until.isoformat() if file.period and file.period.until else today
    if max(first, last) > today:
        raise ConfigError(f"{path}: the period reaches beyond today, {today}: correct it")
    sources = {s for system in file.systems for s in claimed_sources(place.scope, system)}
    mine = [run for run in runs.every(connection) if first <= run.day <= last]
    mine = [run for run in mine if run.state in {runs.JUDGED, runs.REPORTED}]
    if not mine:
        raise ConfigError(
            f"{path}: no run of {first or 'any day'} to {last} was judged: run `zicha run` first"
        )
    wanted = {run.id for run in mine}
    signed = ledger.last_signed(connection)
    size = signed.size if signed else 0
    held = {frameworks for s in file.systems for frameworks in frameworks_of(place.scope.system(s))}
    return {
        "at": moment(place.clock().astimezone(place.zone)),
        "day": today,
        "period": {"from": first or mine[0].day, "until": last},
        "systems": list(file.systems),
        "runs": [
            {"id": run.id, "day": run.day, "trigger": run.trigger, "judged_at": _at(run.judged_at)}
            for run in mine
        ],
        "evidence": _evidence(connection, wanted, sources, size),
        "reports": [
            {
                n: getattr(one, n)
                for n in ("run", "name", "system", "lang", "format", "digest", "size")
            }
            for one in reports.listed(connection)
            if one.run in wanted and one.system in file.systems
        ],
        "open_findings": [
            {"id": one.id, "severity": one.severity.value}
            for one in findings.listed(connection)
            if one.is_open and one.source in sources
        ],
        "catalogue": {id_: framework(id_).version for id_ in sorted(held)},
        "tool": place.version,
        "scope": place.scope.digest,
        "ledger": {
            "origin": origin_of(place),
            "size": size,
            "root": signed.root if signed else "",
            "short": short_form(size, bytes.fromhex(signed.root)) if signed else "",
            "key": signed.key_id if signed else "",
        },
    }


def _evidence(
    connection: Connection, wanted: set[str], sources: set[str], size: int
) -> list[list[Any]]:
    """Run, source, table, both digests and the rows of what the checkpoint covers."""
    records = [
        one for run in sorted(wanted) for one in evidence.of_run(connection, run)
        if one.source in sources
    ]  # fmt: skip
    keys = {f"evidence/{one.run}/{one.source}/{one.table_id}": one for one in records}
    covered = {line.key for line in ledger.lines(connection) if line.seq < size}
    return [
        [one.run, one.source, one.table_id, one.pack_digest, one.rows_digest, one.row_count]
        for key, one in keys.items()
        if key in covered
    ]


def _at(at: Any) -> str:
    return moment(at) or ""
