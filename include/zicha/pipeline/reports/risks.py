"""The two risk lists of a report: high-risk cases, and triggers of major hazards; never one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Literal

from zicha.catalog.frameworks import Framework, Item
from zicha.catalog.risk_lists import load_hazard_triggers, load_high_risk_cases
from zicha.model.coverage import Conformity, Coverage, ItemCoverage, Risk
from zicha.model.text import Text
from zicha.pipeline.workplace import Workplace
from zicha.reports.facts import RiskLine

Which = Literal["high-risk", "hazard"]
FAILING = {Conformity.NONCONFORMING, Conformity.PARTIAL}


def risk_lines(
    place: Workplace,
    which: Which,
    *,
    held: Framework,
    risks: Sequence[Risk],
    covered: Coverage,
    of_item: Mapping[str, Sequence[str]],
    before: Iterable[str] = (),
) -> tuple[RiskLine, ...]:
    """One line per case or trigger that an item points at; whether it holds, a person judges.

    Those met `before` that every item now measures as conforming stand as set right, at the end.
    """
    items: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for risk in risks:
        items[risk.id, risk.is_open].append(risk.item)
    refs = {item.id: item.ref for item in held.items}
    names = {object_.id: object_.name for object_ in place.scope.objects}
    cells = {item.id: item for item in covered.items}
    lines = []
    for (id_, is_open), of in sorted(items.items(), key=lambda each: (each[0][1], each[0][0])):
        wanted = {Conformity.UNDETERMINED} if is_open else FAILING
        met = {cell.id for item in of for cell in cells[item].objects if cell.status in wanted}
        lines.append(
            RiskLine(
                id_,
                _told(which).get(id_, Text(id_, id_)),
                tuple(refs[item] for item in of),
                tuple(names[object_] for object_ in sorted(met)),
                tuple(sorted({f for item in of for f in of_item.get(item, ())})),
                is_open,
            )
        )
    gone = sorted(set(before) - {risk.id for risk in risks})
    return (*lines, *(line for id_ in gone for line in _set_right(which, id_, held, cells, names)))


def _set_right(
    which: Which,
    id_: str,
    held: Framework,
    cells: Mapping[str, ItemCoverage],
    names: Mapping[str, Text],
) -> Iterator[RiskLine]:
    """The line of what was met and no longer is, where every item that points at it conforms."""
    pointing = [item for item in held.items if id_ == _pointed(item, which)]
    said = {cells[item.id].status for item in pointing} - {Conformity.NOT_APPLICABLE}
    if said == {Conformity.CONFORMING}:
        objects = sorted({cell.id for item in pointing for cell in cells[item.id].objects})
        title = _told(which).get(id_, Text(id_, id_))
        refs = tuple(item.ref for item in pointing)
        yield RiskLine(id_, title, refs, tuple(names[o] for o in objects), rectified=True)


def _pointed(item: Item, which: Which) -> str:
    if which == "hazard":
        return item.hazard_trigger or ""
    return item.high_risk.case if item.high_risk else ""


@cache
def _told(which: Which) -> dict[str, Text]:
    listed = load_high_risk_cases() if which == "high-risk" else load_hazard_triggers()
    return {id_: each.says for id_, each in listed.items()}
