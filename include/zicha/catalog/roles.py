"""Roles: who may do what, by which door, and which acts take a second, verified person."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import Field, model_validator

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from zicha.catalog.scope import Scope
    from zicha.catalog.scope_answers import Role

RoleName = Literal["viewer", "engineer", "officer", "approver", "auditor"]
Channel = Literal["os", "airflow", "slack"]
Door = Literal["command", "button", "route", "dag"]


class NamedRole(Strict):
    """One of the five roles."""

    id: RoleName
    title: Said


class RoleAct(Strict):
    """What may be done, by which doors, and the roles that it takes.

    Args:
        about: over what the role must be held: the whole organisation, the systems of what the
            words name, or each thing that is touched, which the act itself looks at.
        anybody: whether no role is asked for, as nothing of the organisation is said.
    """

    id: Slug
    title: Said
    takes: tuple[RoleName, ...] = ()
    about: Literal["organisation", "subject", "each"] = "organisation"
    anybody: bool = False
    second_person: bool = False
    commands: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    dags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_who(self) -> RoleAct:
        if self.anybody == bool(self.takes):
            raise ValueError(f"{self.id}: give takes, or anybody: true, one of them")
        return self

    def doors(self, kind: Door) -> tuple[str, ...]:
        """What leads here, of one kind."""
        return {
            "command": self.commands,
            "button": self.buttons,
            "route": self.routes,
            "dag": self.dags,
        }[kind]


class Longest(Strict):
    """The most calendar days that something may be borne."""

    waiver: Annotated[int, Field(ge=1, le=3650)]
    waiver_by_button: Annotated[int, Field(ge=1, le=3650)]
    """What the form in Slack proposes for a waiver."""
    false_positive: Annotated[int, Field(ge=1, le=3650)]


class RoleTable(Strict):
    """The whole table; a role that is left out does not load."""

    id: Slug
    grade: Literal["own-proposal"]
    authenticated: tuple[Channel, ...]
    roles: tuple[NamedRole, ...]
    unlisted: dict[Channel, tuple[RoleName, ...]]
    acts: tuple[RoleAct, ...]
    longest: Longest

    @model_validator(mode="after")
    def _is_whole(self) -> RoleTable:
        held = {role.id for role in self.roles}
        if lacking := sorted(set(get_args(RoleName)) - held):
            raise ValueError(f"roles lacks {lacking[0]}: add it")
        for kind in get_args(Door):
            named = [(door, act) for act in self.acts for door in act.doors(kind)]
            shared = Counter(door for door, _ in named)
            for door, act in named:
                if shared[door] > 1 and act.about != "each":
                    raise ValueError(
                        f"{door} leads to several acts, and {act.id} is not held against each "
                        "thing: give it one act"
                    )
        return self

    def act(self, id_: str) -> RoleAct:
        """One act; an unknown id is our own mistake, told as what there is."""
        found = {act.id: act for act in self.acts}
        if id_ not in found:
            raise ConfigError(f"no act {id_} in roles.yaml: there is {', '.join(found)}")
        return found[id_]

    def acts_at(self, kind: Door, name: str) -> tuple[RoleAct, ...]:
        """The acts that a door leads to.

        Raises:
            ConfigError: nothing names it, so nobody may.
        """
        found = tuple(act for act in self.acts if name in act.doors(kind))
        if not found:
            raise ConfigError(
                f"no act of the catalogue's roles.yaml names the {kind} {name}: add it"
            )
        return found

    def verifies(self, actor: str) -> bool:
        """Whether the actor's channel verifies who speaks."""
        return actor.partition(":")[0] in self.authenticated


@cache
def load_roles(path: Path | None = None) -> RoleTable:
    """The table of the catalogue."""
    path = path or catalog_dir() / "roles.yaml"
    table = load_model(path, RoleTable)
    by_id(path, table.acts)
    return table


