"""What the user tells us about duties: facts, starting days, notices, limits of their own."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from zicha.catalog.conditions import Word
from zicha.catalog.scope_entities import Named
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.model.our_time import absurd_notice


class DeclaredFact(Strict):
    """Something true of an entity or a system that no other file of the scope says."""

    of: Slug
    fact: Word
    value: bool | Annotated[int, Field(ge=0)] | tuple[str, ...]
    because: Said | None = None


class Anchor(Strict):
    """The day from which a duty's clock runs: the last assessment, the expiry of a certificate."""

    duty: Slug
    of: Slug
    day: date


class Notice(Strict):
    """A notice that carries its own date."""

    duty: Slug
    of: Slug
    number: Named
    received: date
    due: date

    @model_validator(mode="after")
    def _is_due_after_it_came(self) -> Notice:
        if wrong := absurd_notice(self.received, self.due):
            raise ValueError(wrong)
        return self


class Target(Strict):
    """Our own limit where a law says at once; without a duty, for every such duty."""

    duty: Slug | None = None
    minutes: Annotated[int, Field(ge=1, le=10080)]


class DutyDeclarations(Strict):
    """The whole file."""

    facts: tuple[DeclaredFact, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    notices: tuple[Notice, ...] = ()
    targets: tuple[Target, ...] = ()

    @model_validator(mode="after")
    def _says_each_once(self) -> DutyDeclarations:
        facts = [(said.of, said.fact) for said in self.facts]
        anchors = [(said.of, said.duty) for said in self.anchors]
        for what, listed in (("fact", facts), ("anchor", anchors)):
            twice = next((pair for pair in listed if listed.count(pair) > 1), None)
            if twice:
                raise ValueError(f"the {what} {twice[1]} of {twice[0]} stands twice: keep one")
        return self

    def fact(self, of: str, name: str) -> DeclaredFact | None:
        """What is declared of this entity or system."""
        return next((said for said in self.facts if (said.of, said.fact) == (of, name)), None)
