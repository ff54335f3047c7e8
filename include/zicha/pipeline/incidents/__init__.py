"""Incidents as use cases: opened, graded, reported, followed; and what must be decided."""
