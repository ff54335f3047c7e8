"""What shows that the state an act left behind is mended: a table of measurements."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from zicha.catalog.event_routes import Act
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Slug, Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError


class Mended(Strict):
    """One act of one service.

    Args:
        expectations: of the suite; each must pass for the act's resource.
        gone: whether a complete listing without the resource shows as much.
    """

    source: str
    act: Act
    suite: str
    expectations: Annotated[tuple[Slug, ...], Field(min_length=1)]
    gone: bool = False


class MendedActs(Strict):
    """The whole table."""

    mended: tuple[Mended, ...]


@cache
def load_mended_acts(path: Path | None = None) -> dict[tuple[str, str], Mended]:
    """The table by service and act; an act without an entry is reviewed by a person."""
    file = path or catalog_dir() / "mended_acts.yaml"
    found: dict[tuple[str, str], Mended] = {}
    for one in load_model(file, MendedActs).mended:
        if (one.source, one.act) in found:
            raise ConfigError(f"{file}: {one.source} {one.act} stands there twice: keep one")
        found[one.source, one.act] = one
    return found
