"""What is known of a framework's items: parts make cells, cells make items, items make a rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from zicha.model.text import Text
from zicha.model.verdict import Status

NOTHING = Text("", "")


class Conformity(StrEnum):
    """What is said of a cell and of an item."""

    CONFORMING = "conforming"
    PARTIAL = "partial"
    NONCONFORMING = "nonconforming"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not-applicable"

    @property
    def text(self) -> Text:
        """The words that an assessor uses."""
        return _WORDS[self]


_WORDS = {
    Conformity.CONFORMING: Text("符合", "conforming"),
    Conformity.PARTIAL: Text("部分符合", "partly conforming"),
    Conformity.NONCONFORMING: Text("不符合", "not conforming"),
    Conformity.UNDETERMINED: Text("未判定", "undetermined"),
    Conformity.NOT_APPLICABLE: Text("不适用", "not applicable"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that proves an item on one object, or fails to.

    Args:
        by: a control tested by machine, or a kind of attestation.
        id: the control's id or the kind's.
        proves: `full`: passing, it needs no attestation beside it.
        evidence: expectations (`suite:expectation`) or attestation ids that it rests on.
        since: from when on it has stood as it does.
    """

    by: Literal["control", "attestation"]
    id: str
    status: Status
    proves: Literal["full", "part"] = "part"
    because: Text = NOTHING
    evidence: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One item on one object."""

    id: str
    status: Conformity
    reason: Text = NOTHING
    parts: tuple[Part, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemCoverage:
    """One item over the objects of a system; `id` and `ref` are the framework's."""

    id: str
    ref: str
    status: Conformity
    reason: Text = NOTHING
    objects: tuple[Cell, ...] = ()
    since: datetime | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part of every cell."""
        return tuple(part for cell in self.objects for part in cell.parts)


@dataclass(frozen=True, slots=True)
class Rate:
    """符合 ÷ (all − 不适用) in percent, and the lowest and highest that more knowledge may give."""

    value: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows from the rate; `id` is `undecided` while it could still come out otherwise."""

    id: Literal["conforming", "basically-conforming", "nonconforming", "undecided"]
    text: Text
    because: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Risk:
    """A high-risk case or a major-hazard trigger that an item points at.

    `is_open` says that the item is undetermined, so that nobody knows.
    """

    id: str
    item: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A resource that was measured and belongs to no object (资产未纳入定级对象)."""

    source: str
    account: str
    region: str
    subject_type: str
    subject: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """One framework for one system, every item of it."""

    framework: str
    system: str
    items: tuple[ItemCoverage, ...]
    rate: Rate | None
    conclusion: Conclusion
    high_risk: tuple[Risk, ...] = ()
    hazards: tuple[Risk, ...] = ()
    unclaimed: tuple[Unclaimed, ...] = ()

    def counts(self) -> dict[Conformity, int]:
        """How many items stand in each status; each status is there."""
        said = [item.status for item in self.items]
        return {status: said.count(status) for status in Conformity}
