"""What is known of one incident, as its file says it; what it does not say stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from zicha.catalog.conditions import Fact, Word
from zicha.catalog.scope import Scope
from zicha.catalog.shapes import Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.duties.facts import FactSheet, Range, Value
from zicha.model.errors import ConfigError

Stated = bool | Annotated[int, Field(ge=0)] | tuple[str, ...]
NOTHING: dict[str, Value] = {"flag": False, "number": 0, "words": frozenset()}
UNKNOWN_CAUSE = "unknown"


class IncidentFile(Strict):
    """One incident's facts.

    Args:
        system: the system it hit; its scope then says who we are.
        who: facts about us that the scope does not say, or says otherwise.
        learned_by_vendor_at: when a vendor of ours knew, if before us.
        complete: whatever `facts` does not say did not happen; without it, it is unknown.
        facts: what happened, by the names of incident_facts.yaml.
        report: what is already written for the report, by the fields of its form.
    """

    system: Slug | None = None
    who: dict[Word, Stated] = Field(default_factory=dict)
    discovered_at: datetime
    occurred_at: datetime | None = None
    learned_by_vendor_at: datetime | None = None
    handling_finished_at: datetime | None = None
    complete: bool = False
    facts: dict[Word, Stated] = Field(default_factory=dict)
    report: dict[Word, str] = Field(default_factory=dict)

    @field_validator("discovered_at", "occurred_at", "learned_by_vendor_at", "handling_finished_at")
    @classmethod
    def _says_its_zone(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment.tzinfo is None:
            raise ValueError("says no zone: write 2026-10-02T03:10+08:00")
        return moment

    @model_validator(mode="after")
    def _goes_forward(self) -> IncidentFile:
        finished = self.handling_finished_at
        if finished is not None and finished < self.discovered_at:
            raise ValueError("handling_finished_at lies before discovered_at: correct one of them")
        return self


class IncidentSheet:
    """The facts of the incident, asked one by one."""

    def __init__(self, file: IncidentFile, known: Mapping[str, Fact]) -> None:
        """Hold the file; a fact that nobody knows, or of another kind, is refused."""
        _check(file.facts, known, "facts")
        self._file, self._known = file, known

    def value(self, name: str) -> Value | Range | None:
        """What the file says; an unknown cause is unknown, however complete the rest is."""
        said = self._file.facts.get(name)
        if said is None:
            return NOTHING[self._known[name].kind] if self._file.complete else None
        if isinstance(said, tuple):
            return None if UNKNOWN_CAUSE in said else frozenset(said)
        return said

    def fact(self, name: str) -> Fact:
        """What the fact is called."""
        return self._known[name]


class WhoSheet:
    """Who we are: the file first, then the scope, then what every network operator is."""

    ALWAYS = ("network_operator", "network_data_processor")

    def __init__(self, file: IncidentFile, scope: Scope | None, known: Mapping[str, Fact]) -> None:
        """Hold the file, and the scope when the file names a system of it."""
        _check(file.who, known, "who")
        if file.system is not None and scope is None:
            raise ConfigError(f"the incident names the system {file.system}: give its scope")
        self._file, self._known = file, known
        in_scope = scope is not None and file.system is not None
        self._sheet = FactSheet(scope, file.system, known) if in_scope else None  # type: ignore[arg-type]

    def value(self, name: str) -> Value | Range | None:
        """The fact about us."""
        said = self._file.who.get(name)
        if said is not None:
            return frozenset(said) if isinstance(said, tuple) else said
        if self._sheet is not None:
            return self._sheet.value(name)
        return self._derived(name)

    def fact(self, name: str) -> Fact:
        """What the fact is called, and where it is declared."""
        return self._known[name]

    def _derived(self, name: str) -> bool | None:
        if name in self.ALWAYS:
            return True
        if name == "pi_processor" and self._file.facts.get("leak"):
            return True
        if name == "miit_data_processor" and self._file.who.get("licences"):
            return True
        # Who we are is never complete by default: an unsaid "CII" would cost three of four hours.
        return None


def load_incident(path: Path) -> IncidentFile:
    """Read one incident's file, or refuse it in one sentence."""
    if not path.is_file():
        raise ConfigError(f"{path} is not a file: name the file with the incident's facts")
    return load_model(path, IncidentFile)


def _check(said: Mapping[str, Stated], known: Mapping[str, Fact], where: str) -> None:
    for name, value in said.items():
        if name not in known:
            raise ConfigError(f"{where}: {name} is no fact that is known: correct or remove it")
        if wrong := known[name].refuses(value):
            raise ConfigError(f"{where}: {name} {wrong}")
