"""A run, step by step: planned, collected, laid out as tables, judged, and what it covers."""
