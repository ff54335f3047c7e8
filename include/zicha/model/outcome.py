"""What was found for one expectation and one subject, in one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from zicha.model.verdict import Severity, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation, one subject, one verdict: never more, never fewer.

    Args:
        expectation: the expectation's id within its suite.
        subject: the values that name the resource, or the partition for a table-level judgement.
        verdict: the status and its reason.
        observed: the cells the expectation read, as short text (`port=22, is_open=True`).
        tags: the resource's own tags, where its table carries a `tags` column (canonical JSON).
    """

    expectation: str
    subject: tuple[str, ...]
    verdict: Verdict
    suite: str = ""
    source: str = ""
    account: str = ""
    region: str = ""
    subject_type: str = ""
    controls: tuple[str, ...] = ()
    severity: Severity = Severity.CRITICAL
    measured_at: datetime | None = None
    evidence_digest: str = ""
    remedy: str = ""
    permission: str = ""
    observed: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject_id(self) -> str:
        """The subject's provider id: its last name."""
        return self.subject[-1]
