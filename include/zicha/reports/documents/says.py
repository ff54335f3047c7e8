"""Sentences of a document from a file of words, in both languages at once."""

from __future__ import annotations

from dataclasses import dataclass

from zicha.model.text import Lang, Text
from zicha.reports.wording import wording


@dataclass(frozen=True, slots=True)
class Says:
    """Finds sentences in one file beside the templates and fills them in."""

    file: str

    def __call__(self, key: str, **values: object) -> Text:
        """The sentence under `a.b`; a `Text` among the values is given in each language."""
        return Text(self._in("zh", key, values), self._in("en", key, values))

    def _in(self, lang: Lang, key: str, values: dict[str, object]) -> str:
        plain = {n: v.in_(lang) if isinstance(v, Text) else v for n, v in values.items()}
        return wording(lang, name=self.file)(key, **plain)
