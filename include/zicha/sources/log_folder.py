"""A folder of CloudTrail files as AWS delivers them: read within bounds, none left out silently."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from zicha.model.errors import ConfigError, MalformedAnswerError
from zicha.model.evidence import Answer, Gap, Place, Reply
from zicha.model.verdict import Reason
from zicha.sources.log_bytes import MOST_PACKED, parsed, unpacked

CALL = "read_logs"
"""Of every reply: a file that could not be read leaves its place as unknown as no listing does."""
RECORDING = "recording.json"
DELIVERY = timedelta(hours=1)
"""AWS delivers within minutes as a rule; an hour later a file that is missing is missing."""

_NAME = re.compile(
    r"(?P<account>\d{12})_CloudTrail_(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)"
    r"_(?P<stamp>\d{8}T\d{4}Z)_[A-Za-z0-9]{16}\.json(?:\.gz)?"
)
_DIGEST = re.compile(r"\d{12}_CloudTrail-Digest_.+\.json\.gz")

KEPT = (
    "eventID",
    "eventTime",
    "eventName",
    "eventSource",
    "awsRegion",
    "recipientAccountId",
    "errorCode",
    "readOnly",
    "sourceIPAddress",
)
"""The fields of an event that are kept; of its identity only what `_event` names."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole hours: from the first moment up to, not including, the last."""

    begins_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        """Refuse what has no hours, or more than a quarter of them."""
        if not timedelta() < self.ends_at - self.begins_at <= timedelta(days=92):
            raise ConfigError("the period of a log folder must last an hour to 92 days")


def settled_day(now: datetime) -> Period:
    """The last 24 whole hours whose files must have been delivered by now."""
    hour = (now.astimezone(UTC) - DELIVERY).replace(minute=0, second=0, microsecond=0)
    return Period(hour - timedelta(hours=24), hour)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    name: str
    place: Place
    delivered_at: datetime


class LogFolder:
    """The delivered files of some accounts and regions, for a period."""

    def __init__(
        self,
        id: str,  # noqa: A002
        folder: Path,
        places: Sequence[Place],
        period: Period,
        heard: Mapping[str, str] | None = None,
    ) -> None:
        """Read `folder`, and nothing outside it."""
        self.id = id
        self.places = tuple(places)
        self.period = period
        self._root = folder.resolve()
        self._heard = {"folder": folder.name, **(heard or {})}

    def replies(self) -> Iterator[Reply]:
        """One reply per file of the period, then one listing per place, which counts them."""
        names, unlisted = self._names()
        if unlisted:
            for place in self.places:
                yield Gap(place, CALL, "", *unlisted, heard=self._heard)
            return
        files, odd = self._sorted_out(names)
        for place, name, remedy in odd:
            yield Gap(place, CALL, name, Reason.NOT_COLLECTED, remedy, heard=self._heard)
        for place in self.places:
            yield from self._read([file for file in files if file.place == place], place)

    def _names(self) -> tuple[list[str], tuple[Reason, str] | None]:
        if not self._root.is_dir():
            return [], (Reason.NOT_COLLECTED, f"{self.id}: the folder is not there: create it")
        refused: list[OSError] = []
        found = [
            (Path(at) / name).relative_to(self._root).as_posix()
            for at, _, names in os.walk(self._root, onerror=refused.append, followlinks=False)
            for name in names
        ]
        if refused:
            where = Path(str(refused[0].filename)).name
            return [], (Reason.REFUSED, f"{self.id}: grant read and list on the folder {where}")
        return sorted(found), None

    def _sorted_out(self, names: list[str]) -> tuple[list[_File], list[tuple[Place, str, str]]]:
        files: list[_File] = []
        odd: list[tuple[Place, str, str]] = []
        strange: dict[Place, list[str]] = {}
        for name in names:
            base = name.rpartition("/")[2]
            if base.startswith(".") or name == RECORDING or _DIGEST.fullmatch(base):
                continue
            found = _NAME.fullmatch(base)
            stamp = _stamp(found["stamp"]) if found else None
            if found is None or stamp is None:
                odd.append(((self.id, "unnamed"), name, "not named as AWS names its files: remove"))
                continue
            place: Place = (found["account"], found["region"])
            if place not in self.places:
                strange.setdefault(place, []).append(name)
            elif self.period.begins_at <= stamp < self.period.ends_at + DELIVERY:
                files.append(_File(self._root / name, name, place, stamp))
        for place, theirs in strange.items():
            says = f"{len(theirs)} files of {' '.join(place)}, outside the scope: declare or remove"
            odd.append((place, theirs[0], f"{self.id} holds {says}"))
        return files, odd

    def _read(self, files: list[_File], place: Place) -> Iterator[Reply]:
        listed: list[dict[str, object]] = []
        unread: list[str] = []
        for file in files:
            reply = self._opened(file)
            yield reply
            entry: dict[str, object] = {
                "name": file.name,
                "delivered_at": file.delivered_at.isoformat(),
                "is_read": isinstance(reply, Answer),
                "sha256": reply.heard.get("sha256", ""),
            }
            listed.append(entry)
            unread += [] if entry["is_read"] else [file.name]
        body = {
            "begins_at": self.period.begins_at.isoformat(),
            "ends_at": self.period.ends_at.isoformat(),
            "files": listed,
        }
        listing = json.dumps(listed, sort_keys=True).encode()
        heard = {**self._heard, "sha256_of_listing": hashlib.sha256(listing).hexdigest()}
        remedy = f"{len(unread)} of {len(files)} files could not be read: {', '.join(unread[:3])}"
        if unread:
            yield Answer(place, CALL, "", body, heard, cut=Reason.PARTIAL, remedy=remedy)
        else:
            yield Answer(place, CALL, "", body, heard)

    def _opened(self, file: _File) -> Reply:
        heard = dict(self._heard)
        try:
            packed = self._bytes(file)
            heard["sha256"] = hashlib.sha256(packed).hexdigest()
            body = parsed(unpacked(packed, is_gzip=file.name.endswith(".gz")))
            records = {"Records": [_event(record) for record in _records(body)]}
        except PermissionError:
            remedy = f"{file.name}: grant read on it"
            return Gap(file.place, CALL, file.name, Reason.REFUSED, remedy, remedy, heard)
        except OSError as error:
            remedy = f"{file.name}: cannot be read ({error.strerror}): deliver it again"
            return Gap(file.place, CALL, file.name, Reason.UNREACHABLE, remedy, "", heard)
        except MalformedAnswerError as error:
            remedy = f"{file.name}: {error}: fetch it from the bucket again"
            return Gap(file.place, CALL, file.name, Reason.MALFORMED, remedy, "", heard)
        return Answer(file.place, CALL, file.name, records, heard)

    def _bytes(self, file: _File) -> bytes:
        if not file.path.resolve().is_relative_to(self._root) or not file.path.is_file():
            raise MalformedAnswerError("leads out of the folder, or is no plain file")
        with file.path.open("rb") as stream:
            packed = stream.read(MOST_PACKED + 1)
        if len(packed) > MOST_PACKED:
            raise MalformedAnswerError(f"is larger than {MOST_PACKED} bytes")
        return packed


