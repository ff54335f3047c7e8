"""Holding our own rows against the ledger: what was edited, added or removed behind its back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from zicha.custody.entry import Entry
from zicha.pipeline.custody.declaration_verification import DECLARED, declaration_faults
from zicha.pipeline.custody.fault import Fault, moment
from zicha.pipeline.custody.finding_verification import finding_faults
from zicha.pipeline.custody.ledger_verification import Ledger
from zicha.storage import (
    attestations,
    evidence,
    filings,
    finding_acts,
    findings,
    gaps,
    incidents,
    inspections,
    ledgered,
    ledgered_filings,
    ledgered_findings,
    ledgered_inspections,
    ledgered_presses,
    outcomes,
    presses,
    reports,
    runs,
)
from zicha.storage.ledger import Draft

APPEND_ONLY = (
    "evidence/",
    "finding/",
    f"{ledgered.RETIRED}/",
    "incident/",
    "decision/",
    "filing/",
    "inspection/",
    "order/",
    "press/",
    "finding-act/",
    "waiver-act/",
    "refused-act/",
    "attestation/",
    "waiver/",
    "hold/",
    "deletion/",
    "erasure/",
    ledgered.ERASED,
)
"""Entries whose row must stand for ever."""


def row_faults(connection: Connection, known: Ledger) -> Iterator[Fault]:
    """The rows that no entry speaks of, or otherwise; the entries whose row is gone."""
    pending = known.pending_keys
    before = set() if known.bodies else {run.id for run in runs.every(connection)}
    erased = Erased(known)
    seen: set[str] = set()
    for draft, where, at in drafts_of(connection):
        seen.add(draft.key)
        if (seq := erased.successor(draft.key)) is not None:
            yield from _compared(draft, known, where, seq)
        elif draft.key in known.by_key:
            yield from _compared(draft, known, where, known.by_key[draft.key])
        elif draft.key not in pending and draft.about.get("run") not in before:
            detail = "no entry of the ledger speaks of this row: it was added or edited later"
            yield Fault("unledgered", where, moment(at), detail)
    for key, seq in known.by_key.items():
        if key.startswith(APPEND_ONLY) and erased.now(key) not in seen:
            entry = known.entry(seq)
            since = moment(entry.at) if entry else ""
            detail = f"entry {seq} commits to this row, which is gone or was edited"
            yield Fault("row-missing", key.replace("/", " "), since, detail)
    yield from finding_faults(connection)
    yield from _gap_faults(connection, known)
    yield from declaration_faults(connection, known)
    yield from _filing_faults(connection)


class Erased:
    """The rows in which a name was erased: which entry of the ledger speaks of each one now."""

    def __init__(self, known: Ledger) -> None:
        """Follow the entries in order: a row may have held more than one name."""
        self._now: dict[str, str] = {}
        self._seq: dict[str, int] = {}
        for key, seq in sorted(known.by_key.items(), key=lambda one: one[1]):
            entry = known.entry(seq) if key.startswith(ledgered.ERASED) else None
            if entry is not None:
                was, now = str(entry.about["was"]), str(entry.about["now"])
                self._now |= {key: now, was: now}
                self._seq[now] = seq

    def successor(self, key: str) -> int | None:
        """The entry that commits to the row of this key, if a name was erased in it."""
        return self._seq.get(key)

    def now(self, key: str) -> str:
        """The key under which the row of an entry stands now."""
        followed = {key}
        while (later := self._now.get(key, key)) not in followed:
            followed.add(later)
            key = later
        return key


Wanted = Iterator[tuple[Draft, str, datetime | None]]
"""What the ledger should say, where that stands with us, and since when."""


def drafts_of(connection: Connection) -> Wanted:
    """What every row that we keep should be in the ledger as."""
    for run in runs.every(connection):
        yield from _of_run(connection, run)
    for event in findings.history(connection):
        where = f"finding {event['finding']} {event['change']} in {event['run']}"
        yield ledgered.of_finding(event), where, event["at"]
    for row in outcomes.retired(connection):
        yield ledgered.of_retirement(row), f"retirement in {row['run']}", row["at"]
    for report in reports.listed(connection):
        where = f"report {report.run} {report.path}"
        yield ledgered.of_report(report), where, report.made_at
    for gap in gaps.every(connection):
        where = f"gap {gap.source} {gap.reason.value}"
        yield ledgered.of_gap(gap), where, gap.last_seen_at
    yield from _of_duties(connection)
    for kind in DECLARED:
        for one in attestations.every(connection, kind):
            yield ledgered.of_declaration(kind, one), f"{kind} {one.id}", None


def _of_duties(connection: Connection) -> Wanted:
    for what, row in incidents.kept(connection):
        where = f"incident {row['incident']} {what}"
        yield ledgered.of_incident(what, row), where, row["at"]
    for row in incidents.decisions(connection):
        yield ledgered.of_decision(row), f"decision {row['subject']}", row["at"]
    for what, row in filings.kept(connection):
        where = f"filing {row['filing']} {what}"
        yield ledgered_filings.of_filing(what, row), where, row["at"]
    for what, row in inspections.kept(connection):
        where = f"{what} {row['of']} {row['act']} {row['number']}"
        yield ledgered_inspections.of_event(what, row), where, row["at"]
    for row in presses.every(connection):
        yield ledgered_presses.of_press(row), f"press {row['key']}", row["at"]
    for what, row in finding_acts.kept(connection):
        where = f"{what} {row['of']} {row['act']} {row['number']}"
        yield ledgered_findings.of_act(what, row), where, row["at"]


def _of_run(connection: Connection, run: runs.Run) -> Wanted:
    for record in evidence.of_run(connection, run.id):
        where = f"evidence {record.run} {record.source} {record.table_id}"
        yield ledgered.of_evidence(record), where, record.sealed_at
    for kept in runs.kept(connection, run.id, "manifest").values():
        held = ledgered.of_digest("manifest", kept.digest, kept.size)
        yield ledgered.of_close(run.id, run.day, {}, held), f"manifest {run.id}", run.started_at
    for kept in runs.kept(connection, run.id, "outcomes").values():
        held = ledgered.of_digest("outcomes", kept.digest, kept.size)
        yield ledgered.of_outcomes(run.id, {}, held), f"outcomes {run.id}", run.started_at
    for kept in runs.kept(connection, run.id, "conformity").values():
        held = ledgered.of_digest("conformity", kept.digest, kept.size)
        yield ledgered.of_conformity(run.id, held), f"conformity {run.id}", run.started_at


def _compared(draft: Draft, known: Ledger, where: str, seq: int) -> Iterator[Fault]:
    entry = known.entry(seq)
    if entry is not None and not draft.agrees(entry):
        detail = f"the row is not the one that entry {seq} commits to"
        yield Fault("row-altered", where, moment(entry.at), detail)


def _gap_faults(connection: Connection, known: Ledger) -> Iterator[Fault]:
    """A gap of which the ledger speaks, and which no row remembers; older entries name none."""
    held = {ledgered.gap_mark(gap) for gap in gaps.every(connection)}
    said: dict[str, Entry] = {}
    for key in known.by_key:
        entry = known.entry(known.by_key[key]) if key.startswith("gap/") else None
        if entry is not None and "gap" in entry.about:
            said[str(entry.about["gap"])] = entry
    for mark in sorted(said.keys() - held):
        about = said[mark].about
        where = f"gap {about.get('source')} {about.get('reason')}"
        detail = f"it was entered on {moment(said[mark].at)}, and its row is gone"
        yield Fault("row-missing", where, moment(said[mark].at), detail)


def _filing_faults(connection: Connection) -> Iterator[Fault]:
    """A filing that does not stand where its history, and its approvals, have brought it."""
    for filing in filings.listed(connection):
        events = filings.history(connection, "event", filing.id)
        last = events[-1] if events else {}
        stands = (filing.state.value, filing.version, filing.package)
        if stands != tuple(last.get(name) for name in ("after", "version", "package")):
            detail = f"it stands as {filing.state.value}, and its history says otherwise"
            yield Fault("row-altered", f"filing {filing.id}", moment(last.get("at")), detail)
        granted = {
            row["package"]
            for row in filings.history(connection, "approval", filing.id)
            if row["decision"] == "approved"
        }
        if filing.approved and filing.approved not in granted:
            detail = f"it names {filing.approved} as approved, and nobody approved that"
            yield Fault("row-altered", f"filing {filing.id}", moment(last.get("at")), detail)
