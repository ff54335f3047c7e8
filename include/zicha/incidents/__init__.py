"""Incidents: one fact set, graded by every regulator's own scale."""
