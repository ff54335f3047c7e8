"""Roles: who may do what about findings, and which acts take a second, verified person."""

from __future__ import annotations

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
    from collections.abc import Collection

    from zicha.catalog.scope import Scope

RoleName = Literal["viewer", "engineer", "officer", "approver", "auditor"]
Channel = Literal["os", "airflow", "slack"]


class NamedRole(Strict):
    """One of the five roles."""

    id: RoleName
    title: Said


class RoleAct(Strict):
    """What may be done, by which command, and the roles that it takes."""

    id: Slug
    title: Said
    command: str
    takes: Annotated[tuple[RoleName, ...], Field(min_length=1)]
    second_person: bool = False


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
        return self

    def act(self, id_: str) -> RoleAct:
        """One act; an unknown id is our own mistake, told as what there is."""
        found = {act.id: act for act in self.acts}
        if id_ not in found:
            raise ConfigError(f"no act {id_} in roles.yaml: there is {', '.join(found)}")
        return found[id_]

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

    Whom no role of the scope names has what the catalogue gives to its channel.
    """
    mine = [role for role in scope.roles if actor in role.actors]
    if not mine:
        channel = actor.partition(":")[0]
        return frozenset(name for key, names in load_roles().unlisted.items()
                         if key == channel for name in names)  # fmt: skip
    held = [role for role in mine if not role.systems or set(systems) <= set(role.systems)]
    # A role for some systems says nothing about a resource that belongs to none.
    held = [role for role in held if systems or not role.systems]
    names = {name for role in held for name in role.acts_as}
    names |= {"approver" for role in held if "approve" in role.may}
    return frozenset((*names, "viewer"))


def refusal(scope: Scope, actor: str, act: RoleAct, systems: Collection[str] = ()) -> str:
    """Why an actor may not do this; empty when it may."""
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
