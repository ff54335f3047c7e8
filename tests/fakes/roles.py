"""Scopes that differ in what roles.yaml says, and the names of every door there is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from zicha.catalog.roots import project_root
from zicha.cli.main import app


def scope(folder: Path, roles: str | None = None) -> Path:
    """The example scope with this roles.yaml; with none at all when it is left out."""
    shutil.copytree(project_root() / "include" / "scope" / "example", folder)
    path = folder / "roles.yaml"
    path.unlink()
    if roles is not None:
        path.write_text(roles, encoding="utf-8")
    return folder


def commands() -> list[str]:
    """Every command by its words, groups that do something alone among them."""
    return sorted(_words(typer.main.get_command(app)))


def _words(command: Any, words: str = "") -> Iterator[str]:
    parts = getattr(command, "commands", None)
    if parts is None or (words and command.invoke_without_command):
        yield words
    for name, part in (parts or {}).items():
        yield from _words(part, f"{words} {name}".strip())
