"""Opening what the scope declares, kind by kind, and the places it must answer for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.scope_sources import Source
from zicha.catalog.yaml_files import load_yaml
from zicha.collectors import collectors
from zicha.model.collector import Collector
from zicha.model.errors import ConfigError
from zicha.pipeline.workplace import Workplace


@contextmanager
def opened(place: Workplace, source: Source, run: str) -> Iterator[Any]:
    """Open the source for one batch, and let go of it."""
    found = _open(place, source, run)
    try:
        yield found
    finally:
        close = getattr(found, "close", None)
        if close:
            close()


def _open(place: Workplace, source: Any, run: str) -> Any:
    opener = _OPENERS.get(source.kind)
    if opener is None:
        raise ConfigError(f"source {source.id} is of the kind {source.kind}, which nothing opens")
    return opener(place, source, run)


def _aws(place: Workplace, source: Any, run: str) -> Any:
    from zicha.sources.aws_door import open_account

    session = place.credentials.aws_session(source.credential)
    return open_account(source, session, session_name=f"zicha-{run}")


def _linux(place: Workplace, source: Any, _run: str) -> Any:
    from zicha.sources.host import open_host

    return open_host(source, place.credentials, place.scope.folder)


def _cloudtrail(place: Workplace, source: Any, _run: str) -> Any:
    from zicha.sources.log_folder import open_log_folder

    return open_log_folder(source, place.scope.folder, place.clock())


def _register(place: Workplace, source: Any, _run: str) -> Any:
    from zicha.sources.register import Register

    kinds = load_attestation_kinds()
    return Register(
        source.id,
        place.scope.path(source.file),
        load_yaml,
        place.scope.organisation.zone,
        two_signers=[kind.id for kind in kinds.values() if kind.second_signer],
        documents=[kind.id for kind in kinds.values() if kind.document],
    )


def _database(place: Workplace, source: Any, _run: str) -> Any:
    from zicha.sources.database import open_database

    return open_database(source, place.credentials, place.scope.folder)


def _drop(place: Workplace, source: Any, run: str) -> Any:
    from zicha.pipeline.runs.drops import open_drop

    return open_drop(place, source, run)


def _directory(place: Workplace, source: Any, _run: str) -> Any:
    from zicha.sources.directory import open_directory

    password = place.credentials.secret(source.credential) if source.credential else ""
    return open_directory(source, password, place.scope.folder)


def _public(place: Workplace, source: Any, _run: str) -> Any:
    from zicha.sources.public import open_public

    return open_public(source, place.scope.folder)


_OPENERS: dict[str, Callable[[Workplace, Any, str], Any]] = {
    "aws": _aws,
    "linux": _linux,
    "cloudtrail": _cloudtrail,
    "register": _register,
    "postgresql": _database,
    "mysql": _database,
    "drop": _drop,
    "directory": _directory,
    "public": _public,
}


def asked_of(place: Workplace, source: Source) -> list[Collector]:
    """The collectors that ask this source: those of its kind that have a place in it."""
    mine = [each for each in collectors().values() if each.source == source.kind]
    return [each for each in mine if places_of(place, source, each)]


def places_of(place: Workplace, source: Source, collector: Collector) -> list[tuple[str, ...]]:
    """The places of one source that this collector is expected to list."""
    rows = place.scope.places(source.kind, collector.places)
    return [
        tuple(row[name] for name in collector.places) for row in rows if row["source"] == source.id
    ]
