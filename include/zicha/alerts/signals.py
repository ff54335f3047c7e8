"""What may be told: a finding that changed or a gap that stands, and the group it belongs to."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from zicha.model.text import Text
from zicha.model.verdict import Severity

ORDER = {severity: place for place, severity in enumerate(Severity)}
What = Literal["new", "worse", "fixed", "stands"]
MARK = 16


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that somebody may hear of.

    Args:
        about: `finding`, or `gap`.
        id: of the finding; of a gap a name that holds nothing else.
        change: what happened to it in this run; `stands` when nothing did.
        check: the suite and expectation; of a gap empty, a source's gaps are one matter.
        stage: what people did about it, as `zicha findings` shows it; empty: nothing yet.
        because: why the check faults it, in the rule's words; None when the rule is gone.
        remedy: what the rule says to do.
    """

    about: Literal["finding", "gap"]
    id: str
    severity: Severity
    change: What
    check: str
    source: str
    account: str = ""
    region: str = ""
    subject: str = ""
    systems: tuple[str, ...] = ()
    owners: tuple[Text, ...] = ()
    due: date | None = None
    observed: str = ""
    is_open: bool = True
    state: str = "open"
    stage: str = ""
    because: Text | None = None
    remedy: Text | None = None

    @property
    def mark(self) -> str:
        """The group: the same check at the same account, or the gaps of one source."""
        place = self.account or self.source if self.about == "finding" else self.source
        said = f"{self.about}\n{self.check}\n{place}"
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:MARK]


@dataclass(frozen=True, slots=True)
class Group:
    """What is told in one thread: what changed now, and everything that stands."""

    mark: str
    changed: tuple[Signal, ...]
    standing: tuple[Signal, ...]

    @property
    def every(self) -> tuple[Signal, ...]:
        """All of it; there is always one."""
        return (*self.standing, *(s for s in self.changed if not s.is_open))

    @property
    def severity(self) -> Severity:
        """The gravest of what stands; of what changed when nothing stands any more."""
        return min((s.severity for s in self.standing or self.changed), key=ORDER.__getitem__)

    @property
    def is_of_gaps(self) -> bool:
        """Whether it is about a source that cannot be read."""
        return self.every[0].about == "gap"

    @property
    def opens(self) -> bool:
        """Whether something new or worse happened: what is only fixed opens no thread."""
        return any(s.is_open and s.change in ("new", "worse") for s in self.changed)


def grouped(signals: Iterable[Signal]) -> list[Group]:
    """Each signal in exactly one group; the gravest group first, the same input the same order."""
    of: dict[str, list[Signal]] = defaultdict(list)
    for signal in signals:
        of[signal.mark].append(signal)
    groups = [_group(mark, held) for mark, held in of.items()]
    return sorted(groups, key=lambda each: (ORDER[each.severity], each.mark))


def _group(mark: str, held: list[Signal]) -> Group:
    ordered = sorted(held, key=lambda s: (ORDER[s.severity], s.id))
    return Group(
        mark,
        tuple(s for s in ordered if s.change != "stands"),
        tuple(s for s in ordered if s.is_open),
    )
