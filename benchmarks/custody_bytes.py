"""What two digests and encryption cost per gigabyte, as JSON; a part of `make bench-custody`."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from zicha.custody import envelope
from zicha.custody.entry import commitment, has_sm3
from zicha.custody.period_keys import PeriodKeys

GB = 10**9
PERIOD = "2026-11"
OBJECT = 8 * 2**20
"""A large pack; most are smaller, and each adds a header of some hundred bytes."""


def cost_of_bytes(total: int = GB // 4, size: int = OBJECT) -> dict[str, object]:
    """Seconds per GB on one core, over `total` bytes in objects of `size`."""
    data = os.urandom(size)
    rounds = max(1, total // size)
    digest = commitment(data).digest
    with tempfile.TemporaryDirectory() as folder:
        keys = PeriodKeys(Path(folder))
        key = keys.current(PERIOD)
        body = envelope.seal(data, digest, key)
        found = {
            "sha256": _per_gb(lambda: hashlib.sha256(data).digest(), rounds, size),
            "both_digests": _per_gb(lambda: commitment(data), rounds, size),
            "encrypt": _per_gb(lambda: envelope.seal(data, digest, key), rounds, size),
            "decrypt": _per_gb(lambda: envelope.opened(body, digest, PERIOD, keys), rounds, size),
            "key_of_month": _each(lambda: keys.current(PERIOD), 200),
        }
    return {
        "seconds_per_gb": {name: found[name] for name in found if name != "key_of_month"},
        "seconds_per_key": found["key_of_month"],
        "bytes_more_per_object": len(body) - size,
        "has_sm3": has_sm3(),
        "measured_bytes": rounds * size,
    }


def _per_gb(act: Callable[[], object], rounds: int, size: int) -> float:
    return round(_each(act, rounds) * GB / size, 3)


def _each(act: Callable[[], object], rounds: int) -> float:
    act()
    start = time.perf_counter()
    for _ in range(rounds):
        act()
    return (time.perf_counter() - start) / rounds


def main() -> None:
    print(json.dumps(cost_of_bytes(), indent=2))


if __name__ == "__main__":
    main()
