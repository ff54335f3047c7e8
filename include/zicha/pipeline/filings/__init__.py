"""Filings as use cases: built, linted, approved, sealed, recorded as handed in."""
