"""`doctor` and `verify`: is all configured, reachable, fresh, and are the bytes still ours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError

from zicha.catalog.scope_sources import Source
from zicha.catalog.suite_fit import misfits
from zicha.catalog.terms import load_terms
from zicha.evaluation.rollup_rules import load_rules
from zicha.model.errors import EvidenceError, ZichaError
from zicha.model.evidence import Gap
from zicha.pipeline.collecting import MALFORMED
from zicha.pipeline.covering import framework, frameworks_of
from zicha.pipeline.rules import limits_of, rules
from zicha.pipeline.sources import opened
from zicha.pipeline.workplace import Workplace
from zicha.reports.fonts import HOW_TO_GET_ONE, cjk_font
from zicha.storage import evidence, gaps, reports, runs

AT_ONCE = 8
ROOM = 512 * 2**20
"""Bytes that a day's inspection should find free."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what to do when it falls short."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def doctor(place: Workplace) -> dict[str, Any]:
    """Look at everything that a day's inspection rests on."""
    checks = [
        *_rules_check(place),
        *_source_checks(place),
        *_keeping_checks(place),
        *_freshness(place),
        _font_check(),
    ]
    return {"ok": all(check.ok for check in checks), "checks": [_shown(c) for c in checks]}


def verify(place: Workplace, item: str = "") -> dict[str, Any]:
    """Read every sealed object again, or one of them, and compare it with its digest."""
    faults: list[dict[str, Any]] = []
    indexed = _indexed(place)
    wanted = {item: indexed.get(item, "")} if item else indexed
    for digest, since in sorted(wanted.items()):
        fault = _fault(place, digest)
        if fault:
            faults.append({"kind": fault[0], "where": digest, "since": since, "detail": fault[1]})
    if not item:
        faults += _indexes_that_differ(place)
    return {"ok": not faults, "items": len(wanted), "faults": faults}


def _fault(place: Workplace, digest: str) -> tuple[str, str] | None:
    has = place.store.has(digest)
    try:
        place.store.get(digest)
    except EvidenceError as error:
        return ("altered" if has else "missing"), str(error)
    except OSError as error:
        return "unreadable", f"{digest}: {error.strerror}: give this user the right to read it"
    return None


def _indexed(place: Workplace) -> dict[str, str]:
    """Every digest that the database names, and the day on which it was first sealed."""
    found: dict[str, str] = {}
    with place.database.read() as connection:
        for run in sorted(runs.every(connection), key=lambda each: (each.day, each.id)):
            digests = [
                digest
                for entry in evidence.of_run(connection, run.id)
                for digest in (entry.pack_digest, entry.rows_digest)
            ]
            digests += [
                sealed.digest
                for kind in ("manifest", "outcomes")
                for sealed in runs.kept(connection, run.id, kind).values()
            ]
            digests += [made.digest for made in reports.listed(connection, run.id)]
            for digest in digests:
                found.setdefault(digest, run.day)
    return found


def _indexes_that_differ(place: Workplace) -> Iterator[dict[str, Any]]:
    """Runs whose index no longer says what their sealed manifest says."""
    with place.database.read() as connection:
        every = runs.every(connection)
        manifests = {run.id: runs.kept(connection, run.id, "manifest") for run in every}
        indexed = {run.id: evidence.of_run(connection, run.id) for run in every}
    for run in every:
        for sealed in manifests[run.id].values():
            if _fault(place, sealed.digest):
                continue
            listed = json.loads(place.store.get(sealed.digest))["evidence"]
            said = {(e["source"], e["table"]): (e["pack"], e["rows"]) for e in listed}
            here = {(e.source, e.table_id): (e.pack_digest, e.rows_digest) for e in indexed[run.id]}
            for source, table in sorted(
                key for key in said.keys() | here.keys() if said.get(key) != here.get(key)
            ):
                yield {
                    "kind": "index-differs",
                    "where": f"{run.id} {source} {table}",
                    "since": run.day,
                    "detail": "the database names other evidence than the sealed manifest: "
                    "restore the database from a copy, and find out who wrote there",
                }


