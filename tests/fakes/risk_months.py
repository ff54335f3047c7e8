"""Some months of inspections, kept through the real storage, with outcomes said instead of judged."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from fakes.ledgers import EXAMPLE, objects_of, place_in
from zicha.custody.entry import commitment
from zicha.model.finding import Listing
from zicha.model.outcome import Outcome
from zicha.model.verdict import FAIL, PASS, Reason, Verdict, unknown
from zicha.pipeline import close_collection, plan_collection
from zicha.pipeline.duties.obligations import watch_duties
from zicha.pipeline.runs.judging import Judged, closed_run, keep_judgement
from zicha.pipeline.runs.rules import rules
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, ledger, ledgered, runs

DAY = timedelta(days=1)
NIGHT = time(18, 5, tzinfo=UTC)
"""02:05 in Shanghai, on the next day's date."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one resource on some days; on the others it passes, and after `gone` it is not.

    Args:
        check: `suite#expectation`.
        days: first and last day on which it fails, as often as it comes back.
        gone: the day from which on the resource is no longer there.
    """

    check: str
    source: str
    account: str
    subject: str
    subject_type: str
    days: Sequence[tuple[date, date]]
    gone: date | None = None
    region: str = "cn-north-1"
    tags: dict[str, str] = field(default_factory=dict)
    observed: str = ""

    def fails_on(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.days)

    def outcome(self, at: datetime, verdict: Verdict) -> Outcome:
        suite, _, id_ = self.check.partition("#")
        expectation = rules().expectation(suite, id_)
        assert expectation is not None, self.check
        return Outcome(
            id_,
            (self.account or self.source, self.subject),
            verdict,
            suite,
            self.source,
            self.account,
            self.region,
            self.subject_type,
            expectation.controls,
            expectation.severity,
            at,
            "sha256:" + "ab" * 32,
            observed=self.observed,
            tags=self.tags,
            permission="s3:GetBucketPolicyStatus" if verdict.because == "refused" else "",
        )


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that does not answer on some days, and why."""

    source: str
    first: date
    last: date
    reason: Reason


def scope_in(folder: Path, **changed: tuple[str, str]) -> Path:
    """A copy of the example scope; `name=(old, new)` edits the file `name.yaml`."""
    shutil.copytree(EXAMPLE, folder)
    for name, (old, new) in changed.items():
        path = folder / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text, (name, old)
        path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def night_of(day: date) -> datetime:
    """The moment of the run that belongs to this day in Shanghai."""
    return datetime.combine(day - DAY, NIGHT)


def place_on(data: Path, day: date, scope: Path = EXAMPLE) -> Workplace:
    """The workplace on the night of a day."""
    return place_in(data, night_of(day), ZICHA_SCOPE=str(scope))


def at(place: Workplace, now: datetime) -> Workplace:
    """The same workplace at another moment."""
    return replace(place, clock=lambda: now)


def inspect_on(
    place: Workplace,
    day: date,
    faults: Iterable[Fault],
    silent: Iterable[Silence] = (),
    sources: Sequence[str] = (),
) -> str:
    """One day's run, from its opening to its judgement."""
    hushed = {s.source: s.reason for s in silent if s.first <= day <= s.last}
    plan_collection(place, day.isoformat(), sources=sources)
    with place.database.read() as connection:
        run = runs.of_day(connection, day.isoformat())[-1]
        asked = [batch.source for batch in runs.batches_of(connection, run.id)]
    _seal(place, run.id, asked, hushed)
    close_collection(place, day.isoformat())
    closed = closed_run(place, day.isoformat())
    mine = [fault for fault in faults if fault.source in asked]
    keep_judgement(place, closed, _said(mine, day, place.clock(), hushed))
    return closed.id


def _seal(place: Workplace, run: str, asked: Sequence[str], hushed: dict[str, Reason]) -> None:
    """Seal one listing of each source; all of them hold the same, so it is written once."""
    said, rows = objects_of(place, run, "listing")
    pack, sealed = place.store.put(said), place.store.put(rows)
    with place.database.write() as connection:
        for source in asked:
            record = evidence.record(
                connection,
                run=run,
                source=source,
                table="listing",
                pack=pack,
                rows=sealed,
                content_mark="mark:0",
                row_count=0 if source in hushed else 1,
                gap_count=1 if source in hushed else 0,
                redaction={},
                collected_at=place.clock(),
                sealed_at=place.clock(),
            )
            draft = ledgered.of_evidence(record, commitment(said), commitment(rows))
            ledger.append(connection, [draft], place.clock())
            runs.end_batch(connection, run, source, runs.SEALED, place.clock())


def _said(faults: Sequence[Fault], day: date, at: datetime, hushed: dict[str, Reason]) -> Judged:
    there = [f for f in faults if f.gone is None or day < f.gone]
    judged = Judged()
    for fault in there:
        verdict = FAIL if fault.fails_on(day) else PASS
        if fault.source in hushed:
            verdict = unknown(hushed[fault.source])
        judged.outcomes.append(fault.outcome(at, verdict))
    for suite, source, account, region in {
        (f.check.partition("#")[0], f.source, f.account, f.region) for f in faults
    }:
        held = frozenset(
            (f.account or f.source, f.subject)
            for f in there
            if (f.check.partition("#")[0], f.source) == (suite, source)
        )
        judged.listings.append(
            Listing(suite, source, account, region, source not in hushed, held, at)
        )
        judged.max_ages[suite] = timedelta(hours=26)
    return judged


