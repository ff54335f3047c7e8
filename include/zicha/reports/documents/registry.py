"""Which documents can be written: every module of this package that names a form and builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from zicha.model.document import Document
from zicha.model.errors import ConfigError, ZichaError
from zicha.reports import documents
from zicha.reports.documents.facts import DocumentFacts

Build = Callable[[DocumentFacts], Document]


@cache
def builders() -> Mapping[str, Build]:
    """Every builder by the id of its form; a module with `FORM` has a `build` beside it."""
    found: dict[str, Build] = {}
    for module in sorted(iter_modules(documents.__path__), key=lambda m: m.name):
        if module.ispkg:
            continue
        loaded = import_module(f"{documents.__name__}.{module.name}")
        form = getattr(loaded, "FORM", None)
        if not isinstance(form, str):
            continue
        if form in found:
            raise ZichaError(f"two modules build {form}: the second is {module.name}")
        found[form] = loaded.build
    return MappingProxyType(found)


def build(form: str, facts: DocumentFacts) -> Document:
    """The document of a form; an unknown form is refused with those that there are."""
    known = builders()
    if form not in known:
        raise ConfigError(f"no document {form}: there is {', '.join(sorted(known))}")
    return known[form](facts)