def _rules_check(place: Workplace) -> Iterator[Check]:
    try:
        in_force = rules()
        wrong = [
            problem
            for suite in in_force.suites.values()
            for problem in misfits(
                suite, in_force.table_of(suite).columns, in_force.table_of(suite).places
            )
        ]
        limits_of(place)
        load_rules()
        load_terms()
        for system in place.scope.systems:
            for id_ in frameworks_of(system):
                framework(id_)
    except ZichaError as error:
        yield Check("rules", False, str(error), "correct the file that is named")
        return
    detail = f"{len(in_force.suites)} suites, {len(in_force.collectors)} collectors"
    yield Check(
        "rules", not wrong, wrong[0] if wrong else detail, "correct the suite that is named"
    )


def _source_checks(place: Workplace) -> Iterator[Check]:
    sources = place.scope.sources
    # Side by side: one that does not answer must not make the others wait.
    with ThreadPoolExecutor(max_workers=max(1, min(len(sources), AT_ONCE))) as threads:
        yield from threads.map(lambda source: _source_check(place, source), sources)


def _source_check(place: Workplace, source: Source) -> Check:
    name = f"source {source.id}"
    try:
        with opened(place, source, "doctor") as found:
            refused = _first_answer(source.kind, found)
    except ZichaError as error:
        return Check(name, False, str(error), "correct the scope, the credential or the network")
    except (*MALFORMED, OSError) as error:
        said = f"it gave an answer that could not be walked ({type(error).__name__}: {error})"
        return Check(name, False, said, "look at the source, then report this")
    if refused:
        return Check(name, False, f"{refused.call}: {refused.reason.value}", refused.remedy)
    return Check(name, True, "recorded: nothing is asked" if source.recorded else "reachable")


def _first_answer(kind: str, found: object) -> Gap | None:
    """What the source refused its first collector; None when it answers."""
    mine = [collector for collector in rules().collectors.values() if collector.source == kind]
    first = next(iter(mine[0].fetch(found)), None) if mine else None
    return first if isinstance(first, Gap) else None


def _keeping_checks(place: Workplace) -> Iterator[Check]:
    """Whether another day can be written down."""
    try:
        with place.database.write():
            pass
    except (ZichaError, DBAPIError) as error:
        said = str(error).splitlines()[0]
        yield Check("database", False, said, "free it, or correct ZICHA_DATABASE_URL")
    else:
        yield Check("database", True, place.database.address)
    free = shutil.disk_usage(place.data).free
    enough = free >= ROOM
    remedy = "free some space, or name another folder with --data"
    yield Check("room", enough, f"{free // 2**20} MB are free under {place.data}", remedy)


def _freshness(place: Workplace) -> Iterator[Check]:
    with place.database.read() as connection:
        newest = runs.latest(connection, runs.JUDGED, runs.REPORTED)
        standing = gaps.standing(connection)
    if newest is None:
        yield Check("freshness", True, "nothing was inspected yet", "run `zicha run`")
    else:
        is_today = newest.day == place.today()
        yield Check("freshness", is_today, f"last inspected on {newest.day}", "run `zicha run`")
    old = [gap for gap in standing if gap.escalates(place.clock())]
    detail = f"{len(standing)} gaps, {len(old)} too old"
    yield Check("gaps", not old, detail, old[0].remedy if old else "")


def _font_check() -> Check:
    font = cjk_font()
    said = f"{font.family} ({font.path})" if font else "no font has Chinese characters: no PDF"
    return Check("font", font is not None, said, HOW_TO_GET_ONE)


def _shown(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "ok": check.ok,
        "detail": check.detail,
        "remedy": "" if check.ok else check.remedy,
    }
