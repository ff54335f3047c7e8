"""The life of a filing: an explicit table of what may follow what.

The package digest goes with each step: an approval is of exact bytes, a new draft has none, and
only what was approved is sealed. Late is a mark of the obligation, never a state: a late filing
is still built, approved and handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from zicha.filings.approving import Decision, Desk, refusal
from zicha.model.errors import ConfigError
from zicha.model.filing import Filing, FilingAct, FilingState, FilingStep
from zicha.model.filing import FilingAct as Act
from zicha.model.filing import FilingState as State

DRAFTABLE = (
    State.OPENED,
    State.BLOCKED,
    State.READY,
    State.AWAITING,
    State.APPROVED,
    State.DECLINED,
    State.SEALED,
    State.REJECTED,
)
"""Where another draft may be made; what is with an authority waits for its answer."""

TABLE: Mapping[tuple[FilingState, FilingAct], FilingState] = {
    **{(state, Act.ANSWER): state for state in DRAFTABLE},
    **{(state, Act.BLOCK): State.BLOCKED for state in DRAFTABLE},
    **{(state, Act.PASS): State.READY for state in DRAFTABLE},
    **{(state, Act.WITHDRAW): State.WITHDRAWN for state in DRAFTABLE},
    (State.READY, Act.ASK): State.AWAITING,
    (State.AWAITING, Act.ASK): State.AWAITING,
    (State.AWAITING, Act.REFUSE): State.AWAITING,
    (State.AWAITING, Act.APPROVE): State.APPROVED,
    (State.AWAITING, Act.DECLINE): State.DECLINED,
    (State.APPROVED, Act.SEAL): State.SEALED,
    (State.SEALED, Act.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Act.ACCEPT): State.ACCEPTED,
    (State.SUBMITTED, Act.REJECT): State.REJECTED,
}
"""What may follow what; anything else is refused."""

WITH_REASON = frozenset((Act.WITHDRAW, Act.REJECT))


def step(filing: Filing, what: FilingAct, at: datetime, actor: str, detail: str = "") -> FilingStep:
    """One step of the table, or a refusal that says what is possible."""
    after = TABLE.get((filing.state, what))
    if after is None:
        possible = ", ".join(dict.fromkeys(a.value for s, a in TABLE if s is filing.state))
        raise ConfigError(
            f"{filing.id} is {filing.state.value}: {what.value} is not possible, "
            f"only {possible or 'nothing'}"
        )
    if what in WITH_REASON and not detail.strip():
        raise ConfigError(f"{filing.id}: say why it is {after.value}")
    return FilingStep(replace(filing, state=after), what, filing.state, at, actor, detail)


def drafted(filing: Filing, package: str, *, blocked: bool, at: datetime, actor: str) -> FilingStep:
    """The next version: whatever was approved before was another package."""
    taken = step(filing, Act.BLOCK if blocked else Act.PASS, at, actor, package)
    now = replace(taken.filing, version=filing.version + 1, package=package, approved="")
    return replace(taken, filing=now)


def decided(filing: Filing, said: Decision, desk: Desk, at: datetime) -> FilingStep:
    """What a person's answer does: it approves, declines, or counts for nothing and says why."""
    if filing.state is not State.AWAITING:
        step(filing, Act.APPROVE if said.approves else Act.DECLINE, at, said.actor)
    why = refusal(filing, said, desk)
    if why:
        return step(filing, Act.REFUSE, at, said.actor, why)
    if not said.approves:
        return step(filing, Act.DECLINE, at, said.actor, said.because)
    taken = step(filing, Act.APPROVE, at, said.actor, said.digest)
    return replace(taken, filing=replace(taken.filing, approved=said.digest))


def sealed(filing: Filing, package: str, at: datetime, actor: str) -> FilingStep:
    """Seal exactly what was approved."""
    taken = step(filing, Act.SEAL, at, actor, package)
    if not filing.approved or package != filing.approved or package != filing.package:
        raise ConfigError(
            f"{filing.id}: {package or 'nothing'} is not the approved {filing.approved or 'none'}: "
            "build it again and have that approved"
        )
    return taken