def roles_of(scope: Scope, actor: str, systems: Collection[str] = ()) -> frozenset[RoleName]:
    """The roles that an actor has for these systems; for all of them, where several are named.

    Whom no role of the scope names has what the catalogue gives to its channel, or less.
    """
    mine = [role for role in scope.roles if actor in role.actors]
    if not mine:
        channel = actor.partition(":")[0]
        given: dict[str, set[RoleName]] = {k: set(v) for k, v in load_roles().unlisted.items()}
        own: dict[str, set[RoleName]] = {k: set(v) for k, v in scope.unlisted.items()}
        most = given.get(channel, set())
        return frozenset(most & own.get(channel, most))
    held = [role for role in mine if not role.systems or set(systems) <= set(role.systems)]
    # A role for some systems says nothing about a resource that belongs to none.
    return _named(role for role in held if systems or not role.systems)


def roles_anywhere(scope: Scope, actor: str) -> frozenset[RoleName]:
    """The roles that an actor has for at least one system."""
    mine = [role for role in scope.roles if actor in role.actors]
    return _named(mine) if mine else roles_of(scope, actor)


def _named(held: Iterable[Role]) -> frozenset[RoleName]:
    held = list(held)
    names = {name for role in held for name in role.acts_as}
    names |= {"approver" for role in held if "approve" in role.may}
    return frozenset((*names, "viewer"))


def holders(scope: Scope, role: RoleName, systems: Collection[str] = ()) -> frozenset[str]:
    """The actors that the scope gives a role for these systems."""
    named = {actor for each in scope.roles for actor in each.actors}
    return frozenset(actor for actor in named if role in roles_of(scope, actor, systems))


def refusal(scope: Scope, actor: str, act: RoleAct, systems: Collection[str] = ()) -> str:
    """Why an actor may not do this; empty when it may."""
    if act.anybody:
        return ""
    table = load_roles()
    takes = " or ".join(act.takes)
    if act.second_person and not table.verifies(actor):
        return (
            f"{actor} may not do this ({act.id}): its channel verifies nobody, and it takes the "
            f"role {takes} over {' or '.join(table.authenticated)}"
        )
    if not roles_of(scope, actor, systems) & set(act.takes):
        return (
            f"{actor} may not do this ({act.id}): it takes the role {takes}, see acts_as in "
            "roles.yaml"
        )
    return ""


def door_refusal(
    scope: Scope,
    actor: str,
    acts: Sequence[RoleAct],
    systems: Callable[[], Collection[str]],
) -> str:
    """Why an actor may not pass a door that leads to these acts; empty when it may.

    `systems` tells which systems are meant; it is asked only when that decides.
    """
    whys = [_at_door(scope, actor, act, systems) for act in acts]
    return "" if "" in whys else whys[0]


def _at_door(scope: Scope, actor: str, act: RoleAct, systems: Callable[[], Collection[str]]) -> str:
    if act.about == "each":
        # The act looks at each thing itself; whoever may not even look is sent away here.
        return refusal(scope, actor, load_roles().act("read"))
    why = refusal(scope, actor, act)
    if why and act.about == "subject" and roles_anywhere(scope, actor) & set(act.takes):
        return refusal(scope, actor, act, systems())
    return why


def same_person(scope: Scope, second: str, first: str) -> str:
    """Why the second actor may be the first one, as far as anyone declared; empty: they are two."""
    if second == first:
        return f"{second} asked for it: another person must decide"
    mine, theirs = _person(scope, second), _person(scope, first)
    if mine and mine == theirs:
        return f"{second} asked for it as {first}: another person must decide"
    if not theirs and first.partition(":")[0] != second.partition(":")[0]:
        return f"nobody declared who {first} is, who asked for it: list them in roles.yaml, people"
    if not mine and first.partition(":")[0] != second.partition(":")[0]:
        return f"nobody declared who {second} is: list them in roles.yaml, people"
    return ""


def _person(scope: Scope, actor: str) -> str:
    return next((each.id for each in scope.people if actor in each.actors), "")
