"""What an authority sent: file, authority and moment, checked before anything is kept."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from zicha.catalog.duties import duty_named, load_duties
from zicha.catalog.notices import When
from zicha.catalog.regulators import load_regulators
from zicha.catalog.roots import templates_dir
from zicha.catalog.scope import Scope
from zicha.catalog.yaml_files import load_yaml, parse_model
from zicha.custody.entry import Commitment, commitment
from zicha.duties.time import ZONE, end_of, start_of
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.pipeline.workplace import Workplace
from zicha.storage.ledgered import OUTSIDE
from zicha.storage.ledgered_inspections import DOCUMENT

FileT = TypeVar("FileT", bound=BaseModel)
TEMPLATES = {"inspection": "inspection.yaml", "order": "order.yaml"}


def template_of(what: str) -> str:
    """A notice or an order to fill in, as it is shipped."""
    return (templates_dir() / "received" / TEMPLATES[what]).read_text(encoding="utf-8")


def read_file(path: Path, model: type[FileT]) -> FileT:
    """Read the file whole, or refuse it in one sentence that names file and key."""
    if not path.is_file():
        raise ConfigError(f"{path} is not a file: name the file that holds what was received")
    return parse_model(load_yaml(path), model, str(path))


def checked_authority(authority: str, duty: str | None, path: Path) -> None:
    """The catalogue knows the authority, and the duty where one is named."""
    known = load_regulators()
    if authority not in known:
        raise ConfigError(f"{path}: no authority {authority}: choose one of {', '.join(known)}")
    if duty:
        duty_named(load_duties(), duty)


def office_of(scope: Scope, authority: str, system: str) -> Text:
    """The office that answers for the entity of a system; the id of one that left the catalogue."""
    known = load_regulators().get(authority)
    if known is None:
        return Text(authority, authority)
    entity = scope.entity(entity_of(scope, system))
    return known.office_for(entity.province, entity.city)


def entity_of(scope: Scope, of: str) -> str:
    """The entity itself, or the one that answers for a system."""
    return of if any(e.id == of for e in scope.entities) else scope.system(of).entity


def systems_of(scope: Scope, of: str) -> list[str]:
    """The system itself, or every system of an entity.

    Raises:
        ConfigError: the scope declares neither.
    """
    if any(entity.id == of for entity in scope.entities):
        return [system.id for system in scope.systems if system.entity == of]
    return [scope.system(of).id]


def received_at(when: When, now: datetime, path: Path) -> datetime:
    """The moment of receipt, which must have come."""
    at = moment_in_zone(when)
    if at > now:
        raise ConfigError(f"{path}: received {when.isoformat()} has not come yet: correct it")
    return at


def moment_in_zone(when: When, *, last: bool = False) -> datetime:
    """A day's first or last second, or the moment as it was written."""
    if not isinstance(when, datetime):
        return end_of(when) if last else start_of(when)
    return when if when.tzinfo else when.replace(tzinfo=ZONE)


def day_of(at: datetime) -> date:
    """The day in the regulators' zone."""
    return at.astimezone(ZONE).date()


def paper(place: Workplace, path: Path, *, sealed: bool) -> tuple[dict[str, Any], Commitment]:
    """What is known of a file: its name, size and digests; sealed, the store keeps its bytes.

    Raises:
        ConfigError: it cannot be read, or is empty.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {path} ({error.strerror}): name another file") from error
    if not data:
        raise ConfigError(f"{path} is empty: name the file that was meant")
    if sealed:
        place.store.put(data)
    held = commitment(data, DOCUMENT if sealed else OUTSIDE)
    said = {"name": path.name, "sha256": held.sha256, "sm3": held.sm3, "size": held.size}
    return said, held
