"""How a finding stands: what the measurements say, and beside it what people said they do about it.

An act of a change notice that nothing can undo is reviewed: it stays open as measured, with no
term. A person's act never closes a finding and never makes a verdict: only `measured` does, and it
comes from the measurements alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from zicha.model.finding import Finding, State


class Standing(StrEnum):
    """How a finding is shown; the closed ones are reached by a measurement only."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_RECTIFICATION = "in-rectification"
    FIXED = "fixed-awaiting-proof"
    WAIVED = "waived"
    FALSE_POSITIVE = "false-positive"
    REVIEWED = "reviewed"
    CLOSED_PASSED = "closed-passed"
    CLOSED_GONE = "closed-gone"


class Act(StrEnum):
    """What a person can do about a finding."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    FIX = "fix"
    NOTE = "note"
    TREAT = "treat"
    CLAIM_FALSE = "claim-false-positive"
    CONFIRM_FALSE = "confirm-false-positive"
    REJECT_FALSE = "reject-false-positive"
    REVIEW = "review"


_S, _A = Standing, Act
LEADS: Mapping[tuple[Standing, Act], Standing] = {
    (_S.OPEN, _A.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.OPEN, _A.ASSIGN): _S.IN_RECTIFICATION,
    (_S.OPEN, _A.FIX): _S.FIXED,
    (_S.ACKNOWLEDGED, _A.ASSIGN): _S.IN_RECTIFICATION,
    (_S.ACKNOWLEDGED, _A.FIX): _S.FIXED,
    (_S.IN_RECTIFICATION, _A.ASSIGN): _S.IN_RECTIFICATION,
    (_S.IN_RECTIFICATION, _A.FIX): _S.FIXED,
    (_S.FIXED, _A.ASSIGN): _S.IN_RECTIFICATION,
    (_S.OPEN, _A.REVIEW): _S.REVIEWED,
    (_S.ACKNOWLEDGED, _A.REVIEW): _S.REVIEWED,
    (_S.IN_RECTIFICATION, _A.REVIEW): _S.REVIEWED,
    (_S.FIXED, _A.REVIEW): _S.REVIEWED,
    (_S.REVIEWED, _A.ASSIGN): _S.IN_RECTIFICATION,
}
"""Where an act leads; what is not listed here, or in `STAYS`, is refused."""

WORKING = frozenset((_S.OPEN, _S.ACKNOWLEDGED, _S.IN_RECTIFICATION, _S.FIXED))
STAYS: Mapping[Act, frozenset[Standing]] = {
    _A.NOTE: frozenset((*WORKING, _S.FALSE_POSITIVE, _S.REVIEWED)),
    _A.TREAT: frozenset((*WORKING, _S.FALSE_POSITIVE, _S.REVIEWED)),
    _A.CLAIM_FALSE: WORKING,
    _A.CONFIRM_FALSE: WORKING,
    _A.REJECT_FALSE: frozenset((*WORKING, _S.FALSE_POSITIVE)),
}
"""The acts that leave the work where it is, and in which standings they may be done."""

MEASURED: Mapping[State, Standing] = {
    State.OPEN: _S.OPEN,
    State.CLOSED_PASSED: _S.CLOSED_PASSED,
    State.CLOSED_GONE: _S.CLOSED_GONE,
}


@dataclass(frozen=True, slots=True)
class FindingAct:
    """One act of one person; `spell` is the opening that it is about (1 for the first)."""

    finding: str
    number: int
    act: Act
    spell: int
    body: Mapping[str, Any]
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Claim:
    """That a finding is a false positive: who said so, until when, and who reviewed it."""

    number: int
    actor: str
    because: str
    until: date
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """A finding as it is shown.

    Args:
        standing: what people and measurements make of it together.
        work: the same without waivers and false positives.
        measured: the raw state, which nobody's word changes.
        owner: who rectifies it, when somebody was named; else who answers for its source.
        due: the last day in time, the shorter of the table's and the person's.
        refuted_at: when a later measurement still failed after somebody called it fixed.
        claim: the latest word of a false positive that nobody rejected.
        treatment: the latest entry of the risk register.
    """

    standing: Standing
    work: Standing
    measured: State
    owner: str
    due: date | None
    refuted_at: datetime | None = None
    claim: Claim | None = None
    claim_expired: bool = False
    treatment: Mapping[str, Any] | None = None
    notes: tuple[FindingAct, ...] = field(default=())


def live(
    finding: Finding, acts: Iterable[FindingAct], day: date, *, is_waived: bool = False
) -> Life:
    """How the finding stands on a day: its measured state, and the acts of its present spell.

    Acts about an earlier opening are history. Word of a repair holds until the subject is
    measured again: a failure puts the finding back where it was.
    """
    mine = [act for act in acts if act.spell == finding.times_opened]
    work, before, fixed_at, owner = Standing.OPEN, Standing.OPEN, None, finding.owner
    due, treatment, refuted = finding.due, None, None
    notes = tuple(act for act in mine if act.act is Act.NOTE)
    for act in mine:
        if act.act is Act.TREAT:
            treatment = {**act.body, "actor": act.actor, "at": act.at}
        led = LEADS.get((work, act.act))
        if led is None:
            continue
        if act.act is Act.FIX:
            before, fixed_at = work, act.at
        if act.act is Act.ASSIGN:
            owner = str(act.body["owner"])
            due = _earliest(finding.due, _day(act.body.get("due")))
        work = led
    if work is Standing.FIXED and fixed_at is not None and finding.last_measured_at > fixed_at:
        work, refuted = before, finding.last_measured_at
    claim = _claim(mine)
    holds = claim is not None and bool(claim.reviewer) and day <= claim.until
    expired = claim is not None and bool(claim.reviewer) and day > claim.until
    standing = MEASURED[finding.state]
    if finding.is_open:
        standing = Standing.WAIVED if is_waived else work
        standing = Standing.FALSE_POSITIVE if holds else standing
    # An act that was looked into has no term left; it stays open as what was measured.
    due = None if work is Standing.REVIEWED else due
    return Life(
        *(standing, work, finding.state, owner, due, refuted),
        *(claim, expired, treatment, notes),
    )


def stands_reviewed(acts: Iterable[FindingAct]) -> bool:
    """Whether these acts, of one spell and in order, leave it reviewed: nobody took it up again."""
    moved = [each.act for each in acts if each.act in (Act.REVIEW, Act.ASSIGN)]
    return moved[-1:] == [Act.REVIEW]


def fits(life: Life, act: Act) -> str:
    """Why an act may not be done now; empty when it may."""
    if life.measured is not State.OPEN:
        return f"it is {life.measured.value}: only a failing measurement opens it again"
    at = Standing.FALSE_POSITIVE if life.standing is Standing.FALSE_POSITIVE else life.work
    if (at, act) not in LEADS and at not in STAYS.get(act, ()):
        return f"it is {at.value}: {act.value} is not for that"
    unreviewed = life.claim is not None and not life.claim.reviewer
    if act is Act.CONFIRM_FALSE and not unreviewed:
        return "nobody's claim of a false positive waits for a review"
    if act is Act.CLAIM_FALSE and unreviewed:
        return "a claim of a false positive already waits for its review"
    if act is Act.REJECT_FALSE and life.claim is None:
        return "nobody claims a false positive"
    return ""


def _claim(acts: Iterable[FindingAct]) -> Claim | None:
    claim: Claim | None = None
    for act in acts:
        if act.act is Act.CLAIM_FALSE:
            until = _day(act.body["until"]) or act.at.date()
            claim = Claim(act.number, act.actor, str(act.body["because"]), until)
        elif act.act is Act.CONFIRM_FALSE and claim is not None:
            claim = Claim(claim.number, claim.actor, claim.because, claim.until, act.actor)
        elif act.act is Act.REJECT_FALSE:
            claim = None
    return claim


def _day(said: object) -> date | None:
    return date.fromisoformat(str(said)) if said else None


def _earliest(*dates: date | None) -> date | None:
    return min((one for one in dates if one is not None), default=None)
