"""Names from clouds, hosts and people, made safe to stand in a message of any channel."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable

LONGEST = 120
# Cc control, Cf format (bidi overrides, zero width), Cs surrogates, Co private, Cn unassigned.
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
# Letters and marks that show nothing, by which a name would end early or look like another.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def outside(text: str, longest: int = LONGEST) -> str:
    """The text on one line, without control and direction characters, cut when too long."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    kept = "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED and c not in _BLANK)
    said = " ".join(kept.split())
    return said if len(said) <= longest else said[: longest - 1] + "…"


def fitted(text: str, most: int, counted: Callable[[str], bytes], key: str) -> str:
    """The text; one that is too long is cut at a character, and says where the whole of it is.

    Args:
        text: to be sent.
        most: bytes that the channel takes.
        counted: what the channel counts, of a text.
        key: of the message.
    """
    # Half of a surrogate pair is no character, and no channel takes it.
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(counted(text)) <= most:
        return text
    shown = f"zicha alerts show {key}"
    end = f"…\n（已截断，全文见 {shown} / cut; in full: {shown}）"
    sizes = range(len(text))
    kept = bisect_right(sizes, most, key=lambda length: len(counted(text[:length] + end))) - 1
    while kept > 0 and unicodedata.combining(text[kept]):
        kept -= 1
    return text[: max(kept, 0)].rstrip() + end


def without_marks(text: str) -> str:
    """The text without what a robot reads as a mention, a tag, a link or a format: they look alike.

    Some channels have no escape of their own.
    """
    marked = {ord("<"): "＜", ord(">"): "＞", ord("@"): "＠", ord("["): "［"}
    return without_format(text).translate(marked).replace("://", "：//")


def without_format(text: str) -> str:
    """The text with signs of format made wide; an underscore inside a name formats nothing."""
    return _EDGE.sub("＿", text.translate(_LOOKS_ALIKE))


_LOOKS_ALIKE = str.maketrans({"`": "｀", "*": "＊", "~": "～"})
_EDGE = re.compile(r"(?<!\w)_|_(?!\w)")
