"""The reviews of acts in a period: who looked into which act, when and why; no finding closes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zicha.findings.spells import Spell
from zicha.model.finding_life import Act, FindingAct, stands_reviewed
from zicha.pipeline.risk.history import History
from zicha.pipeline.risk.items import Grader
from zicha.reports.risk_facts import ReviewLine, ReviewState


def reviews_of(history: History, levels: Grader) -> tuple[ReviewLine, ...]:
    """Every review of what was open on the last day, or made in the period; the newest first.

    One that an assignment followed is told too: the act was taken up again.
    """
    lines = [
        ReviewLine(
            levels.item(spell),
            history.day_at(act.at),
            act.actor,
            str(act.body.get("because", "")),
            _state(spell, acts[n:], history.last),
        )
        for spell in history.spells
        for acts in (history.acts_of(spell),)
        for n, act in enumerate(acts)
        if act.act is Act.REVIEW and _matters(spell, history.day_at(act.at), history)
    ]
    return tuple(sorted(lines, key=lambda line: (-line.day.toordinal(), line.item.id)))


def _matters(spell: Spell, day: date, history: History) -> bool:
    return spell.is_open_on(history.last) or day >= history.period.first


def _state(spell: Spell, since: Sequence[FindingAct], last: date) -> ReviewState:
    if not spell.is_open_on(last):
        return "closed"
    return "reviewed" if stands_reviewed(since) else "taken-up"
