"""What all tests share: property tests without a deadline, for machines that others use too."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("zicha", deadline=None, print_blob=True)
settings.load_profile("zicha")
