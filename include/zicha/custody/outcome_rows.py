"""The outcomes of a run as Parquet: one row per expectation and subject, passes included."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from zicha.model.outcome import Outcome
from zicha.model.verdict import Severity, Status, Verdict

TEXTS = (
    "suite",
    "expectation",
    "source",
    "account",
    "region",
    "subject_type",
    "evidence_digest",
    "remedy",
    "permission",
    "observed",
)


def outcomes_to_parquet(outcomes: Sequence[Outcome]) -> bytes:
    """The outcomes, in an order of their own: the same outcomes always give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ordered = sorted(outcomes, key=lambda o: (o.suite, o.expectation, o.source, o.subject))
    moment = pa.timestamp("us", tz="UTC")
    columns: dict[str, Any] = {
        name: pa.array([getattr(o, name) for o in ordered], pa.string()) for name in TEXTS
    }
    columns |= {
        "subject": pa.array([json.dumps(o.subject, ensure_ascii=False) for o in ordered]),
        "controls": pa.array([json.dumps(o.controls) for o in ordered], pa.string()),
        "tags": pa.array(
            [json.dumps(dict(o.tags), ensure_ascii=False, sort_keys=True) for o in ordered],
            pa.string(),
        ),
        "severity": pa.array([o.severity.value for o in ordered], pa.string()),
        "status": pa.array([o.verdict.status.value for o in ordered], pa.string()),
        "reason": pa.array([o.verdict.because for o in ordered], pa.string()),
        "measured_at": pa.array([o.measured_at for o in ordered], moment),
    }
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()


def outcomes_from_parquet(data: bytes) -> list[Outcome]:
    """The outcomes as they were sealed."""
    import pyarrow.parquet as pq

    return [_outcome(row) for row in pq.read_table(io.BytesIO(data)).to_pylist()]


def outcomes_but_passes(data: bytes, passed_at: Collection[datetime]) -> list[Outcome]:
    """Those that are no pass, and the passes of these moments: most of a day is left unread."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(data))
    at = table["measured_at"]
    moments = pa.array(list(passed_at), at.type)
    wanted = pc.or_(
        pc.not_equal(table["status"], Status.PASS.value),
        pc.or_(pc.is_in(at, value_set=moments), pc.is_null(at)),
    )
    return [_outcome(row) for row in table.filter(wanted).to_pylist()]


def _outcome(row: dict[str, Any]) -> Outcome:
    texts = {name: row[name] for name in TEXTS}
    return Outcome(
        subject=tuple(json.loads(row["subject"])),
        verdict=Verdict(Status(row["status"]), row["reason"]),
        controls=tuple(json.loads(row["controls"])),
        severity=Severity(row["severity"]),
        measured_at=row["measured_at"],
        tags=json.loads(row["tags"]),
        **texts,
    )
