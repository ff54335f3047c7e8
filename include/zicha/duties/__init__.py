"""Duties at work: whom they bind, by when, and what has become of each."""
