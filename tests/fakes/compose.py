"""docker-compose.yaml as an engine reads it: settings from an env file, commands, health checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yaml"
_VARIABLE = re.compile(r"\$\$|\$\{([A-Za-z_]\w*)(?:(:?[-?])([^}]*))?\}")


class RequiredVariableError(Exception):
    """Compose refuses to start: a variable that must be set is not."""


def interpolated(text: str, given: Mapping[str, str]) -> str:
    """The text with `${NAME}`, `${NAME:-else}` and `${NAME:?why}` as Compose replaces them."""

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name, sign, rest = found[1], found[2] or "", found[3] or ""
        said = given.get(name)
        if said or (said is not None and not sign.startswith(":")):
            return said
        if sign.endswith("?"):
            raise RequiredVariableError(f"{name}: {rest}")
        return rest if sign.endswith("-") else ""

    return _VARIABLE.sub(value, text)


def composed(given: Mapping[str, str]) -> dict[str, Any]:
    """The services, each as Compose would start it.

    Raises:
        RequiredVariableError: something that must be set is not.
    """
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    services: dict[str, Any] = _everywhere(read["services"], given)
    return services


def _everywhere(value: Any, given: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _everywhere(inner, given) for key, inner in value.items()}
    if isinstance(value, list):
        return [_everywhere(inner, given) for inner in value]
    return interpolated(value, given) if isinstance(value, str) else value


def env_file(path: Path) -> dict[str, str]:
    """The settings of an env file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
