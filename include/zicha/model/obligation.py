"""An obligation: one duty, of one entity or system, for one cycle, from planning to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ObligationState(StrEnum):
    """Where an obligation stands."""

    PLANNED = "planned"
    OPEN = "open"
    IN_PROGRESS = "in-progress"
    OVERDUE = "overdue"
    HANDED_IN = "handed-in"
    RETURNED = "returned"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What can happen to one."""

    PLAN = "plan"
    OPEN = "open"
    TAKE = "take"
    FALL_DUE = "fall-due"
    HAND_IN = "hand-in"
    RETURN = "return"
    ACCEPT = "accept"
    WITHDRAW = "withdraw"
    ESCALATE = "escalate"
    MOVE = "move"


ENDED = frozenset((ObligationState.DONE, ObligationState.WITHDRAWN))


@dataclass(frozen=True, slots=True)
class Obligation:
    """One obligation.

    Args:
        id: `duty:of:cycle`, permanent.
        of: the system, or the entity, that owes it.
        cycle: which one of its kind: a due date, a notice's number, a moment.
        due: the latest safe moment; None where the law gives no number and nobody set a target.
        opens_at: when work on it begins.
        level: how many steps of the escalation table were taken.
        was_late: whether it was still owed when it was due.
    """

    id: str
    duty: str
    of: str
    cycle: str
    state: ObligationState
    due: datetime | None
    opens_at: datetime
    owner: str = ""
    level: int = 0
    provisional: bool = False
    disputed: bool = False
    was_late: bool = False
    done_at: datetime | None = None

    @property
    def is_ended(self) -> bool:
        """Whether nothing more is owed for this cycle."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class ObligationStep:
    """Something that happened: how the obligation stands now, and how it stood before."""

    obligation: Obligation
    act: Act
    before: ObligationState | None
    at: datetime
    actor: str
    detail: str = ""


def obligation_id(duty: str, of: str, cycle: str) -> str:
    """The permanent id."""
    return f"{duty}:{of}:{cycle}"
