"""The roll-up: from outcomes to parts, cells, items, a rate and what may be concluded. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from zicha.evaluation.rollup_rules import RollupRules, first_fit
from zicha.model.coverage import (
    NOTHING,
    Cell,
    Conclusion,
    Conformity,
    ItemCoverage,
    Part,
    Rate,
)
from zicha.model.text import Text
from zicha.model.verdict import Status


def part_status(rules: RollupRules, statuses: Collection[Status]) -> Status:
    """One control on one object, from the outcomes of every expectation that names it."""
    return first_fit(rules.part, statuses)


def needs_attestation(controls: Sequence[Part], unreached: Collection[str]) -> bool:
    """Whether people must attest beside, or instead of, what the machine tested.

    A full control that passes proves the item on its own; a full one that fails or is unknown is
    not helped by anybody's word.
    """
    if any(part.proves == "full" and part.status is Status.PASS for part in controls):
        return False
    partial = any(
        part.proves == "part" or part.status is Status.NOT_APPLICABLE for part in controls
    )
    return bool(unreached) or partial or not controls


def cell_status(rules: RollupRules, parts: Iterable[Part]) -> Conformity:
    """One item on one object."""
    return first_fit(rules.cell, {part.status for part in parts})


def cell(rules: RollupRules, object_: str, parts: Iterable[Part]) -> Cell:
    """One item on one object, its parts in an order of their own, whatever order they came in."""
    ordered = tuple(sorted(parts, key=lambda part: (part.by, part.id)))
    status = cell_status(rules, ordered)
    decisive = [part for part in ordered if part.status is _DECIDES.get(status, part.status)]
    reason = next((part.because for part in decisive if part.because != NOTHING), NOTHING)
    return Cell(object_, status, reason, ordered, _since(status, decisive))


def item(rules: RollupRules, id_: str, ref: str, cells: Iterable[Cell]) -> ItemCoverage:
    """One item over the objects of a system."""
    ordered = tuple(sorted(cells, key=lambda one: one.id))
    status = first_fit(rules.item, {one.status for one in ordered})
    alike = [one for one in ordered if one.status is status] or list(ordered)
    reason = next((one.reason for one in alike if one.reason != NOTHING), NOTHING)
    moments = [one.since for one in alike if one.since is not None]
    return ItemCoverage(id_, ref, status, reason, ordered, max(moments, default=None))


def without_objects(
    id_: str, ref: str, types: Sequence[str], absent: Sequence[Text | None]
) -> ItemCoverage:
    """An item whose types no object has: 不适用 if the owner says why for each type."""
    if types and all(why is not None for why in absent):
        whys = [why for why in absent if why is not None]
        reason = Text("；".join(w.zh for w in whys), "; ".join(w.en for w in whys))
        return ItemCoverage(id_, ref, Conformity.NOT_APPLICABLE, reason)
    named = [type_ for type_, why in zip(types, absent, strict=True) if why is None]
    reason = Text(
        f"系统未声明 {'、'.join(named)} 类型的对象，也未说明其不存在",
        f"no object of type {' or '.join(named)} is declared, nor said to be absent",
    )
    return ItemCoverage(id_, ref, Conformity.UNDETERMINED, reason)


def rate(rules: RollupRules, statuses: Collection[Conformity]) -> Rate | None:
    """The share that conforms, and the range it can still take; None when nothing applies.

    The undetermined stay in the denominator. At the worst none of them comes to conform, at the
    best all do; that some turn out not to apply lies between the two.
    """
    applies = [status for status in statuses if status not in rules.rate.leaves_out]
    if not applies:
        return None
    good = sum(status in rules.rate.numerator for status in applies)
    still_open = sum(status is Conformity.UNDETERMINED for status in applies)
    low, high = 100 * good / len(applies), 100 * (good + still_open) / len(applies)
    return Rate(low, low, high)


def conclusion(
    rules: RollupRules, found: Rate | None, hazards: int, open_hazards: int
) -> Conclusion:
    """What may be concluded whatever the undetermined items and the possible hazards turn out.

    A trigger that is met is a possible hazard: relevance, severity and likelihood are for a
    person to judge.
    """
    undecided = rules.undecided
    if found is None:
        return Conclusion("undecided", undecided.text, undecided.because.nothing)
    by_rate = {_concluded(rules, percent, False) for percent in (found.lowest, found.highest)}
    if len(by_rate) > 1:
        return Conclusion("undecided", undecided.text, undecided.because.range)
    possible = by_rate | (
        {_concluded(rules, percent, True) for percent in (found.lowest, found.highest)}
        if hazards + open_hazards
        else set()
    )
    if len(possible) > 1:
        return Conclusion("undecided", undecided.text, undecided.because.hazards)
    rule = rules.conclusion[possible.pop()]
    return Conclusion(rule.id, rule.text, rule.source.says)


def _concluded(rules: RollupRules, percent: float, has_hazard: bool) -> int:
    return next(n for n, rule in enumerate(rules.conclusion) if rule.fits(percent, has_hazard))


_DECIDES = {
    Conformity.NONCONFORMING: Status.FAIL,
    Conformity.PARTIAL: Status.FAIL,
    Conformity.UNDETERMINED: Status.UNKNOWN,
    Conformity.CONFORMING: Status.PASS,
}


def _since(status: Conformity, parts: Sequence[Part]) -> datetime | None:
    """It conforms since its last part does, and fails since its first part does."""
    moments = [part.since for part in parts if part.since is not None]
    pick = min if status in {Conformity.NONCONFORMING, Conformity.PARTIAL} else max
    return pick(moments, default=None)
