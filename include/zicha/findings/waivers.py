"""Waivers: faults that are borne for a while. One changes no verdict; it only says who bears what.

A waiver of the scope's file and one born here are the same to what they cover. `subject` knows
one wildcard, `*`; it is compared with the provider's id of the resource.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from zicha.catalog.roles import load_roles, refusal
from zicha.catalog.scope import Scope
from zicha.catalog.scope_answers import Waiver
from zicha.model.errors import ConfigError
from zicha.model.finding import Finding
from zicha.model.text import Text


class WaiverState(StrEnum):
    """How a waiver stands on a day."""

    REQUESTED = "requested"
    IN_FORCE = "in-force"
    EXPIRED = "expired"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    VOID = "void"


class WaiverAct(StrEnum):
    """What happens to a waiver that is born here."""

    REQUEST = "request"
    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


FOLLOWS: Mapping[WaiverAct, frozenset[WaiverState]] = {
    WaiverAct.APPROVE: frozenset((WaiverState.REQUESTED,)),
    WaiverAct.DECLINE: frozenset((WaiverState.REQUESTED,)),
    WaiverAct.WITHDRAW: frozenset((WaiverState.REQUESTED, WaiverState.IN_FORCE)),
}
"""In which states each act may follow; a request begins one."""


@dataclass(frozen=True, slots=True)
class Borne:
    """A waiver as it is applied.

    Args:
        origin: `file` or `product`.
        because: why it is borne.
        approver: who allowed it; empty while nobody did.
        why_void: why a waiver of the file does not count, though it is declared.
        finding: the one finding that it is for; empty when its other words choose.
    """

    id: str
    origin: str
    state: WaiverState
    suite: str
    expectation: str
    source: str
    subject: str
    system: str
    because: Text
    requester: str
    approver: str
    expires: date
    why_void: str = ""
    finding: str = ""

    @property
    def is_in_force(self) -> bool:
        """Whether it marks what it covers today."""
        return self.state is WaiverState.IN_FORCE

    def covers(self, finding: Finding, systems: Collection[str]) -> bool:
        """Whether it speaks of this finding; one for a system only of what is in that alone."""
        if self.finding:
            return self.finding == finding.id
        named = (
            (self.suite, finding.suite),
            (self.expectation, finding.expectation),
            (self.source, finding.source),
        )
        return (
            all(not wanted or wanted == found for wanted, found in named)
            and (not self.system or set(systems) == {self.system})
            and _matches(self.subject, finding.subject_id)
        )


def of_file(scope: Scope, day: date) -> list[Borne]:
    """The waivers that the scope's file declares, as they stand on a day."""
    return [_declared(scope, one, day) for one in scope.waivers]


def of_acts(rows: Iterable[Mapping[str, Any]], day: date) -> list[Borne]:
    """The waivers born here, from their acts in order, as they stand on a day."""
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["of"], []).append(row)
    return [_born(id_, acts, day) for id_, acts in sorted(grouped.items())]


def requested(body: Mapping[str, Any], day: date, longest: int) -> dict[str, Any]:
    """The body of a request, checked.

    Raises:
        ConfigError: it is for nothing, for ever, or already over.
    """
    expires = date.fromisoformat(str(body["expires"]))
    if expires < day:
        raise ConfigError(f"--until {expires} has passed: name a day from {day} on")
    if (expires - day).days > longest:
        raise ConfigError(
            f"--until {expires} is more than {longest} days away: name an earlier day"
        )
    if not str(body["because"]).strip():
        raise ConfigError("say why: give --because with a reason, it goes into the books")
    named = ("finding", "suite", "expectation", "source")
    if not any(body.get(key) for key in named) and body.get("subject", "*").strip("*") == "":
        raise ConfigError("waives everything: name a suite, expectation, source or subject")
    return dict(body)


