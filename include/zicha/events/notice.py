"""Reading a change notice: EventBridge, Amazon S3 and our own shape; what cannot be read says why.

Nobody of these senders is trusted: a notice only ever makes us look again, and what is kept of it
is an allow-list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

LARGEST = 1024 * 1024
"""Bytes of a message; a queue allows no more."""

LONGEST_NAME = 200
EARLIEST, LATEST = 2000, 2200
"""Years that an event's moment may have."""

Kind = Literal["management", "object", "configuration", "service", "internal", "test"]

BY_TRAIL = " via CloudTrail"
CONFIGURATION = "Config Configuration Item Change"
INTERNAL = "zicha.source-changed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One change, as it was told.

    Args:
        event: the event's own id; two messages may tell of one event.
        kind: who tells, and in which shape.
        source: the service (`ec2.amazonaws.com`), or the type of resource for a configuration item.
        name: the event (`AuthorizeSecurityGroupIngress`).
        account: where it happened; empty for an internal system.
        region: likewise.
        occurred_at: when, as the sender says; None when it does not, or says it unreadably.
        detail: the sender's body, untouched: look in it, never keep it.
    """

    event: str
    kind: Kind
    source: str
    name: str
    account: str = ""
    region: str = ""
    occurred_at: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that is no notice, and why."""

    because: str


def digest_of(body: str) -> str:
    """What names the bytes of a message when the message itself is not kept."""
    return "sha256:" + hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def read_notice(body: str) -> Notice | Unreadable:
    """The notice in a message's body; never raises, whatever the body is."""
    if len(body.encode("utf-8", "surrogatepass")) > LARGEST:
        return Unreadable("larger-than-a-message-may-be")
    try:
        said = json.loads(body)
        if _is_wrapped(said):
            said = json.loads(said["Message"])
        return _noticed(said)
    except RecursionError:
        return Unreadable("nested-too-deep")
    except UnicodeError:
        return Unreadable("not-text")
    except ValueError as error:
        return Unreadable(str(error) if isinstance(error, _ShapeError) else "not-json")


class _ShapeError(ValueError):
    """A sentence for the operator, without anything of the sender's."""


def _is_wrapped(said: Any) -> bool:
    """A topic between the sender and the queue wraps the message in one of its own."""
    return (
        isinstance(said, dict)
        and said.get("Type") == "Notification"
        and isinstance(said.get("Message"), str)
    )


def _noticed(said: Any) -> Notice:
    if not isinstance(said, dict):
        raise _ShapeError("not-an-object")
    if isinstance(said.get("Records"), list):
        return _of_bucket(said["Records"])
    if said.get("Event") == "s3:TestEvent":
        return Notice("", "test", "s3.amazonaws.com", "s3:TestEvent")
    kind, detail = said.get("detail-type"), said.get("detail")
    if not isinstance(kind, str) or not isinstance(detail, dict):
        raise _ShapeError("neither-detail-type-nor-records")
    if kind.endswith(BY_TRAIL):
        return _of_trail(said, detail)
    if kind == CONFIGURATION:
        return _of_configuration(said, detail)
    if kind == INTERNAL:
        return Notice(
            _text(said, "id"), "internal", "internal", _required(detail, "source"),
            occurred_at=_moment(said.get("time")), detail=detail,
        )  # fmt: skip
    service = _required(said, "source").removeprefix("aws.")
    is_object = service == "s3" and kind.startswith("Object ")
    inner = detail.get("event")
    name = kind if is_object or not isinstance(inner, str) else f"{kind}: {inner}"
    return Notice(
        _text(said, "id"), "object" if is_object else "service", f"{service}.amazonaws.com",
        name[:LONGEST_NAME], _text(said, "account"), _text(said, "region"),
        _moment(said.get("time")), detail,
    )  # fmt: skip


def _of_trail(said: Mapping[str, Any], detail: Mapping[str, Any]) -> Notice:
    return Notice(
        event=_text(detail, "eventID") or _text(said, "id"),
        kind="management",
        source=_required(detail, "eventSource"),
        name=_required(detail, "eventName"),
        account=_text(detail, "recipientAccountId") or _text(said, "account"),
        region=_text(detail, "awsRegion") or _text(said, "region"),
        occurred_at=_moment(detail.get("eventTime")) or _moment(said.get("time")),
        detail=detail,
    )


def _of_configuration(said: Mapping[str, Any], detail: Mapping[str, Any]) -> Notice:
    item = detail.get("configurationItem")
    if not isinstance(item, dict):
        raise _ShapeError("configuration-item-is-missing")
    return Notice(
        event=_text(said, "id"),
        kind="configuration",
        source=_required(item, "resourceType"),
        name=_text(item, "configurationItemStatus") or "changed",
        account=_text(item, "awsAccountId") or _text(said, "account"),
        region=_text(item, "awsRegion") or _text(said, "region"),
        occurred_at=_moment(item.get("configurationItemCaptureTime")) or _moment(said.get("time")),
        detail=item,
    )


def _of_bucket(records: list[Any]) -> Notice:
    """Amazon S3's own shape: it names no account, which the scope then has to tell.

    Of records of several events those count that changed an access; all their buckets are named.
    """
    if not records or not all(_is_of_bucket(one) for one in records):
        raise _ShapeError("records-of-an-unknown-sender")
    mine = [one for one in records if "Acl" in _required(one, "eventName")] or records
    first = mine[0]
    return Notice(
        event="",
        kind="object",
        source="s3.amazonaws.com",
        name=_required(first, "eventName"),
        region=_text(first, "awsRegion"),
        occurred_at=_moment(first.get("eventTime")),
        detail={"buckets": [inner.get("bucket") for one in mine if (inner := _inner(one))]},
    )


def _is_of_bucket(record: Any) -> bool:
    return isinstance(record, dict) and record.get("eventSource") == "aws:s3"


def _inner(record: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = record.get("s3")
    return inner if isinstance(inner, dict) else {}


def _required(said: Mapping[str, Any], key: str) -> str:
    found = _text(said, key)
    if not found:
        raise _ShapeError(f"{key}-is-missing")
    return found


def _text(said: Mapping[str, Any], key: str) -> str:
    found = said.get(key)
    return found[:LONGEST_NAME] if isinstance(found, str) else ""


def _moment(said: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    # Before the cloud and long after us: such a year breaks what reads it later.
    if found.tzinfo is None or not EARLIEST <= found.year <= LATEST:
        return None
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return None