def open_log_folder(source: Any, base_folder: Path, now: datetime) -> LogFolder:
    """Open the folder that a source of the scope describes.

    A recorded folder says in its `recording.json` which hours it holds; else the last settled day
    before `now` is read.
    """
    folder = base_folder / source.folder
    places = [(account, region) for account in source.accounts for region in source.regions]
    if not source.recorded:
        return LogFolder(source.id, folder, places, settled_day(now))
    try:
        said = json.loads((folder / RECORDING).read_bytes())
        moments = [datetime.fromisoformat(said[key]) for key in ("begins_at", "ends_at")]
        period = Period(*(moment.astimezone(UTC) for moment in moments))
        heard = {"recorded_at": str(said["recorded_at"])}
    except (OSError, KeyError, TypeError, ValueError) as error:
        text = f"source {source.id}: {RECORDING} must give begins_at, ends_at and recorded_at"
        raise ConfigError(text) from error
    return LogFolder(source.id, folder, places, period, heard)


def _stamp(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _records(body: Any) -> list[Mapping[str, Any]]:
    records = body.get("Records") if isinstance(body, dict) else None
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise MalformedAnswerError("holds no list of Records")
    return records


def _event(record: Mapping[str, Any]) -> dict[str, Any]:
    """The event without what may name a person: no user name, key, parameter or answer."""
    kept = {name: record[name] for name in KEPT if name in record}
    identity = record.get("userIdentity")
    if isinstance(identity, dict):
        kept["userIdentity"] = {k: identity[k] for k in ("type", "accountId") if k in identity}
        session = identity.get("sessionContext")
        attributes = session.get("attributes") if isinstance(session, dict) else None
        if isinstance(attributes, dict) and "mfaAuthenticated" in attributes:
            kept["userIdentity"]["mfaAuthenticated"] = attributes["mfaAuthenticated"]
        if identity.get("invokedBy"):
            kept["userIdentity"]["isInvokedByService"] = True
    for holder, name in (("additionalEventData", "MFAUsed"), ("responseElements", "ConsoleLogin")):
        part = record.get(holder)
        if isinstance(part, dict) and name in part:
            kept[name] = part[name]
    return kept
