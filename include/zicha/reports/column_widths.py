"""How wide the columns of a table become: what a person reads as one word is not broken in two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from unicodedata import east_asian_width

MARGIN = 2.2
"""Letters that the two margins of a cell take."""
_CHINESE, _BOLD = 1.75, 1.1
_LONGEST_WORD = 18
"""Letters beyond which a name may be broken: an id of ours has 14, a clause 12, an account 12."""
_WORD = re.compile(r"[^\s\u2e80-\uffef]+|[\u2e80-\uffef]{1,5}")


def fitted(
    widths: Mapping[str, float],
    titles: Mapping[str, str],
    rows: Iterable[Mapping[str, str]],
    line: float,
) -> dict[str, float]:
    """The widths in letters of a line: none below its longest word, the others in proportion.

    Args:
        widths: how the line is shared out, relative to each other.
        titles: the titles of the columns.
        rows: the cells by column.
        line: letters that a whole line of the table holds.
    """
    listed = list(rows)
    needs = {
        name: MARGIN + max(_longest(titles[name], _BOLD), *(_longest(r[name]) for r in listed), 0)
        for name in widths
    }
    if sum(needs.values()) >= line:
        return needs
    narrow: set[str] = set()
    while True:
        left = line - sum(needs[name] for name in narrow)
        whole = sum(width for name, width in widths.items() if name not in narrow)
        shares = {n: left * width / whole for n, width in widths.items() if n not in narrow}
        more = {name for name, share in shares.items() if share < needs[name]}
        if not more:
            return {name: shares.get(name, needs[name]) for name in widths}
        narrow |= more


def _longest(text: str, times: float = 1) -> float:
    found = (_letters(word.rstrip(",;")) for word in _WORD.findall(text))
    return times * max((length for length in found if length <= _LONGEST_WORD), default=0)


def _letters(word: str) -> float:
    return sum(_CHINESE if east_asian_width(c) in "WF" else 1 for c in word)
