"""A test that looks at a public face may not leave this machine: whoever tries fails it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

_held: list[set[tuple[str, int]]] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _held or event not in {"socket.connect", "socket.sendto"}:
        return
    address = arguments[1]
    if not isinstance(address, tuple):
        return
    if not ip_address(address[0]).is_loopback:
        raise AssertionError(f"a test would leave loopback for {address[0]}")
    if event == "socket.connect":
        _held[-1].add((address[0], address[1]))


# A hook cannot be taken back; it watches only while a test holds it.
sys.addaudithook(_watch)


@contextmanager
def kept_on_loopback() -> Iterator[set[tuple[str, int]]]:
    """Refuse every connection beyond loopback; gives the set of what was connected to."""
    touched: set[tuple[str, int]] = set()
    _held.append(touched)
    try:
        yield touched
    finally:
        _held.remove(touched)
