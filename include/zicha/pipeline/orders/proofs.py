"""What shows that an ordered item is mended: later measurements, and attestations with a paper."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from zicha.catalog.scope import Scope
from zicha.duties.time import start_of
from zicha.evaluation.attested import Attested
from zicha.model.errors import ConfigError
from zicha.model.finding import Finding
from zicha.model.order import Item, Order, Proof, Seen
from zicha.pipeline.duties.showing import moment
from zicha.pipeline.received import systems_of
from zicha.pipeline.runs.claimed import claimed_sources
from zicha.storage import findings, outcomes


def linked(connection: Connection, scope: Scope, order: Order, item: Item) -> list[Finding]:
    """The findings that belong to an item: those named, and those of its controls and expectations.

    By a control or an expectation only what the ordered systems draw on belongs to it.
    """
    of = order.file["of"]
    sources = {s for system in systems_of(scope, of) for s in claimed_sources(scope, system)}
    return [
        each
        for each in findings.listed(connection)
        if each.id in item.findings
        or (
            each.source in sources
            and (
                set(each.controls) & set(item.controls)
                or f"{each.suite}#{each.expectation}" in item.expectations
            )
        )
    ]


def seen_of(connection: Connection, scope: Scope, order: Order, item: Item) -> list[Seen]:
    """How each linked finding stands, with the newest measurement that showed it mended."""
    return [
        Seen(each.id, each.is_open, None if each.is_open else _measured(connection, each))
        for each in linked(connection, scope, order, item)
    ]


def attestations_of(
    scope: Scope, order: Order, named: Sequence[str], given: Sequence[Attested]
) -> list[Proof]:
    """The attestations that a person names, each with its paper's digest.

    Raises:
        ConfigError: there is none of that name for these systems, or it does not count.
    """
    systems = systems_of(scope, order.file["of"])
    known = {each.attestation.id: each for each in given if each.attestation.system in systems}
    return [_attested(id_, known.get(id_)) for id_ in named]


def _attested(id_: str, each: Attested | None) -> Proof:
    if each is None:
        raise ConfigError(
            f"no attestation {id_} for what the order is about: load it with `zicha attest load`, "
            "or enter it in the register"
        )
    said = each.attestation
    if not each.counts:
        raise ConfigError(f"attestation {id_} does not count ({each.refused.en}): correct it")
    if said.digest is None:
        raise ConfigError(f"attestation {id_} comes without a document: an order needs the paper")
    if said.answer != "holds":
        raise ConfigError(f"attestation {id_} says {said.answer}: it shows nothing mended")
    return Proof("attestation", id_, start_of(said.dated), said.digest, said.statement)


def _measured(connection: Connection, finding: Finding) -> Proof:
    digest = finding.evidence_digest
    for standing in outcomes.standing(connection, suite=finding.suite):
        one = standing.outcome
        same = (one.expectation, one.source, one.subject)
        if same == (finding.expectation, finding.source, finding.subject) and one.evidence_digest:
            digest = one.evidence_digest
    says = f"{finding.state.value} {finding.last_run} {moment(finding.last_measured_at)}"
    return Proof("measurement", finding.id, finding.last_measured_at, digest, says)
