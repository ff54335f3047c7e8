"""Findings and gaps: what is wrong, what could not be read, and since when."""
