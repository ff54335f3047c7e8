"""Attestations: what people state, until when, who signed, and whether the document is the one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.sources.register import Register

_DAY_BEGINS, _DAY_ENDS = time(0, 0, 0), time(23, 59, 59)


def fetch(register: Register) -> Iterator[Reply]:
    """List the register, then hash each document that it names."""
    listing = register.list_attestations()
    yield listing
    if not isinstance(listing, Answer):
        return
    for entry in listing.each("attestations"):
        name, document = entry.get("id"), entry.get("document")
        if isinstance(name, str) and isinstance(document, str) and document:
            yield register.hash_document(name, document)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per attestation."""
    for listing in replies.to("list_attestations"):
        told: Mapping[str, Any] = listing.body or {}
        seen: set[str] = set()
        for entry in listing.each("attestations"):
            if entry["id"] in seen:
                raise MalformedAnswerError(f"{entry['id']} stands twice: rename one")
            seen.add(entry["id"])
            yield _row(listing.place[0], entry, told, replies)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except OSError as error:
        # A name that no file can bear is as unknown as one that no file has.
        raise ValueError(f"{name[:40]} is no zone") from error


def _row(register: str, entry: Mapping[str, Any], told: Mapping[str, Any], replies: Replies) -> Row:
    kind, has_document = cell(entry, "kind"), bool(entry.get("document"))
    hashed = replies.about(entry["id"], "hash_document")
    is_lost = isinstance(hashed, Answer) and hashed.body is None
    found = cell(hashed, "digest") if has_document and not is_lost else ""
    zone = _zone(told["zone"])
    return {
        "register": register,
        "attestation": entry["id"],
        "kind": kind,
        "system": cell(entry, "system"),
        "answer": cell(entry, "answer", absent="holds"),
        "dated_at": _moment(cell(entry, "dated"), _DAY_BEGINS, zone),
        "valid_until_at": _moment(cell(entry, "valid_until"), _DAY_ENDS, zone),
        "needs_second_signer": derived(kind) or kind in told["two_signers"],
        "is_countersigned": _countersigned(entry),
        "needs_document": derived(kind) or kind in told["documents"],
        "has_document": has_document,
        "document_is_there": derived(found) or found != "",
        "document_matches": derived(found) or (found != "" and found == entry.get("digest")),
    }


def _countersigned(entry: Mapping[str, Any]) -> bool | Unread:
    author, second = cell(entry, "author"), cell(entry, "second_signer", absent="")
    if unread := derived(author, second):
        return unread
    if not isinstance(author, str) or not isinstance(second, str):
        return Unread(Reason.MALFORMED, "author and second_signer are no text: correct them")
    signed = second.strip().casefold()
    return bool(signed) and signed != author.strip().casefold()


def _moment(said: Any, at: time, zone: ZoneInfo) -> datetime | Unread:
    if isinstance(said, Unread):
        return said
    try:
        return datetime.combine(date.fromisoformat(said), at, zone).astimezone(UTC)
    except (TypeError, ValueError):
        return Unread(Reason.MALFORMED, f"{str(said)[:40]!r} is no date: write 2026-01-31")


COLLECTOR = Collector(
    id="register/attestations",
    title=Text(zh="证明材料", en="Attestations"),
    max_age=timedelta(hours=26),
    permissions=("read the register's file", "read the documents that it names"),
    lists="list_attestations",
    places=("register",),
    subject=("register", "attestation"),
    subject_type="register/attestation",
    columns={
        "register": str,
        "attestation": str,
        "kind": str,
        "system": str,
        "answer": str,
        "dated_at": datetime,
        "valid_until_at": datetime,
        "needs_second_signer": bool,
        "is_countersigned": bool,
        "needs_document": bool,
        "has_document": bool,
        "document_is_there": bool,
        "document_matches": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
