"""Holding our tables of verdicts against the outcomes that were sealed, row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from zicha.custody.outcome_rows import outcomes_but_passes, outcomes_from_parquet
from zicha.model.errors import EvidenceError
from zicha.model.finding import Finding
from zicha.model.verdict import Status
from zicha.pipeline.custody.fault import Fault, moment
from zicha.pipeline.custody.finding_verification import measured_faults
from zicha.pipeline.custody.ledger_verification import Ledger
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, outcomes, runs
from zicha.storage.ledgered import RETIRED
from zicha.storage.outcomes import Key

Rows = Mapping[Key, Mapping[str, Any]]
KIND = "outcomes"
NOT_SEALED = "no sealed outcomes say so: it was added or edited later"


@dataclass(slots=True)
class _Check:
    """What is known so far of current verdicts and findings, while the runs are read one by one.

    Args:
        current: the table of current verdicts.
        measured: the findings, by the run that measured them last.
        happened: by finding, the last thing that happened to it.
        gone: by key, the runs that found its subject gone, with the moment each began.
        claims: the moments since when a verdict is said to stand or be known, not yet found sealed.
        moments: every moment at which a pass matters here.
        unread_until: when the last run was judged whose outcomes cannot be read any more.
    """

    current: Rows
    measured: Mapping[str, list[Finding]]
    happened: Mapping[str, Mapping[str, Any]]
    gone: Mapping[Key, list[tuple[datetime, str]]]
    claims: dict[tuple[Key, datetime], str] = field(default_factory=dict)
    moments: set[datetime] = field(default_factory=set)
    unread_until: datetime | None = None

    def __post_init__(self) -> None:
        """Gather what the current verdicts and the findings claim."""
        self.moments |= {one.last_measured_at for mine in self.measured.values() for one in mine}
        for key, row in self.current.items():
            self.moments.add(row["measured_at"])
            for name in ("standing_since", "known_at"):
                if row[name] is not None:
                    self.claims[key, row[name]] = name
                    self.moments.add(row[name])

    def left_out(self, run: runs.Run) -> None:
        """The outcomes of this run are gone: what rests on them can be neither held nor refuted."""
        at = run.judged_at or run.started_at
        self.unread_until = max(at, self.unread_until or at)


def verdict_faults(place: Workplace, connection: Connection, known: Ledger) -> Iterator[Fault]:
    """The verdicts in the database that the sealed outcomes do not bear out, each by its name.

    Outcomes that are missing or altered are faults of their own, and those that were lawfully
    deleted are listed as such: nothing is compared with them.
    """
    check = _check_of(connection)
    of_run: dict[str, dict[Key, Mapping[str, Any]]] = defaultdict(dict)
    for key, row in check.current.items():
        of_run[row["run"]][key] = row
    earlier = _entered(known)
    for run in runs.every(connection):
        kept = [one.digest for one in runs.kept(connection, run.id, KIND).values()]
        yield from _of_run(place, connection, run, check, of_run[run.id], earlier[run.id], kept)
    yield from _claimed(check)
    yield from _put_back(check)
    yield from _dropped(place, connection, check, known)


def _check_of(connection: Connection) -> _Check:
    measured: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings.listed(connection):
        measured[finding.last_run].append(finding)
    began = {run.id: run.started_at for run in runs.every(connection)}
    gone: dict[Key, list[tuple[datetime, str]]] = defaultdict(list)
    for row in outcomes.retired(connection):
        for key in row["gone"]:
            gone[tuple(key)].append((began[row["run"]], row["run"]))
    happened = {event["finding"]: event for event in findings.history(connection)}
    return _Check(outcomes.current_rows(connection), measured, happened, gone)


def _of_run(  # noqa: PLR0917 - one caller
    place: Workplace,
    connection: Connection,
    run: runs.Run,
    check: _Check,
    current: Rows,
    earlier: list[str],
    kept: list[str],
) -> Iterator[Fault]:
    """One run: its rows against its outcomes, and what stands of it against all it ever said."""
    if earlier and not kept:
        detail = "the ledger says that it was judged, and its outcomes are in no row"
        yield Fault("row-missing", f"outcomes {run.id}", moment(run.judged_at), detail)
    said: dict[Key, Mapping[str, Any]] = {}
    every: list[Mapping[str, Any]] = []
    is_whole = True
    # Judged again, what it said last stands last.
    for digest in [*(one for one in earlier if one not in kept), *kept]:
        rows = _sealed(place, run, digest, check)
        if rows is None:
            is_whole = False
            continue
        said |= rows
        every += rows.values()
        yield from _outdated(check.current, rows, run)
        for key, row in rows.items():
            check.claims.pop((key, row["measured_at"]), None)
        if digest in kept:
            held = {k: r for k, r in rows.items() if r["status"] != Status.PASS.value}
            yield from _differing(outcomes.rows_of(connection, run.id), held, run, "verdict")
    if not kept and outcomes.rows_of(connection, run.id):
        yield Fault("unledgered", f"verdicts of {run.id}", moment(run.started_at), NOT_SEALED)
    if is_whole:
        mine = check.measured.get(run.id, [])
        yield from measured_faults(mine, check.happened, every, run)
        known = {key: said[key] for key in current if key in said}
        if strange := current.keys() - known.keys():
            check.claims = {k: name for k, name in check.claims.items() if k[0] not in strange}
        yield from _differing(current, known, run, "current verdict")
    else:
        check.left_out(run)


def _sealed(place: Workplace, run: runs.Run, digest: str, check: _Check) -> Rows | None:
    try:
        found = outcomes_but_passes(place.store.get(digest), check.moments)
    except (EvidenceError, ValueError, KeyError):
        # The object, or the row that names another one in its place, is a fault of its own.
        return None
    return outcomes.as_rows(found, run.started_at)


def _differing(held: Rows, said: Rows, run: runs.Run, what: str) -> Iterator[Fault]:
    since = moment(run.judged_at or run.started_at)
    for key in sorted(held.keys() | said.keys()):
        where = _where(what, key, run.id)
        if key not in said:
            yield Fault("unledgered", where, since, NOT_SEALED)
        elif key not in held:
            yield Fault("row-missing", where, since, "it was sealed, and its row is gone")
        else:
            others = [name for name, value in said[key].items() if held[key][name] != value]
            if others:
                yield Fault("row-altered", where, since, _told(others, held[key], said[key]))


def _told(names: list[str], held: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    if "status" in names:
        return f"it stands as {held['status']}, and {said['status']} was sealed"
    return f"its {', '.join(names)} {'is' if len(names) == 1 else 'are'} not as sealed"


def _outdated(current: Rows, said: Rows, run: runs.Run) -> Iterator[Fault]:
    """An earlier verdict that stands as the current one although this run measured later."""
    for key in said.keys() & current.keys():
        stands, later = current[key], said[key]
        if (later["measured_at"], run.id) > (stands["measured_at"], stands["run"]):
            detail = f"it stands as {stands['status']}, and {run.id} sealed {later['status']} later"
            since = moment(run.judged_at or run.started_at)
            yield Fault("row-altered", _where("current verdict", key, stands["run"]), since, detail)


def _claimed(check: _Check) -> Iterator[Fault]:
    """Since when a verdict stands must be a moment at which its subject was measured."""
    for (key, at), name in sorted(check.claims.items()):
        if check.unread_until is None or at > check.unread_until:
            row = check.current[key]
            detail = f"nothing was sealed of it at its {name} ({moment(at)})"
            where = _where("current verdict", key, row["run"])
            yield Fault("row-altered", where, moment(row["measured_at"]), detail)


def _put_back(check: _Check) -> Iterator[Fault]:
    """A verdict that stands although another run, begun after its measurement, found it gone."""
    for key, row in check.current.items():
        for began, run in check.gone.get(key, []):
            if run != row["run"] and row["measured_at"] <= began:
                detail = f"{run} found its subject gone: it was put back later"
                where = _where("current verdict", key, row["run"])
                yield Fault("row-altered", where, moment(began), detail)
                break


def _dropped(
    place: Workplace, connection: Connection, check: _Check, known: Ledger
) -> Iterator[Fault]:
    """What the newest look at each source said, and stands nowhere any more.

    Only a later look that found the subject gone may take such a row away.
    """
    current = check.current
    newest = runs.latest(connection, runs.JUDGED, runs.REPORTED)
    if newest is None:
        return
    sources = {source for run in runs.every(connection) for source in _asked(connection, run.id)}
    found: dict[str, tuple[runs.Run, set[str]]] = {}
    for source in sorted(sources):
        run = runs.newest_with(connection, source, newest)
        if run is not None:
            found.setdefault(run.id, (run, set()))[1].add(source)
    for run, mine in found.values():
        touched = _touched_after(connection, run, known)
        rows = _whole(place, connection, run)
        passes = {k: r for k, r in rows.items() if r["status"] == Status.PASS.value}
        yield from _outdated(current, passes, run)
        for key, row in rows.items():
            where = (row["source"], row["account"])
            is_gone = any(began >= row["measured_at"] for began, _ in check.gone.get(key, []))
            is_excused = is_gone or where in touched
            if row["source"] in mine and key not in current and not is_excused:
                detail = f"{row['status']} was sealed, and its row is gone"
                yield Fault(
                    "row-missing",
                    _where("current verdict", key, run.id),
                    moment(run.judged_at or run.started_at),
                    detail,
                )


def _asked(connection: Connection, run: str) -> Iterator[str]:
    return (batch.source for batch in runs.batches_of(connection, run))


def _whole(place: Workplace, connection: Connection, run: runs.Run) -> Rows:
    rows: dict[Key, Mapping[str, Any]] = {}
    for one in runs.kept(connection, run.id, KIND).values():
        try:
            found = outcomes_from_parquet(place.store.get(one.digest))
        except (EvidenceError, ValueError, KeyError):
            continue
        rows |= outcomes.as_rows(found, run.started_at)
    return rows


def _touched_after(connection: Connection, run: runs.Run, known: Ledger) -> set[tuple[str, str]]:
    """Source and account of every change followed after this run by a version that kept no account.

    Later versions enter what each judgement took away.
    """
    touched: set[tuple[str, str]] = set()
    accounted = _accounted(known)
    for other in runs.every(connection):
        is_later = other.trigger == runs.EVENT and other.started_at >= run.started_at
        if is_later and other.id not in accounted:
            scope = runs.scope_of(connection, other.id)
            touched |= {(one["source"], one["account"]) for one in scope.get("subjects", [])}
    return touched


def _accounted(known: Ledger) -> set[str]:
    """The runs whose entries say how many verdicts they took away."""
    found = (known.entry(seq) for key, seq in known.by_key.items() if key.startswith(f"{KIND}/"))
    return {str(entry.about.get("run")) for entry in found if entry and RETIRED in entry.about}


def _entered(known: Ledger) -> dict[str, list[str]]:
    """The outcomes that the ledger names, by run, in order; a run judged again has several."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, seq in sorted(known.by_key.items(), key=lambda one: one[1]):
        entry = known.entry(seq) if key.startswith(f"{KIND}/") else None
        one = entry.commitment(KIND) if entry else None
        if entry and one and one.digest not in found[str(entry.about.get("run"))]:
            found[str(entry.about.get("run"))].append(one.digest)
    return found


def _where(what: str, key: Key, run: str) -> str:
    suite, expectation, source, subject = key
    return f"{what} {suite}#{expectation} of {subject} ({source}) in {run}"
