"""Grading as people wrote it, held against the grading matrix and the declared level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zicha.catalog.grading import load_grading_matrix
from zicha.catalog.scope_entities import System
from zicha.model.document import NOTHING
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.grids import level_text
from zicha.reports.documents.sections import Part

_NUMERALS = {c: n for n, c in enumerate("一二三四五", 1)} | {str(n): n for n in range(1, 6)}
MATRIX_RULE = Text(
    "等级取业务信息与系统服务两者中较高者。",
    "The level is the higher of business information and system service.",
)


@dataclass(frozen=True, slots=True)
class Graded:
    """What one side of the grading comes to: the highest level written, and what contradicts it."""

    level: int | None
    doubts: tuple[Text, ...] = ()


def graded(facts: DocumentFacts, field: str) -> Graded:
    """The level that people wrote under a field, and where the matrix gives another."""
    answer = facts.answers.get(field)
    levels, doubts = [], []
    for n, row in enumerate(answer.rows if answer else (), 1):
        said = level_said(row.get("level", ""))
        cell = load_grading_matrix().cell(row.get("infringed", ""), row.get("harm", ""))
        if said is None:
            doubts.append(Text(f"第{n}行等级读不出第一至五级", f"row {n} names no level 1 to 5"))
            continue
        levels.append(said)
        if cell is None:
            doubts.append(
                Text(
                    f"第{n}行的客体或程度不在定级矩阵中，无法核对",
                    f"row {n} fits no cell of the matrix, so it could not be checked",
                )
            )
        elif said not in {cell.level, cell.also}:
            doubts.append(
                Text(
                    f"第{n}行写第{'零一二三四五'[said]}级，矩阵为第{'零一二三四五'[cell.level]}级",
                    f"row {n} says level {said}, the matrix gives level {cell.level}",
                )
            )
        elif cell.note:
            doubts.append(cell.note)
    return Graded(max(levels, default=None), tuple(doubts))


def side(facts: DocumentFacts, field: str) -> Part:
    """What is to be said beside a person's grading of one side."""
    doubts = graded(facts, field).doubts
    lacks = Text("；".join(d.zh for d in doubts), "; ".join(d.en for d in doubts))
    return Part(lacks=lacks if doubts else NOTHING)


def level_known(facts: DocumentFacts, system: System, fields: Sequence[str]) -> Part:
    """The declared level, and whether both sides of the grading bear it out."""
    declared = Text(
        f"声明的安全保护等级：第{'零一二三四五'[system.level]}级。",
        f"Declared protection level: {system.level}.",
    )
    levels = [graded(facts, field).level for field in fields]
    if None in levels:
        lacks = Text(
            "业务信息和系统服务两项等级未填全，无法核对声明的等级",
            "the two sides of the grading are not both filled in: the declared level is unchecked",
        )
        return Part((declared, MATRIX_RULE), lacks=lacks)
    highest = max(level for level in levels if level is not None)
    said = Text(
        f"业务信息与系统服务较高者为第{'零一二三四五'[highest]}级。",
        f"The higher of the two sides is level {highest}.",
    )
    if highest == system.level:
        return Part((declared, MATRIX_RULE, said))
    lacks = Text(
        f"所填等级（{level_text(highest).zh}）与声明等级（{level_text(system.level).zh}）不一致，请核实",
        f"graded as level {highest}, yet declared as level {system.level}: correct one",
    )
    return Part((declared, MATRIX_RULE, said), lacks=lacks)


def level_said(said: str) -> int | None:
    """The level that a person's words name, if they name just one."""
    found = {_NUMERALS[c] for c in said if c in _NUMERALS}
    return found.pop() if len(found) == 1 else None
