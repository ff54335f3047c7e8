"""Authorities, and which of their offices a given entity turns to."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.text import Text


class Regulator(Strict):
    """One authority.

    Args:
        reach: whether there is one office, one per province, or one per city.
        office: its name; `{province}` and `{city}` stand for the entity's own.
        channels: how it is reached, as far as a source says so.
    """

    id: Slug
    name: Said
    reach: Literal["country", "province", "city", "named"]
    office: Said
    channels: tuple[Said, ...] = ()
    note: Said | None = None

    def office_for(self, province: Text, city: Text) -> Text:
        """The office that answers for a place."""
        zh = self.office.zh.replace("{province}", province.zh).replace("{city}", city.zh)
        en = self.office.en.replace("{province}", province.en).replace("{city}", city.en)
        return Text(zh, en)


def load_regulators(folder: Path | None = None) -> dict[str, Regulator]:
    """Every authority by id, one file each."""
    folder = folder or catalog_dir() / "regulators"
    return by_id(folder, [load_model(path, Regulator) for path in sorted(folder.glob("*.yaml"))])
