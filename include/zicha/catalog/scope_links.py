"""What no file can check alone: the files of a scope name each other's ids, and each id once."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.roles import load_roles
from zicha.catalog.scope_sources import AwsSource, CloudTrailSource, DropSource, PublicSource
from zicha.catalog.terms import check_terms
from zicha.model.errors import ConfigError

if TYPE_CHECKING:
    from zicha.catalog.scope import Scope

_SHOWN = 8


def check_links(scope: Scope) -> None:
    """Refuse the first unknown or repeated id, naming file and key."""
    for name in ("entities", "systems", "objects", "sources", "attestations", "waivers"):
        _once(f"{name}.yaml", (member.id for member in getattr(scope, name)))
    for name in ("thresholds", "retention", "roles"):
        _once(f"{name}.yaml", (member.id for member in getattr(scope, name)))
    _once("roles.yaml, people", (person.id for person in scope.people))
    _once("roles.yaml, people", (actor for person in scope.people for actor in person.actors))
    entities = {entity.id for entity in scope.entities}
    systems = {system.id for system in scope.systems}
    sources = {source.id for source in scope.sources}
    for n, system in enumerate(scope.systems):
        _known("systems.yaml", f"systems[{n}].entity", [system.entity], entities)
    for n, object_ in enumerate(scope.objects):
        _known("objects.yaml", f"objects[{n}].systems", object_.systems, systems)
    for n, role in enumerate(scope.roles):
        _known("roles.yaml", f"roles[{n}].systems", role.systems, systems)
    for n, waiver in enumerate(scope.waivers):
        named = [] if waiver.system is None else [waiver.system]
        _known("waivers.yaml", f"waivers[{n}].system", named, systems)
        named = [] if waiver.source is None else [waiver.source]
        _known("waivers.yaml", f"waivers[{n}].source", named, sources)
    for key in ("facts", "anchors", "notices"):
        for n, said in enumerate(getattr(scope.duties, key)):
            _known("duties.yaml", f"{key}[{n}].of", [said.of], entities | systems)
    owners = _owners(scope)
    for n, route in enumerate(scope.alerts.routes):
        _known("alerts.yaml", f"routes[{n}].systems", route.systems, systems)
        _known("alerts.yaml", f"routes[{n}].owners", route.owners, owners)
    _check_unlisted(scope)
    _check_drops(scope)
    _check_public_names(scope)
    _check_selectors(scope)
    _check_attestations(scope, systems)
    _check_not_present(scope)
    check_terms(scope.rectification)


def _owners(scope: Scope) -> set[str]:
    """The names of owners; one who has two names in English would be told of under either."""
    english: dict[str, str] = {}
    for n, system in enumerate(scope.systems):
        if system.owner is None:
            continue
        other = english.setdefault(system.owner.zh, system.owner.en)
        if other != system.owner.en:
            raise ConfigError(
                f"systems.yaml: systems[{n}].owner.en: {system.owner.zh} is {other} in another "
                "system: write one of them in both"
            )
    return {*english, *english.values()}


def _check_unlisted(scope: Scope) -> None:
    for channel, names in scope.unlisted.items():
        given = load_roles().unlisted.get(channel, ())
        if more := sorted(set(names) - set(given)):
            raise ConfigError(
                f"roles.yaml: unlisted.{channel}: {more[0]} is more than an actor may have whom no "
                "role names: list the actor under roles"
            )


def _check_drops(scope: Scope) -> None:
    accounts = {source.id for source in scope.sources if isinstance(source, AwsSource)}
    for n, source in enumerate(scope.sources):
        if isinstance(source, DropSource) and source.aws:
            _known("sources.yaml", f"sources[{n}].aws", [source.aws], accounts)


def _check_public_names(scope: Scope) -> None:
    # Two sources could ask the same host at the same moment, which is not polite.
    seen: dict[tuple[str, str], str] = {}
    for n, source in enumerate(scope.sources):
        if not isinstance(source, PublicSource):
            continue
        for key, names in source.names.items():
            for name in names if key != "apps" else ():
                other = seen.setdefault((key, name), source.id)
                if other != source.id:
                    raise ConfigError(
                        f"sources.yaml: sources[{n}].{key}: {name} stands in {other} too: keep one"
                    )


def _check_selectors(scope: Scope) -> None:
    sources = {source.id: source for source in scope.sources}
    for n, object_ in enumerate(scope.objects):
        for m, selector in enumerate(object_.selects):
            key = f"objects[{n}].selects[{m}]"
            if selector.group is not None:
                _known("objects.yaml", f"{key}.group", [selector.group], set(scope.groups))
                continue
            _known("objects.yaml", f"{key}.source", [str(selector.source)], set(sources))
            source = sources[str(selector.source)]
            if isinstance(source, AwsSource):
                accounts, regions = {source.account}, set(source.regions)
            elif isinstance(source, CloudTrailSource):
                accounts, regions = set(source.accounts), set(source.regions)
            else:
                accounts, regions = set(), set()
            named = [] if selector.account is None else [selector.account]
            _known("objects.yaml", f"{key}.account", named, accounts)
            named = [] if selector.region is None else [selector.region]
            _known("objects.yaml", f"{key}.region", named, regions)


def _check_attestations(scope: Scope, systems: set[str]) -> None:
    objects = {object_.id for object_ in scope.objects}
    kinds = set(load_attestation_kinds())
    for n, attestation in enumerate(scope.attestations):
        if attestation.document:
            raise ConfigError(
                f"attestations.yaml: attestations[{n}].document: only a register's documents are "
                "read and hashed: enter it in the file of a source of kind register"
            )
    files = {"attestations.yaml": scope.attestations}
    for source, held in scope.registered.items():
        name = str(getattr(scope.source(source), "file", source))
        _once(name, (attestation.id for attestation in held))
        files[name] = held
    for name, held in files.items():
        for n, attestation in enumerate(held):
            key = f"attestations[{n}]"
            _known(name, f"{key}.kind", [attestation.kind], kinds)
            _known(name, f"{key}.system", [attestation.system], systems)
            _known(name, f"{key}.objects", attestation.objects, objects)


def _check_not_present(scope: Scope) -> None:
    for n, system in enumerate(scope.systems):
        declared = {object_.type for object_ in scope.objects_in(system.id)}
        for m, absent in enumerate(system.not_present):
            if absent.type in declared:
                raise ConfigError(
                    f"systems.yaml: systems[{n}].not_present[{m}].type: objects.yaml declares a "
                    f"{absent.type} of {system.id}: remove one of the two"
                )


def _once(file: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for id_ in ids:
        if id_ in seen:
            raise ConfigError(f"{file}: the id {id_} stands twice: rename one")
        seen.add(id_)


def _known(file: str, key: str, named: Iterable[str], known: set[str]) -> None:
    for id_ in named:
        if id_ not in known:
            raise ConfigError(f"{file}: {key}: {id_} is not declared: {_offered(id_, known)}")


def _offered(id_: str, known: set[str]) -> str:
    close = get_close_matches(id_, sorted(known), 3) or sorted(known)[:_SHOWN]
    more = len(known) - len(close)
    return f"there is {', '.join(close) or 'none'}" + (f" and {more} more" if more else "")
