"""Ids that exist now, that existed under another name, and that were retired with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.controls import load_controls
from zicha.catalog.duties import load_duties
from zicha.catalog.frameworks import load_frameworks
from zicha.catalog.regulators import load_regulators
from zicha.catalog.roots import catalog_dir, suites_dir
from zicha.catalog.shapes import Said, Strict
from zicha.catalog.suites import load_suites
from zicha.catalog.yaml_files import load_model

Kind = Literal[
    "attestation-kind", "collector", "control", "duty", "expectation", "item", "regulator", "suite"
]
Released = tuple[str, str]
"""A kind of thing, and the id of one."""


class Retired(Strict):
    """An id that was given up, and why."""

    kind: Kind
    id: Annotated[str, StringConstraints(min_length=1)]
    because: Said


class RetiredFile(Strict):
    """The file of ids that were given up."""

    retired: tuple[Retired, ...] = ()


class Ids(Strict):
    """Ids in use, ids that something in use had formerly, ids that were given up."""

    current: frozenset[Released]
    former: frozenset[Released] = frozenset()
    retired: frozenset[Released] = frozenset()


def ids_now(
    catalog: Path | None = None,
    suites: Path | None = None,
    collectors: Mapping[str, tuple[str, ...]] | None = None,
) -> Ids:
    """Read every catalogue and suite; collectors, with their former ids, are handed in."""
    catalog, suites = catalog or catalog_dir(), suites or suites_dir()
    pairs = [*_catalogued(catalog), *_expected(suites)]
    pairs += [("collector", id_, formerly) for id_, formerly in (collectors or {}).items()]
    current = {(kind, id_) for kind, id_, _ in pairs}
    former = {(kind, old) for kind, _, formerly in pairs for old in formerly}
    path = catalog / "retired.yaml"
    retired = load_model(path, RetiredFile).retired if path.is_file() else ()
    return Ids(
        current=frozenset(current),
        former=frozenset(former),
        retired=frozenset((given_up.kind, given_up.id) for given_up in retired),
    )


def _catalogued(catalog: Path) -> Iterator[tuple[Kind, str, tuple[str, ...]]]:
    for control in load_controls(catalog / "controls").values():
        yield "control", control.id, control.formerly
    for framework in load_frameworks(catalog / "frameworks").values():
        for item in framework.items:
            yield "item", item.id, item.formerly
    for kind in load_attestation_kinds(catalog / "attestation_kinds.yaml").values():
        yield "attestation-kind", kind.id, kind.formerly
    if (catalog / "duties").is_dir():
        for duty in load_duties(catalog).values():
            yield "duty", duty.id, duty.formerly
        for regulator in load_regulators(catalog / "regulators").values():
            yield "regulator", regulator.id, ()


def _expected(folder: Path) -> Iterator[tuple[Kind, str, tuple[str, ...]]]:
    for suite in load_suites(folder).values():
        yield "suite", suite.id, suite.formerly
        names = (suite.id, *suite.formerly)
        for expectation in suite.expectations:
            words = (expectation.id, *expectation.formerly)
            id_, *old = [f"{name}#{word}" for name in names for word in words]
            yield "expectation", id_, tuple(old)
