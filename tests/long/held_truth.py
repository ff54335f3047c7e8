"""What is true of an account that was built, resource by resource, by the ids of expectations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PASS, FAIL, NOT, UNKNOWN = "pass", "fail", "not-applicable", "unknown"

Fact = tuple[str, str, str]
"""Suite, subject, expectation."""


@dataclass
class Truth:
    """What must be found: a status, and for what cannot be read its reason."""

    said: dict[Fact, str] = field(default_factory=dict)
    reasons: dict[Fact, str] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    made: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def tell(self, suite: str, subject: str, verdicts: Mapping[str, str]) -> None:
        """All that is true of one resource."""
        self.complete.add(suite)
        self.said |= {(suite, subject, name): status for name, status in verdicts.items()}

    def hide(self, suite: str, subject: str, reason: str, *expectations: str) -> None:
        """What nobody could read of it, and why."""
        for name in expectations:
            assert (suite, subject, name) in self.said, name
            self.said[suite, subject, name] = UNKNOWN
            self.reasons[suite, subject, name] = reason


def given(every: Sequence[str], failing: Sequence[str], *, not_asked: Sequence[str] = ()) -> dict:
    """A verdict for each of a suite's expectations."""
    assert set(failing) <= set(every), set(failing) - set(every)
    assert not set(failing) & set(not_asked), set(failing) & set(not_asked)
    return {n: FAIL if n in failing else NOT if n in not_asked else PASS for n in every}
