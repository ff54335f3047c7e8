"""Duties as use cases: shown with their source, opened as obligations, put into calendars."""
