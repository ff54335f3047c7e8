"""The words of the reports, from `wording.yaml` or a file like it, in one language at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from zicha.catalog.roots import templates_dir
from zicha.catalog.yaml_files import load_yaml
from zicha.model.errors import ConfigError
from zicha.model.text import Lang


@dataclass(frozen=True, slots=True)
class Wording:
    """Finds a sentence by its key and fills in its values."""

    lang: Lang
    words: dict[str, Any]
    path: Path

    def __call__(self, key: str, **values: object) -> str:
        """The sentence under `a.b.c`; a missing one is our own mistake and is named."""
        found = self._under(key)
        if not isinstance(found, dict) or not isinstance(found.get(self.lang), str):
            raise ConfigError(f"{self.path.name} has no {key}.{self.lang}: add it")
        said: str = found[self.lang]
        try:
            return said.format(**values) if values else said
        except (KeyError, IndexError, ValueError) as error:
            raise ConfigError(
                f"{self.path.name}: {key}.{self.lang} does not fit: {error}"
            ) from error

    def word(self, group: str, key: str) -> str:
        """The word for a code (`reasons`, `refused`); an unknown code is shown as it stands."""
        found = self._under(group)
        return self(f"{group}.{key}") if isinstance(found, dict) and key in found else key

    def columns(self, table: str) -> dict[str, str]:
        """The column titles of a table, in their order."""
        found = self._under(f"tables.{table}.columns")
        if not isinstance(found, dict):
            raise ConfigError(f"{self.path.name} has no tables.{table}.columns: add it")
        return {key: self(f"tables.{table}.columns.{key}") for key in found}

    def _under(self, key: str) -> Any:
        here: Any = self.words
        for part in key.split("."):
            here = here.get(part) if isinstance(here, dict) else None
        return here


@cache
def _read(path: Path) -> dict[str, Any]:
    return load_yaml(path)


def wording(lang: Lang, folder: Path | None = None, name: str = "wording.yaml") -> Wording:
    """The words in one language; the file is read once."""
    path = (folder or templates_dir()) / name
    return Wording(lang, _read(path), path)
