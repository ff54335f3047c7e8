"""How often the slow sets try: a few times for a reviewer, in full for `make test-long`."""

from __future__ import annotations

import os

import pytest

LONG = os.environ.get("ZICHA_LONG") == "1"
only_long = pytest.mark.skipif(not LONG, reason="full counts are left to make test-long")
