"""Programs that guard a host, and whose programs count: `include/catalog/host_agents.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError

Guards = Literal["malware", "files"]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class Agent(Strict):
    """One program, by the name that the kernel shows.

    Args:
        program: its name, of at most fifteen characters.
        product: what it belongs to.
        guards: what it does.
        users: whose it may be beside root's.
    """

    program: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,15}$")]
    product: Word
    guards: Annotated[tuple[Guards, ...], Field(min_length=1)]
    users: tuple[Word, ...] = ()


class Agents(Strict):
    """The whole table."""

    agents: Annotated[tuple[Agent, ...], Field(min_length=1)]


@cache
def load_agents(path: Path | None = None) -> dict[str, Agent]:
    """Every program that is known, by its name.

    Raises:
        ConfigError: a program stands twice.
    """
    where = path or catalog_dir() / "host_agents.yaml"
    found: dict[str, Agent] = {}
    for agent in load_model(where, Agents).agents:
        if agent.program in found:
            raise ConfigError(f"{where.name}: {agent.program} stands twice: keep one")
        found[agent.program] = agent
    return found
