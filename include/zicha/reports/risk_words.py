"""The words of the risk report, in both languages at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zicha.model.text import Lang, Text
from zicha.reports.wording import Wording, wording

FILE = "risk_wording.yaml"
Value = Text | str | int


@dataclass(frozen=True, slots=True)
class Words:
    """Finds a sentence by its key and fills in its values, each in its own language."""

    zh: Wording
    en: Wording

    def __call__(self, key: str, **values: Value) -> Text:
        """The sentence under `a.b.c`; a missing one is our own mistake and is named."""
        return Text(self._in("zh", key, values), self._in("en", key, values))

    def _in(self, lang: Lang, key: str, values: dict[str, Value]) -> str:
        said = {k: v.in_(lang) if isinstance(v, Text) else v for k, v in values.items()}
        return (self.zh if lang == "zh" else self.en)(key, **said)


def risk_words(folder: Path | None = None) -> Words:
    """The words of `risk_wording.yaml`."""
    return Words(wording("zh", folder, FILE), wording("en", folder, FILE))


def shared_words() -> Words:
    """The words that every report shares: reasons, remedies of gaps."""
    return Words(wording("zh"), wording("en"))
