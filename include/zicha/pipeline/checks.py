"""`doctor`: is all configured, reachable, permitted, fresh."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from sqlalchemy.exc import DBAPIError

from zicha.catalog.scope_sources import Source
from zicha.catalog.suite_fit import misfits
from zicha.catalog.terms import load_terms
from zicha.custody.entry import has_sm3
from zicha.custody.s3_bucket import shortfall
from zicha.custody.s3_store import S3Store
from zicha.evaluation.rollup_rules import load_rules
from zicha.findings.waivers import of_file
from zicha.model.collector import MALFORMED, Collector
from zicha.model.errors import ZichaError
from zicha.model.evidence import Gap
from zicha.model.verdict import Reason
from zicha.pipeline.alerts.failing import failing
from zicha.pipeline.check import Check
from zicha.pipeline.custody.anchoring import standing
from zicha.pipeline.events.checks import notice_checks
from zicha.pipeline.findings.refusals import refusal_check
from zicha.pipeline.runs.covering import framework, frameworks_of
from zicha.pipeline.runs.rules import limits_of, rules
from zicha.pipeline.runs.sources import asked_of, opened
from zicha.pipeline.workplace import Workplace
from zicha.reports.fonts import HOW_TO_GET_ONE, cjk_font
from zicha.storage import gaps, messages, presses, runs
from zicha.storage.anchors import FAILED

AT_ONCE = 8
ROOM = 512 * 2**20
"""Bytes that a day's inspection should find free."""


def doctor(place: Workplace) -> dict[str, Any]:
    """Look at everything that a day's inspection rests on."""
    checks = [
        *_rules_check(place),
        *_source_checks(place),
        *_keeping_checks(place),
        *_freshness(place),
        _outbox_check(place),
        refusal_check(place),
        _waivers_check(place),
        _font_check(),
        _store_check(place),
        *_custody_checks(place),
        *notice_checks(place),
    ]
    return {"ok": all(check.ok for check in checks), "checks": [_shown(c) for c in checks]}


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
            refused = _first_answer(asked_of(place, source), source.kind, found)
    except ZichaError as error:
        return Check(name, False, str(error), "correct the scope, the credential or the network")
    except (*MALFORMED, OSError) as error:
        said = f"it gave an answer that could not be walked ({type(error).__name__}: {error})"
        return Check(name, False, said, "look at the source, then report this")
    if refused:
        return Check(name, False, f"{refused.call}: {refused.reason.value}", refused.remedy)
    return Check(name, True, "recorded: nothing is asked" if source.recorded else "reachable")


def _first_answer(mine: Sequence[Collector], kind: str, found: object) -> Gap | None:
    """What the source refused its first collector; None when it answers."""
    first = next(iter(mine[0].fetch(found)), None) if mine else None
    if first is None:
        return Gap((), kind, "", Reason.NOT_COLLECTED, "it gave no answer at all: report this")
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
        yield Check("freshness", False, "nothing was inspected yet", "run `zicha run`")
    else:
        is_today = newest.day == place.today()
        yield Check("freshness", is_today, f"last inspected on {newest.day}", "run `zicha run`")
    old = [gap for gap in standing if gap.escalates(place.clock())]
    detail = f"{len(standing)} gaps, {len(old)} too old"
    yield Check("gaps", not old, detail, old[0].remedy if old else "")


def _outbox_check(place: Workplace) -> Check:
    with place.database.read() as connection:
        counted = messages.counted(connection)
        spoofed = len(presses.every(connection, presses.SPOOFED))
        fails = failing(place, connection)
    lost = counted.get(messages.DEAD, 0) + counted.get(messages.MAYBE_SENT, 0)
    said = ", ".join(f"{n} {state}" for state, n in sorted(counted.items())) or "nothing to tell"
    detail = f"{said}; {spoofed} spoofed requests refused"
    remedies = [f"{each.to or '?'}: {each.remedy.en}" for each in fails]
    remedy = "; ".join([*remedies, "see `zicha alerts list`"])
    return Check("alerts", not (lost or fails), detail, remedy)


def _waivers_check(place: Workplace) -> Check:
    declared = of_file(place.scope, date.fromisoformat(place.today()))
    void = [f"{one.id}: {one.why_void}" for one in declared if one.why_void]
    detail = void[0] if void else f"{len(declared)} declared, none void"
    return Check("waivers", not void, detail, "correct waivers.yaml or roles.yaml")


def _store_check(place: Workplace) -> Check:
    store = place.store
    if not isinstance(store, S3Store):
        return Check("store", True, "a folder of this machine")
    try:
        store.keys.check()
    except ZichaError as error:
        return Check("store", False, str(error), f"restore {store.keys.folder} from a copy")
    lacks, remedy = shortfall(store.wire)
    return Check("store", not lacks, lacks or f"{store.settings.url}: versions and lock", remedy)


def _custody_checks(place: Workplace) -> Iterator[Check]:
    detail = "both digests" if has_sm3() else "this OpenSSL offers no SM3: entries mark its absence"
    yield Check("sm3", has_sm3(), detail, "use a Python whose OpenSSL offers SM3")
    counted = standing(place)
    url = place.settings.timestamp_url
    said = ", ".join(f"{n} {state}" for state, n in counted.items())
    detail = f"{url}: {said}" if url else "no authority outside stamps the checkpoints"
    remedy = "correct ZICHA_TIMESTAMP_URL, the next sealing tries again"
    yield Check("timestamps", not (url and counted[FAILED]), detail, remedy)


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
