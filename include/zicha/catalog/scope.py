"""The user's scope: their files, read strictly, checked against each other, known by a digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError

from zicha.catalog.escalation import Escalation
from zicha.catalog.scope_alerts import Alerts
from zicha.catalog.scope_answers import (
    Attestation,
    Person,
    RegisterFile,
    RetentionOverride,
    Role,
    ThresholdOverride,
    Unlisted,
    Waiver,
)
from zicha.catalog.scope_duties import DutyDeclarations
from zicha.catalog.scope_entities import Entity, Organisation, System
from zicha.catalog.scope_links import check_links
from zicha.catalog.scope_objects import Object
from zicha.catalog.scope_sources import (
    DropSource,
    LinuxSource,
    OneSource,
    RegisterSource,
    Source,
    places_of,
)
from zicha.catalog.shapes import Strict
from zicha.catalog.terms import OwnTerms
from zicha.catalog.yaml_files import in_one_sentence, load_model, load_yaml, parse_model
from zicha.model.errors import ConfigError


class _Entities(Strict):
    entities: tuple[Entity, ...]


class _Systems(Strict):
    systems: tuple[System, ...]


class _Objects(Strict):
    objects: tuple[Object, ...]


class _Sources(Strict):
    sources: tuple[Source, ...]


class _Attestations(Strict):
    attestations: tuple[Attestation, ...] = ()


class _Waivers(Strict):
    waivers: tuple[Waiver, ...] = ()


class _Thresholds(Strict):
    thresholds: tuple[ThresholdOverride, ...] = ()


class _Retention(Strict):
    retention: tuple[RetentionOverride, ...] = ()


class _Roles(Strict):
    roles: tuple[Role, ...] = ()
    people: tuple[Person, ...] = ()
    unlisted: Unlisted = Field(default_factory=dict)


FILES: dict[str, type[Strict]] = {
    "organisation": Organisation,
    "entities": _Entities,
    "systems": _Systems,
    "objects": _Objects,
    "sources": _Sources,
    "attestations": _Attestations,
    "waivers": _Waivers,
    "thresholds": _Thresholds,
    "retention": _Retention,
    "roles": _Roles,
    "duties": DutyDeclarations,
    "escalation": Escalation,
    "alerts": Alerts,
    "rectification": OwnTerms,
}
_WHOLE = {"organisation", "duties", "escalation", "alerts", "rectification"}
MemberT = TypeVar(
    "MemberT",
    Entity,
    System,
    OneSource,
)

_MAY_BE_ABSENT = {
    *("attestations", "waivers", "thresholds", "retention", "roles", "duties", "escalation"),
    "alerts",
    "rectification",
}


class Scope(Strict):
    """Everything that the user's folder declares; nothing else is in scope."""

    folder: Path
    digest: str
    organisation: Organisation
    entities: tuple[Entity, ...]
    systems: tuple[System, ...]
    objects: tuple[Object, ...]
    sources: tuple[Source, ...]
    attestations: tuple[Attestation, ...] = ()
    registered: dict[str, tuple[Attestation, ...]] = Field(default_factory=dict)
    """What each register source holds, by the source's id."""
    waivers: tuple[Waiver, ...] = ()
    thresholds: tuple[ThresholdOverride, ...] = ()
    retention: tuple[RetentionOverride, ...] = ()
    roles: tuple[Role, ...] = ()
    people: tuple[Person, ...] = ()
    unlisted: Unlisted = Field(default_factory=dict)
    """By channel, what an actor has whom no role names: as the catalogue says, or less."""
    duties: DutyDeclarations = DutyDeclarations()
    escalation: Escalation | None = None
    """The user's own table, whole; without one the catalogue's holds."""
    alerts: Alerts = Alerts()
    rectification: OwnTerms = OwnTerms()

    @property
    def demo(self) -> bool:
        """Everything here is invented: 演示数据."""
        return self.organisation.demo

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The sources of each host group."""
        hosts = [source for source in self.sources if isinstance(source, LinuxSource)]
        names = sorted({group for host in hosts for group in host.groups})
        return {name: tuple(h.id for h in hosts if name in h.groups) for name in names}

    def system(self, id_: str) -> System:
        """One graded system; an unknown id is refused with the ids that there are."""
        return _found(self.systems, id_, "system")

    def entity(self, id_: str) -> Entity:
        """One legal person."""
        return _found(self.entities, id_, "entity")

    def source(self, id_: str) -> Source:
        """One source."""
        return _found(self.sources, id_, "source")

    def objects_in(self, system: str) -> list[Object]:
        """The objects that a system declares."""
        return [object_ for object_ in self.objects if system in object_.systems]

    def path(self, relative: str) -> Path:
        """A path as the files write it: relative to the scope's folder."""
        return (self.folder / relative).resolve()

    def places(self, kind: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
        """Every place of this kind of source that is in scope, by these columns and `source`."""
        found: dict[tuple[str, ...], dict[str, str]] = {}
        for source in self.sources:
            for place in places_of(source) if source.kind == kind else ():
                missing = [name for name in columns if name not in place]
                if missing and isinstance(source, DropSource):
                    continue  # it holds another register
                if missing:
                    raise ConfigError(f"a source of kind {kind} has no {missing[0]}: correct it")
                row = {"source": source.id} | {name: place[name] for name in columns}
                found.setdefault(tuple(row.values()), row)
        return list(found.values())


def load_scope(folder: Path) -> Scope:
    """Read the folder whole, or refuse it in one sentence that names file and key."""
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder: name the folder that holds organisation.yaml")
    seen: dict[str, bytes] = {}
    parts: dict[str, object] = {}
    for name, model in FILES.items():
        path = folder / f"{name}.yaml"
        if name in _MAY_BE_ABSENT and not path.exists():
            continue
        loaded = load_model(path, model)
        seen[path.name] = path.read_bytes()
        parts[name] = loaded if name in _WHOLE else getattr(loaded, name)
        if isinstance(loaded, _Roles):
            parts["people"] = loaded.people
            parts["unlisted"] = loaded.unlisted
    try:
        scope = Scope.model_validate({"folder": folder.resolve(), "digest": "", **parts})
    except ValidationError as error:
        raise ConfigError(f"{folder}: {in_one_sentence(error)}") from error
    registered = {
        source.id: _register(scope.path(source.file), seen, source.file)
        for source in scope.sources
        if isinstance(source, RegisterSource)
    }
    scope = scope.model_copy(update={"registered": registered, "digest": _digest(seen)})
    check_links(scope)
    return scope


def json_schemas() -> dict[str, dict[str, object]]:
    """The JSON Schema of each file of the scope, by file name, the register included."""
    models = FILES | {"register": RegisterFile}
    return {name: model.model_json_schema() for name, model in models.items()}


def _register(path: Path, seen: dict[str, bytes], name: str) -> tuple[Attestation, ...]:
    # A register that cannot be read is a gap of its source, found when it is collected.
    try:
        raw = path.read_bytes()
    except OSError:
        return ()
    seen[name] = raw
    try:
        return parse_model(load_yaml(path), RegisterFile, str(path)).attestations
    except ConfigError:
        return ()


def _digest(seen: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, raw in sorted(seen.items()):
        whole.update(f"{name}\0{hashlib.sha256(raw).hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def _found(members: Iterable[MemberT], id_: str, what: str) -> MemberT:
    by_id = {member.id: member for member in members}
    if id_ not in by_id:
        known = ", ".join(by_id) or "none"
        raise ConfigError(f"no {what} {id_} in the scope: there is {known}")
    return by_id[id_]
