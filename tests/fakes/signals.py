"""Signals for tests of alerts: a finding of a check at an account, in a few words."""

from __future__ import annotations

from typing import Any

from zicha.alerts.signals import Signal
from zicha.model.verdict import Severity


def finding(id_: str, check: str = "aws/buckets#private", **changed: Any) -> Signal:
    """A new warning at account 1."""
    said: dict[str, Any] = {
        "about": "finding",
        "id": id_,
        "severity": Severity.WARNING,
        "change": "new",
        "check": check,
        "source": "cloud",
        "account": "1",
    }
    return Signal(**(said | changed))


def gap(id_: str, source: str = "cloud", **changed: Any) -> Signal:
    """A gap that is older than allowed."""
    said: dict[str, Any] = {
        "about": "gap",
        "id": id_,
        "severity": Severity.CRITICAL,
        "change": "new",
        "check": "",
        "source": source,
    }
    return Signal(**(said | changed))