def refuse_unfit(waiver: Borne, act: WaiverAct) -> None:
    """Refuse an act that does not follow.

    Raises:
        ConfigError: the waiver stands otherwise.
    """
    if waiver.origin == "file":
        raise ConfigError(f"{waiver.id} stands in waivers.yaml: change the file")
    if waiver.state not in FOLLOWS[act]:
        raise ConfigError(f"{waiver.id} is {waiver.state.value}: ask for another waiver")


def covering(
    waivers: Iterable[Borne], finding: Finding, systems: Sequence[str]
) -> tuple[Borne, ...]:
    """The waivers that speak of a finding, those in force first."""
    mine = [one for one in waivers if one.covers(finding, systems)]
    return tuple(sorted(mine, key=lambda one: (not one.is_in_force, one.expires, one.id)))


def _declared(scope: Scope, one: Waiver, day: date) -> Borne:
    why = _why_void(scope, one)
    state = WaiverState.IN_FORCE if one.expires >= day else WaiverState.EXPIRED
    return Borne(
        id=one.id,
        origin="file",
        state=WaiverState.VOID if why else state,
        suite=one.suite,
        expectation=one.expectation,
        source=one.source or "",
        subject=one.subject,
        system=one.system or "",
        because=one.because,
        requester=one.requester,
        approver=one.approver,
        expires=one.expires,
        why_void=why,
    )


def _why_void(scope: Scope, one: Waiver) -> str:
    """Why a declared waiver does not count; empty when two people stand behind it, by the roles."""
    people = {actor: person.id for person in scope.people for actor in person.actors}
    ids = set(people.values())
    mine, theirs = (
        name if name in ids else people.get(name) for name in (one.requester, one.approver)
    )
    if mine and mine == theirs:
        return f"{one.requester} and {one.approver} are one person"
    if not scope.roles:
        # Whoever declared no roles has nobody who could be held to them.
        return ""
    act, systems = load_roles().act("approve-waiver"), (one.system,) if one.system else ()
    known = _actors_named(scope, one.approver) - _actors_named(scope, one.requester)
    if any(not refusal(scope, actor, act, systems) for actor in known):
        return ""
    return (
        f"{one.approver} holds no role in roles.yaml that approves it: name an actor, a person or "
        "a role with acts_as: [approver]"
    )


def _actors_named(scope: Scope, name: str) -> set[str]:
    """The actors that a name means: itself, a person's accounts, or those who hold a role."""
    held = {
        actor
        for role in scope.roles
        if name in {role.id, role.title.zh, role.title.en}
        for actor in role.actors
    }
    of_person = {a for person in scope.people if name == person.id for a in person.actors}
    return held | of_person | {name}


def _born(id_: str, acts: Sequence[Mapping[str, Any]], day: date) -> Borne:
    body = acts[0]["body"]
    expires = date.fromisoformat(str(body["expires"]))
    state, approver = WaiverState.REQUESTED, ""
    for act in acts[1:]:
        did = WaiverAct(act["act"])
        if did is WaiverAct.APPROVE:
            state, approver = WaiverState.IN_FORCE, str(act["actor"])
        else:
            declined = did is WaiverAct.DECLINE
            state = WaiverState.DECLINED if declined else WaiverState.WITHDRAWN
    if state in {WaiverState.IN_FORCE, WaiverState.REQUESTED} and expires < day:
        state = WaiverState.EXPIRED
    because = str(body["because"])
    return Borne(
        id=id_,
        origin="product",
        state=state,
        suite=str(body.get("suite", "")),
        expectation=str(body.get("expectation", "")),
        source=str(body.get("source", "")),
        subject=str(body.get("subject", "*")),
        system=str(body.get("system", "")),
        because=Text(because, because),
        requester=str(acts[0]["actor"]),
        approver=approver,
        expires=expires,
        finding=str(body.get("finding", "")),
    )


def _matches(pattern: str, subject: str) -> bool:
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(".*".join(parts), subject, re.DOTALL) is not None
