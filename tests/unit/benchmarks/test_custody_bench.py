"""A bench that nobody ran breaks unseen: a small count runs, and carries every promised figure."""

from __future__ import annotations

import json

from benchmarks import custody

PROMISED = {"entries_per_s", "verify_100k_s", "proof_bytes", "write_overhead_ratio"}


def test_the_custody_bench_carries_its_figures(tmp_path, monkeypatch):
    out = tmp_path / "custody.json"
    monkeypatch.setattr("sys.argv", ["custody", "--items", "200", "--out", str(out)])

    custody.main()

    written = json.loads(out.read_text())
    assert written["name"] == "custody"
    assert written["figures"].keys() >= PROMISED
    assert all(value > 0 for value in written["figures"].values())
