"""What can be said of one expectation and one subject, and why nothing could be said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The four statuses; nothing turns `unknown` into `pass`."""

    PASS = "pass"  # noqa: S105 - a verdict, not a secret
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


class Reason(StrEnum):
    """Why something is unknown: a closed list (rule 1 of the design)."""

    REFUSED = "refused"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    MALFORMED = "malformed"
    STALE = "stale"
    PARTIAL = "partial"
    TRUNCATED = "truncated"
    ERRORED = "errored"
    NOT_COLLECTED = "not-collected"


class Severity(StrEnum):
    """The engine's own three words, mildest last."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status and its reason.

    `because` is a `Reason` value when unknown, a stable word or sentence key when not applicable,
    and empty otherwise.
    """

    status: Status
    because: str = ""


PASS = Verdict(Status.PASS)
FAIL = Verdict(Status.FAIL)


def unknown(reason: Reason) -> Verdict:
    """Nothing could be shown, for this reason."""
    return Verdict(Status.UNKNOWN, reason.value)
