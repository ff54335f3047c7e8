"""One incident on one scale: the level that stands, the one that may, and what a person decides."""

from __future__ import annotations

from dataclasses import dataclass

from zicha.catalog.duty_shapes import Grade, Level
from zicha.catalog.incident_scales import LEVELS, LevelRule, Scale
from zicha.duties.binding import Sheet, ask
from zicha.model.text import Text

GRADES: tuple[Grade, ...] = ("text", "excerpt", "secondary", "memory")


@dataclass(frozen=True, slots=True)
class Graded:
    """What a scale says.

    Args:
        level: the highest level that stands; None below every number.
        possible: a higher one that stands only if a person says so.
        criteria: the ids of what gave the level.
        grade: how far those rows were read; `possible_grade`, those of the possible level.
        judgement: what a person has to decide or confirm.
        unsaid: facts nobody has said that could raise the level.
    """

    scale: str
    level: Level | None
    possible: Level | None
    criteria: tuple[str, ...]
    grade: Grade
    possible_grade: Grade
    judgement: tuple[Text, ...]
    unsaid: tuple[str, ...]

    def reaches(self, floor: Level) -> bool:
        """Whether the level that stands is this one or worse."""
        return rank(self.level) >= rank(floor)

    def may_reach(self, floor: Level) -> bool:
        """Whether a person could say that it does."""
        return rank(self.possible) >= rank(floor)


def rank(level: Level | None) -> int:
    """The place of a level among the four; below all of them, -1."""
    return -1 if level is None else LEVELS.index(level)


def grade(scale: Scale, sheet: Sheet) -> Graded:
    """Hold the facts against every row of the scale."""
    sure: list[tuple[str, LevelRule]] = []
    doubted: list[LevelRule] = []
    unsaid: dict[str, int] = {}
    judgement: list[Text] = []
    for criterion in scale.criteria:
        answers = [(rule, ask(rule.when, sheet)) for rule in criterion.levels]
        met = [rule for rule, answer in answers if answer.truth and rule.doubt is None]
        if met:
            sure.append((criterion.id, max(met, key=lambda rule: rank(rule.level))))
        doubted += [rule for rule, answer in answers if answer.truth and rule.doubt]
        for rule, answer in answers:
            for name in answer.missing:
                unsaid[name] = max(unsaid.get(name, -1), rank(rule.level))
        if criterion.note and any(_touched(rule, sheet) for rule in criterion.levels):
            judgement.append(criterion.note)
    level = max((rule.level for _, rule in sure), key=rank, default=None)
    given = [(id_, rule) for id_, rule in sure if rule.level == level]
    open_ = [rule for rule in doubted if rank(rule.level) > rank(level)]
    judgement += [rule.confirm for _, rule in sure if rule.confirm]
    judgement += [rule.doubt for rule in open_ if rule.doubt]
    possible = max((rule.level for rule in open_), key=rank, default=None)
    doubts = [rule for rule in open_ if rule.level == possible]
    return Graded(
        scale=scale.id,
        level=level,
        possible=possible,
        criteria=tuple(id_ for id_, _ in given),
        # Several rows may give the level: the best read of them carries it.
        grade=min((rule.grade for _, rule in given), key=GRADES.index, default=scale.grade),
        possible_grade=min((r.grade for r in doubts), key=GRADES.index, default=scale.grade),
        judgement=tuple(dict.fromkeys(judgement)),
        unsaid=tuple(sorted(name for name, worst in unsaid.items() if worst > rank(level))),
    )


def _touched(rule: LevelRule, sheet: Sheet) -> bool:
    """Whether something was said of what the rule reads."""
    return any(sheet.value(name) not in {None, 0} for name in rule.when.fields())
