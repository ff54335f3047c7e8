"""An open finding beyond the first reportable line: storage that is open to the public."""

from __future__ import annotations

from datetime import datetime

from zicha.model.finding import Change, Finding, State, Transition
from zicha.model.verdict import Severity
from zicha.pipeline.workplace import Workplace
from zicha.storage import findings, runs


def exposed(place: Workplace, at: datetime, id_: str = "f-1") -> Finding:
    """Open the finding at this moment, in a run of its own."""
    day = at.date().isoformat()
    with place.database.write() as connection:
        run = runs.open_run(
            connection,
            run=f"{day}-{id_}",
            day=day,
            trigger="manual",
            scope_digest="sha256:" + "0" * 64,
            scope={},
            at=at,
            again=True,
        )
        subject = ("1", f"bucket-{id_}")
        finding = Finding(
            *(id_, "yunqiao", "aws/s3_buckets", "is-private", subject, "demo-aws"),
            *("1", "cn", "AWS::S3::Bucket", Severity.CRITICAL, State.OPEN, run.id, at, at, at),
            run.id,
            controls=("boundary/storage-is-not-public",),
        )
        findings.apply(connection, [Transition(Change.OPENED, finding, run.id, at)])
    return finding
