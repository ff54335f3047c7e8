"""What the ledger says of each thing we keep, so that writing and verifying agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from zicha.custody.canonical import canonical_digest
from zicha.custody.entry import Commitment, Kind
from zicha.custody.retention import Standing
from zicha.model.standing_gap import StandingGap
from zicha.storage.attestations import DELETION, ERASURE, HOLD, Declaration, LoadedFile, Turn
from zicha.storage.evidence import EvidenceRecord
from zicha.storage.ledger import Draft
from zicha.storage.reports import ReportRecord

MARK = 16

OUTSIDE = "file"
"""The name of bytes that an entry commits to and that stay with the person who sent them."""

TURN = "declaration/"
"""How the keys of withdrawals and returns begin; the digest of the wording follows the act."""

RETIRED = "retired"
"""How the keys of retirements begin, and the word under which entries count them."""

ERASED = "erased/"
"""How the keys of rows begin in which a name was erased; a mark and the row's own key follow."""

PAYLOAD = "payload"
"""The name under which a tombstone commits to the bytes that were deleted."""


def of_digest(name: str, digest: str, size: int) -> Commitment:
    """What is known of an object from its index alone: enough to compare, not to append."""
    return Commitment(name, digest.removeprefix("sha256:"), "", size)


def of_evidence(
    record: EvidenceRecord, pack: Commitment | None = None, rows: Commitment | None = None
) -> Draft:
    """A sealed table: its pack, its rows, its line of the index."""
    objects = (
        replace(pack, name="pack") if pack else of_digest("pack", record.pack_digest, 0),
        replace(rows, name="rows") if rows else of_digest("rows", record.rows_digest, 0),
    )
    return Draft(
        f"evidence/{record.run}/{record.source}/{record.table_id}",
        Kind.EVIDENCE,
        {
            "run": record.run,
            "source": record.source,
            "table": record.table_id,
            "rows": record.row_count,
            "gaps": record.gap_count,
            "collected_at": record.collected_at,
        },
        objects,
        {name: getattr(record, name) for name in record.__slots__},
    )


def of_outcomes(
    run: str, counted: Mapping[str, int], sealed: Commitment, retired: int = 0
) -> Draft:
    """The outcomes of a run; another judgement of it is another entry."""
    return Draft(
        f"outcomes/{run}/{sealed.sha256[:MARK]}",
        Kind.OUTCOMES,
        {"run": run, "counts": dict(counted), RETIRED: retired},
        (replace(sealed, name="outcomes"),),
    )


def of_retirement(row: Mapping[str, Any]) -> Draft:
    """The current verdicts that a judgement took away, as their subjects were gone."""
    about = {"run": row["run"], RETIRED: len(row["gone"])}
    return Draft(f"{RETIRED}/{row['run']}/{_mark(row)}", Kind.OUTCOMES, about, row=row)


def of_conformity(run: str, sealed: Commitment) -> Draft:
    """What the outcomes of a run made of each system, by scope and catalogue of that moment."""
    held = replace(sealed, name="conformity")
    return Draft(f"conformity/{run}/{sealed.sha256[:MARK]}", Kind.OUTCOMES, {"run": run}, (held,))


def of_finding(event: Mapping[str, Any]) -> Draft:
    """What happened to a finding; the subject stays out, it may be a person's account."""
    row = _without_number(event)
    if row["owner"] is None:
        # An event of an earlier version was entered without them.
        del row["owner"], row["due"]
    about = {name: row[name] for name in ("finding", "run", "change", "after", "severity")}
    return Draft(
        f"finding/{row['finding']}/{_mark(row)}",
        Kind.FINDING,
        about,
        row=row,
    )


def of_gap(gap: StandingGap) -> Draft:
    """How a gap stands now."""
    row = asdict(gap) | {
        "max_age": None if gap.max_age is None else gap.max_age.total_seconds(),
        "touches": list(gap.touches),
    }
    about = {
        "gap": gap_mark(gap),
        "run": gap.run,
        "source": gap.source,
        "reason": gap.reason.value,
        "is_open": gap.is_open,
        "affects": gap.affects,
    }
    return Draft(f"gap/{gap.source}/{_mark(row)}", Kind.GAP, about, row=row)


def gap_mark(gap: StandingGap) -> str:
    """Which gap it is, however it stands: what is missing may be somebody's name."""
    return _mark({"gap": [gap.source, gap.reason.value, gap.permission, gap.since]})


def of_file(file: LoadedFile, count: int, held: Commitment, by: str) -> Draft:
    """A file that somebody loaded; its name stays out, people put names into names."""
    return Draft(
        f"file/{file.kind}/{file.digest}",
        Kind(file.kind),
        {"file": file.digest, "declares": count},
        (replace(held, name=OUTSIDE),),
        by=by,
    )


