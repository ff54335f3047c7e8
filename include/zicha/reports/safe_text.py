"""Foreign text made safe to print: names come from clouds and hosts, and some are hostile."""

from __future__ import annotations

import re
import unicodedata

from zicha.model.text import Text

LONGEST = 600
_KEPT = {"\n"}
# Cc control, Cf format (bidi overrides, zero width), Cs surrogates, Co private, Cn unassigned.
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BREAK = "\u200b"
_LONG_WORD = re.compile(r"[!-~]{13,}")  # other scripts break by themselves, or are short
_CODE = re.compile(r"`([^`\n]+)`")
_PART = re.compile(r"[^/:_.,=@-]*[/:_.,=@-]|[^/:_.,=@-]+")


def clean(text: str, longest: int = LONGEST) -> str:
    """The text without control and direction characters, cut with an ellipsis when too long."""
    seen = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(c for c in seen if c in _KEPT or unicodedata.category(c) not in _DROPPED)
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def one_line(text: str, longest: int = LONGEST) -> str:
    """The same, on one line."""
    return " ".join(clean(text, longest).split())


def quoted(text: Text) -> Text:
    """The words of a rule for paper: what it marks as code stands in quotation marks."""
    return Text(_CODE.sub(r"“\1”", text.zh), _CODE.sub(r'"\1"', text.en))


def breakable(text: str, every: int = 20) -> str:
    """Long names with invisible places to break at, for a page that cannot scroll."""
    return _LONG_WORD.sub(lambda word: _breaks(word[0], every), text)


def _breaks(word: str, every: int) -> str:
    if len(word) <= every:
        return word
    parts = _PART.findall(word)
    short = (part[n : n + every] for part in parts for n in range(0, len(part), every))
    return _BREAK.join(short)


def short_digest(digest: str, shown: int = 16) -> str:
    """A digest as a reader compares it: the algorithm and its first characters."""
    algorithm, colon, rest = digest.partition(":")
    value = rest if colon else algorithm
    head = f"{algorithm}:" if colon else ""
    return f"{head}{value[:shown]}…" if len(value) > shown else f"{head}{value}"
