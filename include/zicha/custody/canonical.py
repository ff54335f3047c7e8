"""Canonical JSON (RFC 8785): the same value always gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import rfc8785

from zicha.model.errors import MalformedAnswerError

EXACT = 2**53 - 1
"""The largest whole number that every reader of JSON understands alike."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value; moments and dates in ISO form, anything odd is refused."""
    try:
        return rfc8785.dumps(_plain(value))
    except rfc8785.CanonicalizationError as error:
        raise MalformedAnswerError(f"no canonical form: {error}") from error


def canonical_text(value: Any) -> str:
    """The canonical form as text, for a database column."""
    return canonical(value).decode()


def canonical_digest(value: Any) -> str:
    """The digest of the canonical bytes."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


def encode(value: Any) -> bytes:
    """Canonical bytes from which `decode` restores moments, floats and large numbers exactly.

    What JSON cannot hold stands in an object with one key that begins with `$`; keys of the value
    itself that begin so are doubled.
    """
    try:
        return rfc8785.dumps(_tagged(value))
    except rfc8785.CanonicalizationError as error:
        raise MalformedAnswerError(f"no canonical form: {error}") from error


def decode(data: bytes) -> Any:
    """The value whose `encode` gave these bytes."""
    return _untagged(json.loads(data))


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one line per kind of value
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {_key(key): _plain(member) for key, member in value.items()}
        case list() | tuple():
            return [_plain(member) for member in value]
        case set() | frozenset():
            return sorted(_plain(member) for member in value)
    raise MalformedAnswerError(f"a {type(value).__name__} has no place in JSON: turn it into text")


def _tagged(value: Any) -> Any:  # noqa: PLR0911 - one line per kind of value
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) <= EXACT else {"$int": str(value)}
        case float():
            if not math.isfinite(value):
                raise MalformedAnswerError(f"{value} is no number that JSON can hold")
            return {"$float": repr(value)} if value.is_integer() else value
        case str():
            return _tagged_text(value)
        case datetime():
            return {"$datetime": _moment(value)}
        case date():
            return {"$date": value.isoformat()}
        case Mapping():
            return {_escaped(_key(key)): _tagged(member) for key, member in value.items()}
        case list() | tuple():
            return [_tagged(member) for member in value]
    raise MalformedAnswerError(f"a {type(value).__name__} has no place in JSON: turn it into text")


def _tagged_text(value: str) -> Any:
    try:
        value.encode()
    except UnicodeEncodeError:
        # Bytes that are no UTF-8 reach us as lone surrogates: kept, not guessed.
        return {"$text": base64.b64encode(value.encode("utf-16-le", "surrogatepass")).decode()}
    return str(value)


_RESTORE: dict[str, Callable[[str], Any]] = {
    "$int": int,
    "$float": float,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$text": lambda text: base64.b64decode(text).decode("utf-16-le", "surrogatepass"),
}


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(member) for member in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, member),) = value.items()
        if key in _RESTORE:
            return _RESTORE[key](member)
    return {
        key[1:] if key.startswith("$$") else key: _untagged(member) for key, member in value.items()
    }


def _escaped(key: str) -> str:
    return f"${key}" if key.startswith("$") else key


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise MalformedAnswerError(f"the key {key!r} is not text")
    return str(key)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise MalformedAnswerError(f"{value.isoformat()} does not say its zone")
    return value.astimezone(UTC).isoformat()