def of_declaration(kind: str, one: Declaration, by: str = "") -> Draft:
    """What a person declared."""
    return Draft(
        f"{kind}/{one.digest}",
        Kind(kind),
        {"declaration": canonical_digest(one.id)[-MARK:]},
        row={"id": one.id, "body": one.body},
        by=by,
    )


def of_turn(turn: Turn, by: str = "") -> Draft:
    """A declaration that was withdrawn, or holds again."""
    one = turn.declaration
    row = {"kind": turn.kind, "id": one.id, "digest": one.digest, "at": turn.at}
    about = {"declaration": canonical_digest(one.id)[-MARK:], "act": turn.act}
    key = f"{TURN}{turn.act}/{one.digest.removeprefix('sha256:')}/{_mark(row)}"
    return Draft(key, Kind(turn.kind), about, row=row, by=by)


def of_report(report: ReportRecord, sealed: Commitment | None = None) -> Draft:
    """A document that was made."""
    about = {n: getattr(report, n) for n in ("run", "name", "system", "lang", "format")}
    held = sealed or of_digest("report", report.digest, report.size)
    return Draft(
        f"report/{'/'.join(about.values())}/{held.sha256[:MARK]}",
        Kind.REPORT,
        about,
        (replace(held, name="report"),),
    )


def of_incident(what: str, row: Mapping[str, Any]) -> Draft:
    """A version, report, submission, document or step of an incident; what it says stays out."""
    kept = _without_number(row)
    about = {"incident": kept["incident"], "what": what}
    file = what == "document"
    return Draft(
        f"incident/{what}/{kept['incident']}/{_mark(kept)}",
        Kind.INCIDENT,
        about,
        (of_digest("document", kept["digest"], kept["size"]),) if file else (),
        kept,
    )


def of_decision(row: Mapping[str, Any]) -> Draft:
    """What a person decided to report or not; the reason stays out."""
    kept = _without_number(row)
    about = {name: kept[name] for name in ("subject", "duty", "reports")}
    return Draft(f"decision/{kept['subject']}/{_mark(kept)}", Kind.DECISION, about, row=kept)


def _without_number(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


def of_close(run: str, day: str, batches: Mapping[str, str], sealed: Commitment) -> Draft:
    """A run whose books were closed: also one that could read nothing has happened."""
    states = list(batches.values())
    about = {"run": run, "day": day, "batches": {s: states.count(s) for s in sorted(set(states))}}
    key = f"heartbeat/{run}/{sealed.sha256[:MARK]}"
    return Draft(key, Kind.HEARTBEAT, about, (replace(sealed, name="manifest"),))


def of_day(day: str, runs: int, evidence: int) -> Draft:
    """A day, with or without evidence, so that absence can be proved."""
    return Draft(f"heartbeat/{day}", Kind.HEARTBEAT, {"day": day, "runs": runs, "items": evidence})


def of_hold(one: Declaration, by: str) -> Draft:
    """A hold, placed or released: what it covers is said here, why stays in the row."""
    about = {name: one.body[name] for name in ("hold", "act", "covers")}
    return replace(of_declaration(HOLD, one, by), about=about)


def of_deletion(one: Declaration, by: str) -> Draft:
    """An act of deletion: how much it deleted; why stays in the row."""
    about = {"act": one.id, "objects": one.body["objects"], "bytes": one.body["bytes"]}
    return replace(of_declaration(DELETION, one, by), about=about)


def of_erasure(one: Declaration, rows: int, by: str) -> Draft:
    """An act of erasing a name: whose, by id, and in how many rows; why stays in the row."""
    about = {"act": one.id, "person": one.body["person"], "rows": rows}
    return replace(of_declaration(ERASURE, one, by), about=about)


def of_successor(was: str, now: Draft, person: str) -> Draft:
    """A row in which an id took the place of a name: the entry that it follows, and its own key."""
    about = {"was": was, "now": now.key, "person": person}
    return Draft(f"{ERASED}{_mark(about)}/{now.key}", Kind.ERASURE, about, row=now.row)


def of_tombstone(one: Standing, term: Mapping[str, Any], held: Commitment, act: str) -> Draft:
    """One object that was deleted: under which rule, sealed when, expired when, in which act."""
    about = {
        "act": act,
        "rule": one.rule,
        **term,
        "sealed_at": one.sealed_at,
        "expired_at": one.until,
    }
    key = f"tombstone/{held.sha256}/{_mark({'last': one.sealed_at})}"
    return Draft(key, Kind.DELETION, about, (replace(held, name=PAYLOAD),))


def said_by(draft: Draft, by: str) -> Draft:
    """The same, with the erasable id of the person whose act it was."""
    return replace(draft, by=by)


def imported(draft: Draft) -> Draft:
    """The same, of a run from before the ledger: its moment is that of the import."""
    return replace(draft, kind=Kind.IMPORTED, about={**draft.about, "was": draft.kind.value})


def _mark(row: Mapping[str, Any]) -> str:
    return canonical_digest(row)[-MARK:]
