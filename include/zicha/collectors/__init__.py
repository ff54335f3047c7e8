"""Collectors, found by their path: `<source>/<plural_noun>.py`, each with one COLLECTOR."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from zicha.model.collector import Collector
from zicha.model.errors import ConfigError


@cache
def collectors() -> dict[str, Collector]:
    """Every collector by its id; a module without a COLLECTOR is a part of its neighbours."""
    found: dict[str, Collector] = {}
    for path in sorted(Path(__file__).parent.glob("*/*.py")):
        where = f"{path.parent.name}/{path.stem}"
        collector = getattr(
            import_module(f"{__name__}.{where.replace('/', '.')}"), "COLLECTOR", None
        )
        if collector is None:
            continue
        if collector.id != where and where not in collector.formerly:
            raise ConfigError(f"{where}.py: its id is {collector.id}: call it {where}, or move it")
        if collector.id in found:
            raise ConfigError(f"{where}.py: the id {collector.id} is taken: choose another")
        found[collector.id] = collector
    return found
