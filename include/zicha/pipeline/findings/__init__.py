"""Findings as use cases: listed, explained, acted upon, waived."""
