"""Whether a person's approval counts: another person than the authors, with the right to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zicha.catalog.roles import holders
from zicha.catalog.scope import Scope
from zicha.model.filing import Filing

AUTHENTICATED = "airflow:"
"""The channel that verifies who answers; a login of the machine or a chat does not suffice."""
PROGRAM = "schedule:"
"""The channel of drafts that no person made: the facts alone, laid out by a task."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody answered: on which digest, and whether it approves."""

    actor: str
    digest: str
    approves: bool
    because: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Against what an answer is held: the scope's roles and people, and who wrote the draft."""

    scope: Scope
    authors: tuple[str, ...]


def refusal(filing: Filing, said: Decision, desk: Desk) -> str:
    """Why an answer does not count; empty when it does."""
    if not said.actor.startswith(AUTHENTICATED):
        return f"{said.actor} is no authenticated channel: answer in Airflow, Required Actions"
    if said.digest != filing.package:
        return f"{said.digest} is not the package at hand, {filing.package}: ask anew"
    if said.actor not in approvers(desk.scope, filing.of):
        return f"{said.actor} holds no role in roles.yaml that may approve for {filing.of}"
    return next((why for each in desk.authors if (why := _same(said.actor, each, desk))), "")


def approvers(scope: Scope, of: str) -> frozenset[str]:
    """Who may approve a filing of this system or entity, authors among them."""
    systems = {of} & {system.id for system in scope.systems} or {
        system.id for system in scope.systems if system.entity == of
    }
    held = holders(scope, "approver", systems)
    return frozenset(actor for actor in held if actor.startswith(AUTHENTICATED))


def _same(approver: str, author: str, desk: Desk) -> str:
    """Why the approver may be the author, as far as anyone declared; empty when they are two."""
    if author.startswith(PROGRAM):
        return ""
    if author == approver:
        return f"{approver} wrote it: another person must approve"
    if author.startswith(AUTHENTICATED):
        mine = _person(approver, desk.scope)
        return (
            f"{approver} wrote it as {author}"
            if mine and mine == _person(author, desk.scope)
            else ""
        )
    who = _person(author, desk.scope)
    if not who:
        return f"nobody declared who {author} is, who wrote it: list them in roles.yaml, people"
    if who == _person(approver, desk.scope):
        return f"{approver} wrote it as {author}: another person must approve"
    return ""


def _person(actor: str, scope: Scope) -> str:
    return next((each.id for each in scope.people if actor in each.actors), "")


def authors_of(drafter: str, answered: Iterable[str]) -> tuple[str, ...]:
    """Everyone who wrote a part of the draft, once."""
    return tuple(dict.fromkeys([drafter, *answered]))
