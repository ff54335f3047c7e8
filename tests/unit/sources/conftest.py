from __future__ import annotations

import pytest

from fakes.aws_wire import Wire, wire


@pytest.fixture
def spoken(monkeypatch) -> Wire:
    with wire() as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
        yield found
