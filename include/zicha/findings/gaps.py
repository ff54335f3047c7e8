"""Gaps: one per source, reason and permission, open until the source answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from zicha.model.outcome import Outcome
from zicha.model.standing_gap import StandingGap
from zicha.model.verdict import Reason, Status

Key = tuple[str, str, str]

SILENT = frozenset(
    (Reason.UNREACHABLE, Reason.THROTTLED, Reason.NOT_COLLECTED, Reason.ERRORED, Reason.STALE)
)
"""Reasons that say nothing about what the source would have answered."""


def met(
    outcomes: Iterable[Outcome],
    *,
    run: str,
    as_of: datetime,
    owners: Mapping[str, str],
    max_ages: Mapping[str, timedelta],
) -> list[StandingGap]:
    """The gaps that this run's unknown outcomes speak of.

    Args:
        outcomes: every outcome of the run.
        run: its id.
        as_of: its moment.
        owners: who answers for a source.
        max_ages: the `max_age` of the table that each suite judges.
    """
    because: dict[Key, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.verdict.status is Status.UNKNOWN:
            because[outcome.source, outcome.verdict.because, outcome.permission].append(outcome)
    return [
        StandingGap(
            source=source,
            reason=Reason(reason),
            permission=permission,
            since=as_of,
            last_seen_at=as_of,
            run=run,
            remedy=min((one.remedy for one in unread if one.remedy), default=""),
            affects=len(unread),
            touches=tuple(sorted({_touched(one) for one in unread})),
            owner=owners.get(source, ""),
            max_age=min(
                (max_ages[one.suite] for one in unread if one.suite in max_ages), default=None
            ),
        )
        for (source, reason, permission), unread in sorted(because.items())
    ]


def advance(
    standing: Iterable[StandingGap],
    outcomes: Iterable[Outcome],
    *,
    run: str,
    as_of: datetime,
    owners: Mapping[str, str],
    max_ages: Mapping[str, timedelta],
) -> list[StandingGap]:
    """The gaps that this run opens, meets again or closes; the others stay as they are."""
    judged = list(outcomes)
    known = {gap.key: gap for gap in standing if gap.is_open}
    found = {
        gap.key: gap for gap in met(judged, run=run, as_of=as_of, owners=owners, max_ages=max_ages)
    }
    changed = [_met_again(known[key], gap) if key in known else gap for key, gap in found.items()]
    answers = _answers(judged)
    for key, gap in known.items():
        if key not in found and gap.last_seen_at <= as_of and _answered(gap, answers):
            changed.append(replace(gap, closed_at=as_of, run=run))
    before = set(known.values())
    return [gap for gap in sorted(changed, key=lambda gap: gap.key) if gap not in before]


def _met_again(known: StandingGap, gap: StandingGap) -> StandingGap:
    # A gap met earlier than the one we know (a run replayed) tells nothing new.
    if gap.last_seen_at < known.last_seen_at:
        return known
    return replace(gap, since=known.since)


def _answers(judged: Iterable[Outcome]) -> dict[tuple[str, str], set[Reason | None]]:
    """What stands behind each source and expectation: None for a verdict, else the reasons."""
    answers: dict[tuple[str, str], set[Reason | None]] = defaultdict(set)
    for outcome in judged:
        is_unknown = outcome.verdict.status is Status.UNKNOWN
        reason = Reason(outcome.verdict.because) if is_unknown else None
        answers[outcome.source, _touched(outcome)].add(reason)
    return answers


def _answered(gap: StandingGap, answers: Mapping[tuple[str, str], set[Reason | None]]) -> bool:
    """Whether the source was asked again for all that the gap kept from us, and answered.

    Another gap may hide this one: a source that is silent today has not granted a permission. A
    gap of silence closes as soon as the source says anything, a refusal included.
    """
    suites = {touched.partition("#")[0] for touched in gap.touches}
    asked = {touched.partition("#")[0] for source, touched in answers if source == gap.source}
    if not suites <= asked:
        return False
    reasons = set().union(*(answers.get((gap.source, touched), set()) for touched in gap.touches))
    still_hidden = SILENT if gap.reason in SILENT else frozenset(Reason)
    return not reasons & still_hidden


def _touched(outcome: Outcome) -> str:
    return f"{outcome.suite}#{outcome.expectation}"
