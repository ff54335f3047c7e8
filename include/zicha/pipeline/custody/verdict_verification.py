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
from zicha.model.verdict import Status
from zicha.pipeline.custody.fault import Fault, moment
from zicha.pipeline.custody.ledger_verification import Ledger
from zicha.pipeline.workplace import Workplace
from zicha.storage import outcomes, runs
from zicha.storage.outcomes import Key

Rows = Mapping[Key, Mapping[str, Any]]
KIND = "outcomes"
NOT_SEALED = "no sealed outcomes say so: it was added or edited later"


@dataclass(slots=True)
class _Check:
    """What is known so far of the current verdicts, while the runs are read one by one.

    Args:
        current: the table of current verdicts.
        claims: the moments since when a verdict is said to stand or be known, not yet found sealed.
        moments: every moment at which a pass matters here.
        unread_until: when the last run was judged whose outcomes cannot be read any more.
    """

    current: Rows
    claims: dict[tuple[Key, datetime], str] = field(default_factory=dict)
    moments: set[datetime] = field(default_factory=set)
    unread_until: datetime | None = None

    def __post_init__(self) -> None:
        """Gather what the current verdicts claim."""
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
    check = _Check(outcomes.current_rows(connection))
    of_run: dict[str, dict[Key, Mapping[str, Any]]] = defaultdict(dict)
    for key, row in check.current.items():
        of_run[row["run"]][key] = row
    earlier = _entered(known)
    for run in runs.every(connection):
        kept = [one.digest for one in runs.kept(connection, run.id, KIND).values()]
        yield from _of_run(place, connection, run, check, of_run[run.id], earlier[run.id], kept)
    yield from _claimed(check)
    yield from _dropped(place, connection, check.current)


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
    is_whole = True
    # Judged again, what it said last stands last.
    for digest in [*(one for one in earlier if one not in kept), *kept]:
        rows = _sealed(place, run, digest, check)
        if rows is None:
            is_whole = False
            continue
        said |= rows
        yield from _outdated(check.current, rows, run)
        for key, row in rows.items():
            check.claims.pop((key, row["measured_at"]), None)
        if digest in kept:
            held = {k: r for k, r in rows.items() if r["status"] != Status.PASS.value}
            yield from _differing(outcomes.rows_of(connection, run.id), held, run, "verdict")
    if not kept and outcomes.rows_of(connection, run.id):
        yield Fault("unledgered", f"verdicts of {run.id}", moment(run.started_at), NOT_SEALED)
    if is_whole:
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


def _dropped(place: Workplace, connection: Connection, current: Rows) -> Iterator[Fault]:
    """What the newest look at each source said, and stands nowhere any more.

    Only a later change notice may take such a row away: the subject is gone.
    """
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
        touched = _touched_after(connection, run)
        rows = _whole(place, connection, run)
        passes = {k: r for k, r in rows.items() if r["status"] == Status.PASS.value}
        yield from _outdated(current, passes, run)
        for key, row in rows.items():
            where = (row["source"], row["account"])
            if row["source"] in mine and key not in current and where not in touched:
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


def _touched_after(connection: Connection, run: runs.Run) -> set[tuple[str, str]]:
    """Source and account of every change that was followed after this run began."""
    touched: set[tuple[str, str]] = set()
    for other in runs.every(connection):
        if other.trigger == runs.EVENT and other.started_at >= run.started_at:
            scope = runs.scope_of(connection, other.id)
            touched |= {(one["source"], one["account"]) for one in scope.get("subjects", [])}
    return touched


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
