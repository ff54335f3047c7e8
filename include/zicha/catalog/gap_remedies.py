"""What to do about a gap: the sentence a source said, known again by code, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from zicha.catalog.once import by_id
from zicha.catalog.roots import templates_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.text import Text
from zicha.model.verdict import Reason

FILE = "gap_remedies.yaml"
GAP = re.compile(r"\{([a-z_]+)\}")
NESTED = "said"
"""The gap that another sentence of the table fills."""

PERMISSION = "permission"
DEEPEST = 5
"""Sentences within sentences; a hostile one goes no deeper."""

Words = Annotated[str, Field(min_length=1)]


class Sentence(Strict):
    """One sentence of a source; braces stand for its own words, a former one is said no longer."""

    id: Slug
    en: Words
    zh: Words
    former: bool = False

    @model_validator(mode="after")
    def _says_the_same(self) -> Sentence:
        if not set(GAP.findall(self.zh)) <= set(GAP.findall(self.en)):
            raise ValueError(f"{self.id}: its Chinese names words that its English does not")
        return self


class RemedyFile(Strict):
    """The whole table: what to do by reason, and the sentences that say it better."""

    by_reason: dict[str, Said]
    sentences: tuple[Sentence, ...]

    @model_validator(mode="after")
    def _knows_every_reason(self) -> RemedyFile:
        wanted = {*(reason.value for reason in Reason), PERMISSION}
        if self.by_reason.keys() != wanted:
            raise ValueError(f"by_reason must say {', '.join(sorted(wanted))}, and nothing else")
        return self


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence ready to be known again: its fixed parts, in order, and the words between them."""

    sentence: Sentence
    parts: tuple[str, ...]
    names: tuple[str, ...]

    def words(self, said: str) -> dict[str, str] | None:
        """The source's own words, if this is the sentence; none of them is empty."""
        first, *rest = self.parts
        if not rest:
            return {} if said == first else None
        if not said.startswith(first) or not said.endswith(rest[-1]):
            return None
        end, at, found = len(said) - len(rest[-1]), len(first), []
        for part in rest[:-1]:
            # From left to right without going back: a hostile sentence costs no more than another.
            next_at = said.find(part, at + 1, end)
            if next_at < 0:
                return None
            found.append(said[at:next_at])
            at = next_at + len(part)
        if at >= end:
            return None
        return dict(zip(self.names, [*found, said[at:end]], strict=True))


@dataclass(frozen=True, slots=True)
class WhatToDo:
    """What to do about a gap; `code` is empty where only the reason is known."""

    code: str
    text: Text


def what_to_do(reason: Reason, permission: str, said: str) -> WhatToDo:
    """The remedy of a gap in both languages, from what its source said.

    Where the table does not know the sentence, Chinese says what the reason asks for; the source's
    own words are the English, and the caller shows them beside.
    """
    known = known_sentence(said)
    if known is not None:
        return known
    table = load_remedies()
    fallback = table.by_reason[PERMISSION if permission else reason.value]
    ours = Text(*(_filled(words, {PERMISSION: permission}) for words in (fallback.zh, fallback.en)))
    return WhatToDo("", Text(ours.zh, said or ours.en))


def known_sentence(said: str) -> WhatToDo | None:
    """The sentence in both languages, if the table knows it; what stands before one is kept."""
    found = _known(said)
    return None if found is None else found.what


@dataclass(frozen=True, slots=True)
class _Known:
    """A sentence that was known again, and how many of its letters the table accounts for."""

    what: WhatToDo
    letters: int


@lru_cache(maxsize=4096)
def _known(said: str, depth: int = 0) -> _Known | None:
    if not said or depth > DEEPEST:
        return None
    found = [
        _told(pattern, words, said, depth)
        for pattern in _patterns()
        if (words := pattern.words(said)) is not None
    ]
    before, colon, rest = said.partition(": ")
    if not found and colon and (inner := _known(rest, depth + 1)):
        what = WhatToDo(inner.what.code, Text(f"{before}：{inner.what.text.zh}", said))
        return _Known(what, inner.letters)
    # The one that leaves the fewest words unexplained says most precisely what happened.
    return max(found, key=lambda one: one.letters, default=None)


def _told(pattern: Pattern, words: Mapping[str, str], said: str, depth: int) -> _Known:
    inner = _known(words[NESTED], depth + 1) if NESTED in words else None
    shown = {**words, NESTED: inner.what.text.zh} if inner else words
    what = WhatToDo(pattern.sentence.id, Text(_filled(pattern.sentence.zh, shown), said))
    return _Known(what, sum(map(len, pattern.parts)) + (inner.letters if inner else 0))


@cache
def load_remedies(path: Path | None = None) -> RemedyFile:
    """The table."""
    file = path or templates_dir() / FILE
    found = load_model(file, RemedyFile)
    by_id(file, found.sentences)
    return found


@cache
def _patterns() -> tuple[Pattern, ...]:
    return tuple(
        Pattern(one, tuple(GAP.split(one.en)[::2]), tuple(GAP.findall(one.en)))
        for one in load_remedies().sentences
    )


def _filled(sentence: str, words: Mapping[str, str]) -> str:
    # In one pass: braces among the source's own words are not gaps.
    return GAP.sub(lambda gap: words.get(gap[1], gap[0]), sentence)
