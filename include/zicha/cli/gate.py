"""The gate before every command: `roles.yaml` of the catalogue says which role each one takes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from zicha.cli.people import actor
from zicha.cli.place import declared, here


def gated(command: Any, words: str = "") -> Any:
    """Put the gate before a command and all that stand under it; typer's own tree, changed.

    What a group does alone, without one of its commands, asks here by itself.
    """
    parts = getattr(command, "commands", None)
    if parts is None:
        command.callback = _asking(words, command.callback)
    for name, part in (parts or {}).items():
        gated(part, f"{words} {name}".strip())
    return command


def _asking(words: str, does: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(does)
    def through_the_gate(**given: Any) -> Any:
        ask(words, given)
        return does(**given)

    return through_the_gate


def ask(words: str, given: Mapping[str, Any]) -> None:
    """Let whoever types this do it, or refuse it and put that on record.

    Raises:
        ConfigError: the actor's roles do not suffice, or no act names the command.
    """
    from zicha.catalog.roles import door_refusal, load_roles
    from zicha.pipeline.authority import refused
    from zicha.pipeline.whose import systems_named

    acts = load_roles().acts_at("command", words)
    if all(act.anybody for act in acts):
        return
    why = door_refusal(declared(), actor(), acts, lambda: systems_named(here(), words, given))
    if why:
        about = str(given.get("id_") or f"zicha {words}")
        refused(here(), actor(), acts[0].id, about, why)
