"""A pack: every reply of one collector run, redacted, in one compressed object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import zstandard

from zicha.custody.canonical import decode, encode
from zicha.custody.redaction import RULES_VERSION, Redactor
from zicha.model.errors import TamperedEvidenceError
from zicha.model.evidence import Answer, Gap, Reply
from zicha.model.verdict import Reason

FORMAT = "zicha-pack/1"
LEVEL = 3


def pack(replies: Iterable[Reply], about: Mapping[str, Any], redactor: Redactor) -> bytes:
    """Canonical JSON lines, one per reply, after a first line that says what they are about.

    What the redactor replaced is counted under `redaction` in that first line.
    """
    before = redactor.counts.copy()
    lines = [encode(_said(redactor.reply(reply))) for reply in replies]
    counts = {rule: n for rule, n in (redactor.counts - before).items() if n}
    redaction = {"rules": RULES_VERSION, "counts": counts}
    head = encode({"format": FORMAT, "about": {**about, "redaction": redaction}})
    whole = b"\n".join([head, *lines]) + b"\n"
    # The content size stands in the frame and lets the reader bound what it unfolds.
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(whole)


def unpack(data: bytes) -> tuple[dict[str, Any], list[Reply]]:
    """What the pack is about, and its replies as they were sealed."""
    try:
        whole = zstandard.ZstdDecompressor().decompress(data)
        head, *lines = (decode(line) for line in whole.splitlines())
    except (zstandard.ZstdError, ValueError) as error:
        raise TamperedEvidenceError(f"this is no pack of ours ({error})") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise TamperedEvidenceError(f"this is no pack of ours: its format is not {FORMAT}")
    return head["about"], [_heard(line) for line in lines]


def _said(reply: Reply) -> dict[str, Any]:
    said: dict[str, Any] = {
        "place": reply.place,
        "call": reply.call,
        "about": reply.about,
        "heard": reply.heard,
        "remedy": reply.remedy,
        "permission": reply.permission,
    }
    if isinstance(reply, Gap):
        return said | {"gap": reply.reason.value}
    if reply.not_offered:
        said["not_offered"] = True
    return said | {"body": reply.body, "cut": None if reply.cut is None else reply.cut.value}


def _heard(said: dict[str, Any]) -> Reply:
    place, call, about = tuple(said["place"]), said["call"], said["about"]
    remedy, permission, heard = said["remedy"], said["permission"], said["heard"]
    if "gap" in said:
        return Gap(place, call, about, Reason(said["gap"]), remedy, permission, heard)
    cut = None if said["cut"] is None else Reason(said["cut"])
    not_offered = bool(said.get("not_offered"))
    return Answer(place, call, about, said["body"], heard, cut, remedy, permission, not_offered)
