"""The facts of one system and its entity: what the scope says, and what it leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zicha.catalog.conditions import Fact
from zicha.catalog.scope import Scope
from zicha.catalog.scope_duties import DeclaredFact
from zicha.catalog.scope_entities import System
from zicha.model.errors import ConfigError

Value = bool | int | frozenset[str]

APP_KINDS = frozenset(("app_and_backend",))
SERVICE_KINDS = frozenset(("portal", "app_store", "app_and_backend", "network_transaction"))


@dataclass(frozen=True, slots=True)
class Range:
    """A number that is known only to lie between two; no upper one when that is open."""

    low: int
    high: int | None


class FactSheet:
    """Every fact of a system, each read in one way; None is "the scope does not say"."""

    def __init__(self, scope: Scope, system: str, known: Mapping[str, Fact]) -> None:
        """Hold the system, its entity, and the entity's other systems."""
        self._scope, self._known = scope, known
        self._system = scope.system(system)
        self._entity = scope.entity(self._system.entity)
        self._systems = [each for each in scope.systems if each.entity == self._entity.id]
        for said in scope.duties.facts:
            _check(said, known)
        self._readers: dict[str, Callable[[], Value | Range | None]] = {
            "licences": lambda: frozenset(each.kind for each in self._entity.licences),
            "province": lambda: frozenset((self._entity.province.zh, self._entity.province.en)),
            "business_kinds": lambda: frozenset(self._system.kinds),
            "mlps_level": lambda: self._system.level,
            "unit_level": self._unit_level,
            "cii": self._cii,
            "important_data": self._important_data,
            "network_operator": lambda: True,
            "network_data_processor": lambda: True,
            "pi_processor": self._pi_processor,
            "pi_persons": self._persons,
            "miit_data_processor": lambda: bool(self._entity.licences) or None,
            "app_operator": lambda: bool(APP_KINDS & self._kinds()) or None,
            "app_store": lambda: "app_store" in self._kinds() or None,
            "internet_information_service": lambda: bool(SERVICE_KINDS & self._kinds()) or None,
            "isp": lambda: any(each.kind == "isp" for each in self._entity.licences) or None,
        }

    def value(self, name: str) -> Value | Range | None:
        """The fact: what was declared for the system, then the entity, then what the scope says."""
        for of in (self._system.id, self._entity.id):
            said = self._scope.duties.fact(of, name)
            if said is not None:
                return frozenset(said.value) if isinstance(said.value, tuple) else said.value
        reader = self._readers.get(name)
        return None if reader is None else reader()

    def fact(self, name: str) -> Fact:
        """What the fact is called, and where it is declared."""
        return self._known[name]

    def _kinds(self) -> frozenset[str]:
        return frozenset(kind for each in self._systems for kind in each.kinds)

    def _unit_level(self) -> int | None:
        unit = self._system.miit_unit
        return None if unit is None else int(unit.grade.partition(".")[0])

    def _cii(self) -> bool | None:
        # A default is no statement: only what the user wrote is.
        if "critical_infrastructure" in self._system.model_fields_set:
            return self._system.critical_infrastructure
        if "critical_infrastructure" not in self._entity.model_fields_set:
            return None
        return None if self._entity.critical_infrastructure else False

    def _important_data(self) -> bool | None:
        said = "important_data" in self._system.model_fields_set
        return self._system.important_data if said else None

    def _pi_processor(self) -> bool | None:
        if any("user_information" in each.holds for each in self._systems):
            return True
        return False if all(_says_holds(each) for each in self._systems) else None

    def _persons(self) -> Range | None:
        """One person may stand in several systems: at least the largest, at most the sum."""
        counts = [_count(each) for each in self._systems]
        known = [count for count in counts if count is not None]
        if not known:
            return None
        return Range(max(known), sum(known) if len(known) == len(counts) else None)


def _says_holds(system: System) -> bool:
    return "holds" in system.model_fields_set


def _count(system: System) -> int | None:
    if "persons" in system.model_fields_set:
        return system.persons
    return 0 if _says_holds(system) and "user_information" not in system.holds else None


def _check(said: DeclaredFact, known: Mapping[str, Fact]) -> None:
    where = f"duties.yaml: the fact {said.fact} of {said.of}"
    if said.fact not in known:
        raise ConfigError(f"{where} is not known: choose one of {', '.join(sorted(known))}")
    if wrong := known[said.fact].refuses(said.value):
        raise ConfigError(f"{where} {wrong}")
