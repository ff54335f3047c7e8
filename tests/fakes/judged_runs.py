"""Judged runs made of findings alone: as alerts see them, without collectors and suites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from zicha.custody.store import Sealed, digest_of
from zicha.model.finding import Change, Finding, State, Transition
from zicha.model.verdict import Severity
from zicha.pipeline.workplace import Workplace
from zicha.storage import announcements, findings, runs


def fault(n: int, check: str = "is-private", severity: Severity = Severity.WARNING) -> Finding:
    """A finding that no run has opened yet."""
    at = datetime.fromisoformat("2026-11-21T09:00+08:00")
    return Finding(
        *(f"f-{n:05}", "yunqiao", "aws/s3_buckets", check, ("1", f"bucket-{n}"), "demo-aws"),
        *("111122223333", "cn-north-1", "AWS::S3::Bucket", severity, State.OPEN, "", at, at, at),
        "",
        observed="<!channel> 10.0.0.7",
        owner="王某",
    )


def judged(
    place: Workplace,
    at: datetime,
    opened: Iterable[Finding] = (),
    passed: Iterable[Finding] = (),
    *,
    sealed: bool = True,
    trigger: str = "daily",
) -> str:
    """A run that opened and closed these; its id."""
    day, id_ = at.date().isoformat(), at.strftime("%Y%m%dT%H%M%S")
    with place.database.write() as connection:
        run = runs.open_run(
            connection,
            run=id_,
            day=day,
            trigger=trigger,
            scope_digest="sha256:" + "0" * 64,
            scope={},
            at=at,
            again=True,
        )
        if sealed:
            runs.keep(connection, run.id, "manifest", Sealed(digest_of(b"x"), 1))
        runs.move(connection, run.id, runs.COLLECTED, at)
        said = {"run": run.id, "last_run": run.id, "last_measured_at": at}
        new = [replace(f, **said, opened_at=at, first_opened_at=at) for f in opened]
        done = [replace(f, **said, state=State.CLOSED_PASSED, closed_at=at) for f in passed]
        steps = [Transition(Change.OPENED, f, run.id, at) for f in new]
        steps += [Transition(Change.PASSED, f, run.id, at, State.OPEN) for f in done]
        findings.apply(connection, steps)
        runs.move(connection, run.id, runs.JUDGED, at)
        announcements.owe(connection, run.id, at)
    return run.id
