"""The two risk lists of a report: high-risk cases, and triggers of major hazards; never one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from zicha.catalog.frameworks import Framework
from zicha.catalog.risk_lists import load_hazard_triggers, load_high_risk_cases
from zicha.model.coverage import Conformity, Coverage, Risk
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
) -> tuple[RiskLine, ...]:
    """One line per case or trigger that an item points at; whether it holds, a person judges."""
    items: dict[str, list[str]] = defaultdict(list)
    for risk in risks:
        if not risk.is_open:
            items[risk.id].append(risk.item)
    refs = {item.id: item.ref for item in held.items}
    names = {object_.id: object_.name for object_ in place.scope.objects}
    cells = {item.id: item.objects for item in covered.items}
    lines = []
    for id_, of in sorted(items.items()):
        title, source = _told(which).get(id_, (Text(id_, id_), ""))
        failing = {cell.id for item in of for cell in cells[item] if cell.status in FAILING}
        lines.append(
            RiskLine(
                id_,
                title,
                tuple(refs[item] for item in of),
                tuple(names[object_] for object_ in sorted(failing)),
                tuple(sorted({f for item in of for f in of_item.get(item, ())})),
                source,
            )
        )
    return tuple(lines)


@cache
def _told(which: Which) -> dict[str, tuple[Text, str]]:
    listed = load_high_risk_cases() if which == "high-risk" else load_hazard_triggers()
    return {id_: (each.says, each.source) for id_, each in listed.items()}
