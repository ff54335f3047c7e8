"""Nothing here leaves loopback."""

from collections.abc import Iterator

import pytest

from fakes.loopback import kept_on_loopback


@pytest.fixture(autouse=True)
def touched() -> Iterator[set[tuple[str, int]]]:
    with kept_on_loopback() as found:
        yield found
