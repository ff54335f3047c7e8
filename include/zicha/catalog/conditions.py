"""Who a duty binds: a closed vocabulary of conditions over what the scope declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Strict
from zicha.catalog.yaml_files import load_model

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]
"""`lower_case_words`: a fact of the scope, a moment, a field of a report."""

FORMS = ("all", "any", "not", "field")
TESTS = ("set", "equals", "at_least", "at_most")


class Fact(Strict):
    """Something about an entity or a system that decides whether a duty binds.

    Args:
        kind: true or false, a number, or a set of words.
        of: whom it is said of; what is said of an entity holds for its systems.
        declared: where the user declares it.
        words: the closed list of a set of words; empty where any word may stand.
    """

    id: Word
    title: Said
    kind: Literal["flag", "number", "words"]
    of: Literal["entity", "system", "incident"]
    declared: Said
    words: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _lists_words_of_words_only(self) -> Fact:
        if self.words and self.kind != "words":
            raise ValueError(f"{self.id} is a {self.kind}: it has no list of words")
        return self

    def refuses(self, value: bool | int | tuple[str, ...]) -> str:
        """What is wrong with this value, or nothing: a misspelt word would count as a no."""
        kinds: dict[type, str] = {bool: "flag", int: "number", tuple: "words"}
        if kinds[type(value)] != self.kind:
            wanted = {"flag": "true or false", "number": "a number", "words": "a list of words"}
            return f"must be {wanted[self.kind]}"
        odd = self.odd_among(value) if isinstance(value, tuple) else ""
        return f"has no {odd!r}: choose among {', '.join(self.words)}" if odd else ""

    def odd_among(self, words: Iterable[str]) -> str:
        """The first word that is not of the list."""
        return next((word for word in words if self.words and word not in self.words), "")


class FactFile(Strict):
    """The file that names every fact."""

    facts: Annotated[tuple[Fact, ...], Field(min_length=1)]


class Condition(Strict):
    """One of: `all`, `any`, `not`, or a `field` with exactly one test."""

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    none_of: Annotated[Condition | None, Field(alias="not")] = None
    field: Word | None = None
    members: Annotated[tuple[str, ...], Field(alias="set")] = ()
    """True when the field holds at least one of these words."""
    equals: bool | int | None = None
    at_least: int | None = None
    at_most: int | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Condition:
        given = self.model_dump(by_alias=True, exclude_defaults=True)
        forms = [name for name in FORMS if name in given]
        tests = [name for name in TESTS if name in given]
        if len(forms) != 1:
            raise ValueError("write exactly one of all, any, not, field")
        if len(tests) != (1 if self.field else 0):
            raise ValueError("a field takes exactly one of set, equals, at_least, at_most")
        return self

    def fields(self) -> Iterator[str]:
        """Every fact that it reads."""
        if self.field:
            yield self.field
        for part in (*self.all, *self.any, *([self.none_of] if self.none_of else [])):
            yield from part.fields()

    def mismatch(self, facts: dict[str, Fact]) -> str:
        """Why it cannot be asked of these facts; empty when it can."""
        for part in (*self.all, *self.any, *([self.none_of] if self.none_of else [])):
            if said := part.mismatch(facts):
                return said
        if not self.field:
            return ""
        if self.field not in facts:
            return f"{self.field} is no fact that is known: correct it or add it to duty_facts.yaml"
        flag = isinstance(self.equals, bool)
        kind = "words" if self.members else "flag" if flag else "number"
        if kind != facts[self.field].kind:
            return f"{self.field} is a {facts[self.field].kind} and is tested as a {kind}"
        if odd := facts[self.field].odd_among(self.members):
            return f"{self.field} has no word {odd}"
        return ""


def load_incident_facts(path: Path | None = None) -> dict[str, Fact]:
    """Every fact of an incident by id."""
    return load_facts(path or catalog_dir() / "incident_facts.yaml")


def load_facts(path: Path | None = None) -> dict[str, Fact]:
    """Every fact by id."""
    path = path or catalog_dir() / "duty_facts.yaml"
    return by_id(path, load_model(path, FactFile).facts)
