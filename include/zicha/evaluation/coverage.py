"""A framework for one system: every item on every object, from what was measured and attested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from zicha.catalog.attestation_kinds import AttestationKind
from zicha.catalog.frameworks import AttestationLink, ControlLink, Framework, Item
from zicha.catalog.scope import Scope
from zicha.catalog.scope_answers import Attestation
from zicha.catalog.scope_entities import System
from zicha.catalog.scope_objects import Object
from zicha.evaluation import rollup
from zicha.evaluation.attested import Attested, attested, latest
from zicha.evaluation.claims import Check, Claims
from zicha.evaluation.rollup_rules import RollupRules
from zicha.model.coverage import (
    NOTHING,
    Cell,
    Conformity,
    Coverage,
    ItemCoverage,
    Part,
    Risk,
)
from zicha.model.outcome import Outcome
from zicha.model.text import Text
from zicha.model.verdict import Reason, Status

_SAID = {
    "holds": Status.PASS,
    "does-not-hold": Status.FAIL,
    "not-applicable": Status.NOT_APPLICABLE,
}
_FAILING = {Conformity.NONCONFORMING, Conformity.PARTIAL}


@dataclass(frozen=True)
class Known:
    """What a run knows, whatever framework it is held against.

    Args:
        scope: what the user declares.
        claims: the outcomes by object.
        answers: every attestation, with why it does not count.
        rules: the rules of the roll-up.
        kinds: what each kind of attestation is called.
    """

    scope: Scope
    claims: Claims
    answers: Sequence[Attested]
    rules: RollupRules
    kinds: Mapping[str, AttestationKind]


def know(
    scope: Scope,
    checks: Sequence[Check],
    outcomes: Sequence[Outcome],
    *,
    loaded: Iterable[Attestation],
    kinds: Mapping[str, AttestationKind],
    rules: RollupRules,
    as_of: datetime,
) -> Known:
    """Sort outcomes and attestations once; `loaded` are those from sheets that people filled."""
    day = as_of.astimezone(ZoneInfo(scope.organisation.zone)).date()
    answers = attested(scope, loaded, outcomes, kinds, day)
    return Known(scope, Claims(scope, checks, outcomes), answers, rules, kinds)


def cover(framework: Framework, system: System, known: Known) -> Coverage:
    """Every item of the framework for one system."""
    rules = known.rules
    items = tuple(_item(item, system, known) for item in framework.items)
    high_risk, hazards = _risks(framework, system, items)
    found = rollup.rate(rules, [item.status for item in items])
    met = sum(not hazard.is_open for hazard in hazards)
    return Coverage(
        framework=framework.id,
        system=system.id,
        items=items,
        rate=found,
        conclusion=rollup.conclusion(rules, found, met, len(hazards) - met),
        high_risk=high_risk,
        hazards=hazards,
        unclaimed=tuple(known.claims.unclaimed),
    )


def _item(item: Item, system: System, known: Known) -> ItemCoverage:
    if item.part == "cloud" and not system.cloud:
        why = Text("系统未部署在云上", "the system does not run on a cloud")
        return ItemCoverage(item.id, item.ref, Conformity.NOT_APPLICABLE, why)
    objects = [o for o in known.scope.objects_in(system.id) if o.type in item.applies_to]
    if not objects:
        absent = [system.lacks(type_) for type_ in item.applies_to]
        whys = [None if said is None else said.because for said in absent]
        return rollup.without_objects(item.id, item.ref, item.applies_to, whys)
    cells = [_cell(item, object_, system, known) for object_ in objects]
    return rollup.item(known.rules, item.id, item.ref, cells)


def _cell(item: Item, object_: Object, system: System, known: Known) -> Cell:
    controls: list[Part] = []
    unreached: list[str] = []
    for link in item.controls:
        reaching = known.claims.reaching(object_, link.id)
        if reaching:
            controls.append(_control(link, object_, reaching, known))
        else:
            unreached.append(link.id)
    parts = list(controls)
    if rollup.needs_attestation(controls, unreached):
        parts += _attestations(item, object_, system, known)
        if not item.attestations and not all(
            part.status is Status.NOT_APPLICABLE for part in controls or [_LEFT]
        ):
            parts.append(_LEFT)
    return rollup.cell(known.rules, object_.id, parts)


def _control(
    link: ControlLink,
    object_: Object,
    reaching: Sequence[tuple[Check, frozenset[str]]],
    known: Known,
) -> Part:
    said: list[Outcome] = []
    silent: list[str] = []
    for check, sources in reaching:
        found = known.claims.of.get((object_.id, *check.key), [])
        said += found
        silent += sorted(sources - {outcome.source for outcome in found})
    statuses = {outcome.verdict.status for outcome in said}
    status = rollup.part_status(known.rules, statuses | ({Status.UNKNOWN} if silent else set()))
    decisive = [outcome for outcome in said if outcome.verdict.status is status]
    moments = [o.measured_at for o in decisive if o.measured_at is not None]
    return Part(
        by="control",
        id=link.id,
        status=status,
        proves=link.proves,
        because=_why(link.id, status, said, silent),
        evidence=tuple(sorted({":".join(check.key) for check, _ in reaching})),
        since=max(moments, default=None),
    )


def _attestations(item: Item, object_: Object, system: System, known: Known) -> list[Part]:
    of_the_cell = [one for one in known.answers if one.speaks_of(system.id, item.id, object_.id)]
    parts = [
        _attestation(link, [one for one in of_the_cell if one.attestation.kind == link.kind], known)
        for link in item.attestations
    ]
    # One that proves the item whole needs none that proves a part of it.
    if any(part.proves == "full" and part.status is Status.PASS for part in parts):
        return [part for part in parts if part.status is not Status.UNKNOWN]
    return parts


def _attestation(link: AttestationLink, given: Sequence[Attested], known: Known) -> Part:
    kind, whole, stands = link.kind, link.proves, latest(given)
    if stands is None:
        named = known.kinds[kind].title if kind in known.kinds else Text(kind, kind)
        why = Text(f"缺少证明材料：{named.zh}", f"no attestation: {named.en}")
        return Part("attestation", kind, Status.UNKNOWN, whole, why)
    said = stands.attestation
    if not stands.counts:
        return Part("attestation", kind, Status.UNKNOWN, whole, stands.refused, (said.id,))
    status = _SAID[said.answer]
    because = NOTHING if status is Status.PASS else Text(said.statement, said.statement)
    zone = ZoneInfo(known.scope.organisation.zone)
    since = datetime(said.dated.year, said.dated.month, said.dated.day, tzinfo=zone)
    return Part("attestation", kind, status, whole, because, (said.id,), since)


def _why(id_: str, status: Status, said: Sequence[Outcome], silent: Sequence[str]) -> Text:
    alike = [outcome for outcome in said if outcome.verdict.status is status]
    if status is Status.FAIL:
        n, of = len(alike), len(said)
        return Text(
            f"{id_}：{of} 项检查中 {n} 项不符合", f"{id_}: {n} of {of} outcomes do not conform"
        )
    if status is Status.UNKNOWN:
        reasons = Counter(outcome.verdict.because for outcome in alike)
        reasons[Reason.NOT_COLLECTED.value] += len(silent)
        named = ", ".join(f"{reason} × {n}" for reason, n in sorted(reasons.items()) if n)
        return Text(f"{id_}：未能判定（{named}）", f"{id_}: could not be determined ({named})")
    if status is Status.NOT_APPLICABLE:
        return Text(f"{id_}：检查不适用于该对象", f"{id_}: no outcome applies to this object")
    return NOTHING


def _risks(
    framework: Framework, system: System, items: Sequence[ItemCoverage]
) -> tuple[tuple[Risk, ...], tuple[Risk, ...]]:
    """High-risk cases and hazard triggers: two lists, never one."""
    high_risk: list[Risk] = []
    hazards: list[Risk] = []
    for item, covered in zip(framework.items, items, strict=True):
        is_open = covered.status is Conformity.UNDETERMINED
        if not is_open and covered.status not in _FAILING:
            continue
        if item.high_risk is not None and item.high_risk.min_level <= system.level:
            high_risk.append(Risk(item.high_risk.case, item.id, is_open))
        if item.hazard_trigger:
            hazards.append(Risk(item.hazard_trigger, item.id, is_open))
    return tuple(high_risk), tuple(hazards)


_LEFT = Part(
    "attestation",
    "none",
    Status.UNKNOWN,
    because=Text("没有可证明其余内容的途径", "nothing is known that would prove what is left"),
)
