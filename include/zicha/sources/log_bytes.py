"""Bytes of a log file made into JSON values, within bounds; what is doubtful is malformed."""

from __future__ import annotations

import json
import math
import zlib
from typing import Any, NoReturn

from zicha.model.errors import MalformedAnswerError

MOST_PACKED = 64_000_000
MOST_UNPACKED = 256_000_000
MOST_RATIO = 200
RATIO_FROM = 4_000_000
"""Small files may be very repetitive; from this size on a high ratio is a bomb."""


def unpacked(packed: bytes, is_gzip: bool) -> bytes:
    """Decompress step by step, and stop at the bounds."""
    if not is_gzip:
        return packed
    out = bytearray()
    rest = packed
    while rest:
        member = zlib.decompressobj(31)
        while rest and not member.eof:
            try:
                out += member.decompress(rest, 1 << 20)
            except zlib.error as error:
                raise MalformedAnswerError(f"is not valid gzip ({error})") from error
            rest = member.unconsumed_tail
            _check(len(out), len(packed))
        if not member.eof:
            raise MalformedAnswerError("ends in the middle of its gzip stream")
        rest = member.unused_data
    return bytes(out)


def parsed(text: bytes) -> Any:
    """Parse strict JSON: UTF-8, no key twice, no number that is none."""
    if not text.strip():
        raise MalformedAnswerError("is empty")
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise MalformedAnswerError(f"is not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise MalformedAnswerError("is nested too deep") from error
    except ValueError as error:
        raise MalformedAnswerError(f"is not valid JSON ({error})") from error


def _check(grown: int, packed: int) -> None:
    if grown > MOST_UNPACKED or (grown > RATIO_FROM and grown > packed * MOST_RATIO):
        raise MalformedAnswerError(f"grows to {grown} bytes and more: a compression bomb")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _finite(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(f"{written} is out of range")
    return number
