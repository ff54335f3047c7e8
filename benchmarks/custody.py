"""What custody costs: entries, proofs, verification, digests, encryption, and a day's overhead."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zicha.custody.entry import commitment
from zicha.custody.merkle import is_included, leaf_hash
from zicha.custody.tlog_proof import prove
from zicha.pipeline import close_collection, collect, judge, open_workplace, plan_collection
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.workplace import Workplace
from zicha.storage import ledger, ledgered, runs
from zicha.storage.evidence import EvidenceRecord
from zicha.storage.schema import evidence as evidence_table

HOME = Path(__file__).parents[1]
EXAMPLE = HOME / "include" / "scope" / "example"
RECORDED = ("recorded-host", "demo-cloudtrail", "demo-register")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ITEMS = 100_000
AT_ONCE = 1_000
CHUNK = 64 << 20
LEDGER_CALLS = (
    "zicha.storage.ledger.append",
    "zicha.pipeline.runs.judging.seal_ledger",
    "zicha.custody.store.commitment",
)


def place_in(folder: Path) -> Workplace:
    environ = {"ZICHA_DATA": str(folder), "ZICHA_SCOPE": str(EXAMPLE)}
    return open_workplace(environ, clock=lambda: NOW)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def filled(place: Workplace, items: int) -> float:
    """Seal so many items, each with its row and its entry; entries a second.

    The objects are written without waiting for the disk: the bench is of the ledger.
    """
    spent = 0.0
    for start in range(0, items, AT_ONCE):
        names = range(start, min(start + AT_ONCE, items))
        run = f"bench-{start:07d}"
        objects = [f"item {n}".encode() * 20 for n in names]
        for data in objects:
            path = place.store.path_of("sha256:" + hashlib.sha256(data).hexdigest())
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        with place.database.write() as connection:
            runs.open_run(
                connection,
                run=run,
                day=f"2026-{1 + start // AT_ONCE % 12:02d}-01",
                trigger="bench",
                scope_digest="",
                scope={},
                at=NOW,
                again=True,
            )
            runs.move(connection, run, runs.JUDGED, NOW)
            records = [_record(run, n, data) for n, data in zip(names, objects, strict=True)]
            connection.execute(evidence_table.insert(), [asdict(each) for each in records])
            begun = time.perf_counter()
            held = [commitment(data) for data in objects]
            drafts = [
                ledgered.of_evidence(each, one, one)
                for each, one in zip(records, held, strict=True)
            ]
            ledger.append(connection, drafts, NOW)
            ledger.sequence(connection)
            spent += time.perf_counter() - begun
    return items / spent


def _record(run: str, n: int, data: bytes) -> EvidenceRecord:
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    size = len(data)
    return EvidenceRecord(
        run, "bench", f"bench/{n}", digest, size, digest, size, "mark:0", 1, 0, NOW, NOW
    )


def proofs(place: Workplace) -> dict[str, float]:
    """The size of one proof, and the time to make and to check it."""
    signed = seal_ledger(place)
    with place.database.read() as connection:
        tree = ledger.tree_of(connection, signed.size)
        bodies = [line.body for line in ledger.lines(connection)]
    wanted = range(0, signed.size, max(1, signed.size // 1000))
    made = [prove(tree, n, signed) for n in wanted]
    checking = seconds(
        lambda: [
            is_included(leaf_hash(bodies[p.index]), p.index, signed.size, p.hashes, signed.root)
            for p in made
        ]
    )
    making = seconds(lambda: [prove(tree, n, signed) for n in wanted])
    return {
        "proof_bytes": max(len(str(each).encode()) for each in made),
        "proof_make_ms": making / len(made) * 1000,
        "proof_check_ms": checking / len(made) * 1000,
        "seal_100k_s": seconds(lambda: seal_ledger(place)),
    }


def per_gigabyte() -> dict[str, float]:
    """Seconds per GB of each digest, of both, and of encryption."""
    data = os.urandom(CHUNK)
    key = AESGCM(AESGCM.generate_key(256))
    scale = (1 << 30) / CHUNK
    return {
        "sha256_s_per_gb": seconds(lambda: hashlib.sha256(data).digest()) * scale,
        "sm3_s_per_gb": seconds(lambda: hashlib.new("sm3", data).digest()) * scale,
        "double_digest_s_per_gb": seconds(lambda: commitment(data)) * scale,
        "aes_256_gcm_s_per_gb": seconds(lambda: key.encrypt(os.urandom(12), data, None)) * scale,
    }


@contextmanager
def clocked(names: tuple[str, ...]) -> Iterator[list[float]]:
    """How long these functions take in all, while they are called."""
    spent: list[float] = []
    patches = []
    for name in names:
        module, _, attribute = name.rpartition(".")
        real = getattr(sys.modules[module], attribute)

        def timed(*args: Any, _real: Callable[..., Any] = real, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return _real(*args, **named)
            finally:
                spent.append(time.perf_counter() - begun)

        patches.append(mock.patch(name, timed))
    for patch in patches:
        patch.start()
    try:
        yield spent
    finally:
        for patch in patches:
            patch.stop()


def a_day(place: Workplace) -> None:
    """Collect the recorded sources and judge them, as every day does."""
    day = place.today()
    for batch in plan_collection(place, day, sources=RECORDED):
        collect(place, batch)
    close_collection(place, day)
    judge(place, day)


def overhead(folder: Path) -> dict[str, float]:
    """The time of a day that goes into the ledger, over the time that does not.

    The engine is imported before: its seconds would make the ledger look cheaper.
    """
    import great_expectations  # noqa: F401

    place = place_in(folder)
    with clocked(LEDGER_CALLS) as spent:
        whole = seconds(lambda: a_day(place))
    inside = sum(spent)
    return {"write_overhead_ratio": inside / (whole - inside), "day_s": whole, "ledger_s": inside}


def measured(folder: Path, items: int) -> dict[str, float]:
    place = place_in(folder / "many")
    figures: dict[str, float] = {"items": items, "entries_per_s": filled(place, items)}
    figures |= proofs(place)
    begun = time.perf_counter()
    found = verify(place)
    figures["verify_100k_s"] = (time.perf_counter() - begun) * (ITEMS / items)
    if not found["ok"] or found["items"] != items:
        raise SystemExit(f"the bench does not verify: {found['faults'][:3]}")
    return figures | per_gigabyte() | overhead(folder / "day")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--out", type=Path, default=HOME / "benchmarks/results/custody.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zicha-bench-") as folder:
        figures = measured(Path(folder), asked.items)
    document = {
        "name": "custody",
        "commit": _commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.python_version()}",
        "figures": {name: round(value, 4) for name, value in figures.items()},
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=1))


def _commit() -> str:
    ran = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout.strip()


if __name__ == "__main__":
    main()
