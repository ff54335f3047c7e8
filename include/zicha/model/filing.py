"""A filing: the document that answers one obligation, from its first draft to the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FilingState(StrEnum):
    """Where a filing stands."""

    OPENED = "opened"
    BLOCKED = "blocked"
    READY = "ready"
    AWAITING = "awaiting-approval"
    APPROVED = "approved"
    DECLINED = "declined"
    SEALED = "sealed"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class FilingAct(StrEnum):
    """What can happen to one."""

    OPEN = "open"
    ANSWER = "answer"
    BLOCK = "block"
    PASS = "pass"  # noqa: S105 - a word, not a secret
    ASK = "ask"
    REFUSE = "refuse"
    APPROVE = "approve"
    DECLINE = "decline"
    SEAL = "seal"
    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"


ENDED = frozenset((FilingState.ACCEPTED, FilingState.WITHDRAWN))


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing.

    Args:
        id: permanent.
        obligation: what it answers: `duty:of:cycle`.
        version: the number of its newest draft; 0 before the first.
        package: the digest of the newest draft's package: what is approved, sealed, submitted.
        approved: the digest that somebody approved; empty as long as nobody did.
    """

    id: str
    obligation: str
    duty: str
    of: str
    form: str
    state: FilingState
    opened_at: datetime
    actor: str
    version: int = 0
    package: str = ""
    approved: str = ""

    @property
    def is_ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class FilingStep:
    """Something that happened: how the filing stands now, and how it stood before."""

    filing: Filing
    act: FilingAct
    before: FilingState | None
    at: datetime
    actor: str
    detail: str = ""
