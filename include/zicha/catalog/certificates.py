"""How long an MLPS filing certificate is valid (公网安〔2025〕1846号, question 6)."""

from __future__ import annotations

from datetime import date

from zicha.catalog.scope_answers import months_after

VALID_MONTHS = 36
EXTENDS_MONTHS = 12
ASK_MONTHS = 3
"""An extension is asked for in this many months before the expiry."""
COUNT_FROM = date(2025, 1, 1)
"""Older certificates count from this day."""


def counts_from(filed_on: date) -> date:
    """The day from which a certificate's validity runs."""
    return max(filed_on, COUNT_FROM)


def expiry_of(filed_on: date, extensions: int = 0) -> date:
    """The day on which it runs out, after so many extensions of a year."""
    return months_after(counts_from(filed_on), VALID_MONTHS + extensions * EXTENDS_MONTHS)


def asked_from(expiry: date) -> date:
    """The first day of the last months before an expiry."""
    return months_after(expiry, -ASK_MONTHS)
