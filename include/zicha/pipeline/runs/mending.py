"""Which measurements would show that the act of a change notice is mended, finding by finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.event_routes import load_routes
from zicha.catalog.mended_acts import Mended, load_mended_acts
from zicha.collectors import collectors
from zicha.collectors.change.events import COLLECTOR as EVENTS
from zicha.events.routing import partition_of
from zicha.findings.life import Measurement
from zicha.findings.mending import Proof, mended
from zicha.model.collector import Collector
from zicha.model.finding import Finding, Listings, Transition
from zicha.model.outcome import Outcome
from zicha.pipeline.runs.rules import rules
from zicha.storage import findings, notices


def mend(
    connection: Connection,
    outcomes: Sequence[Outcome],
    listings: Listings,
    measured: Measurement,
) -> list[Transition]:
    """Close the findings of acts whose state this run shows to be mended."""
    standing = [one for one in findings.of_suites(connection, {EVENTS.id}) if one.is_open]
    if not standing:
        return []
    told = notices.acts(connection, {one.subject_id for one in standing})
    known = [(one, _proofs(one, told.get(one.subject, []))) for one in standing]
    steps = mended(known, outcomes, listings, measured)
    findings.apply(connection, steps)
    return steps


def _proofs(finding: Finding, told: Sequence[Mapping[str, Any]]) -> list[Proof]:
    """One for each telling of the event; none at all where one of them cannot be proved."""
    found = [_proof(finding, row) for row in told]
    proofs = [proof for proof in found if proof is not None]
    return proofs if len(proofs) == len(found) else []


def _proof(finding: Finding, row: Mapping[str, Any]) -> Proof | None:
    entry = load_mended_acts().get((str(row["event_source"]), str(row["act"])))
    subject = () if entry is None else _subject(entry, row)
    if entry is None or not subject:
        return None
    has_region = "region" in _collector(entry).places
    return Proof(
        entry.suite,
        entry.expectations,
        finding.source,
        finding.account,
        str(row["region"]) if has_region else "",
        subject,
        entry.gone,
    )


def _collector(entry: Mended) -> Collector:
    return collectors()[rules().suites[entry.suite].evidence or ""]


def _subject(entry: Mended, row: Mapping[str, Any]) -> tuple[str, ...]:
    """What the collector calls the act's resource; empty where the notice does not name it."""
    collector = _collector(entry)
    account, region, said = str(row["account"]), str(row["region"]), str(row["resource"])
    naming = load_routes().names.get(collector.id)
    if naming is not None:
        said = naming.name(said, partition_of(region), region, account)
    columns = {"account": account, "region": region}
    named = [column for column in collector.subject if column not in columns]
    if named and not said:
        return ()
    columns |= dict.fromkeys(named, said)
    return tuple(columns[column] for column in collector.subject)