def a_month(data: Path, scopes: Path, until: date = date(2026, 11, 30)) -> Workplace:
    """From 26 October to 30 November 2026, with missing days, a changed scope and threshold.

    Nothing ran on 7, 8 and 19 November. On 16 November the scope gained an
    object and a stricter threshold. The portal's account refused from 10 to 12 November and was out
    of reach from 29 November on. Returns the workplace of the day after the last run.
    """
    changed = scope_in(
        scopes / "changed",
        thresholds=("value: 10", "value: 12"),
        objects=(
            "  - id: portal-waf\n",
            SEARCH + "  - id: portal-waf\n",
        ),
    )
    missing = {date(2026, 11, 7), date(2026, 11, 8), date(2026, 11, 19)}
    turn, day = date(2026, 11, 16), date(2026, 10, 26)
    place = place_on(data, day)
    while day <= until:
        if day == turn:
            place = place_on(data, day, changed)
        if day not in missing:
            inspect_on(at(place, night_of(day)), day, FAULTS, SILENCES)
        day += DAY
    morning = at(place, night_of(day) + timedelta(hours=5))
    watch_duties(morning)
    return morning


SEARCH = """\
  - id: portal-search
    systems: [portal]
    type: application
    name: {zh: 站内搜索, en: Site search}

"""


def _days(*spans: str) -> list[tuple[date, date]]:
    found = []
    for span in spans:
        first, _, last = span.partition("/")
        found.append((date.fromisoformat(first), date.fromisoformat(last or "2027-12-31")))
    return found


BILLING, PORTAL = ("demo-aws", "111122223333"), ("demo-aws-second", "444455556666")
BUCKET, GROUP = "AWS::S3::Bucket", "AWS::EC2::SecurityGroup"
USER, TRAIL, ACCOUNT = "AWS::IAM::User", "AWS::CloudTrail::Trail", "AWS::IAM::Account"

FAULTS = (
    Fault(
        "aws/s3_buckets#buckets-are-not-exposed",
        *PORTAL,
        "portal-uploads",
        BUCKET,
        _days("2026-11-14/2026-11-17", "2026-11-26"),
        observed="is_public=True",
    ),
    Fault(
        "aws/security_groups#remote-administration-is-closed",
        *BILLING,
        "sg-0a11ce",
        GROUP,
        _days("2026-11-05/2026-11-09"),
        observed="port=22, cidr=0.0.0.0/0",
    ),
    Fault(
        "aws/security_groups#only-web-is-open",
        *PORTAL,
        "sg-0b0b77",
        GROUP,
        _days("2026-10-26"),
        observed="port=8080",
    ),
    Fault(
        "aws/iam_users#console-users-have-second-factor",
        *BILLING,
        "ops-zhang",
        USER,
        _days("2026-11-20"),
        observed="has_mfa=False",
    ),
    Fault(
        "aws/iam_users#access-keys-are-rotated",
        *BILLING,
        "ci-deploy",
        USER,
        _days("2026-10-28/2026-11-12"),
        observed="oldest_key_created=2026-05-02",
    ),
    Fault(
        "aws/s3_buckets#plain-http-is-refused",
        *BILLING,
        "billing-cdr",
        BUCKET,
        _days("2026-10-26/2026-11-22"),
    ),
    Fault(
        "aws/s3_buckets#earlier-versions-are-kept",
        *BILLING,
        "forgotten-exports",
        BUCKET,
        _days("2026-11-03"),
    ),
    Fault(
        "aws/s3_buckets#access-is-logged",
        *BILLING,
        "billing-tmp",
        BUCKET,
        _days("2026-10-26"),
        gone=date(2026, 11, 18),
        tags={"exposure": "internal"},
    ),
    Fault(
        "aws/cloudtrail_trails#log-files-are-validated",
        *BILLING,
        "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main",
        TRAIL,
        _days("2026-10-27/2026-10-30"),
    ),
    Fault(
        "aws/iam_users#people-do-not-hold-keys",
        *BILLING,
        "ops-li",
        USER,
        _days("2026-11-11"),
    ),
    Fault(
        "linux/sshd_settings#passwords-alone-do-not-open-a-session",
        "recorded-host",
        "",
        "billing-app-01",
        "host",
        _days("2026-10-26"),
        region="",
    ),
    Fault(
        "linux/accounts#passwords-expire",
        "recorded-host",
        "",
        "billing-app-01",
        "host",
        _days("2026-11-02/2026-11-24"),
        region="",
    ),
)
SILENCES = (
    Silence("demo-aws-second", date(2026, 11, 10), date(2026, 11, 12), Reason.REFUSED),
    Silence("demo-aws-second", date(2026, 11, 29), date(2026, 12, 31), Reason.UNREACHABLE),
)
