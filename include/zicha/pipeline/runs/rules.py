"""The rules in force: suites, views, thresholds, catalogues, loaded once and known by digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zicha.catalog.frameworks import Framework, load_frameworks
from zicha.catalog.roots import catalog_dir, suites_dir, views_dir
from zicha.catalog.scope import Scope
from zicha.catalog.suites import Expectation, Suite, load_suites
from zicha.catalog.thresholds import Limit, limits, load_thresholds
from zicha.collectors import collectors
from zicha.evaluation.claims import Check, checks_of
from zicha.evaluation.views import View, load_views
from zicha.model.collector import Collector
from zicha.model.errors import ConfigError
from zicha.model.finding import Finding
from zicha.model.text import Text
from zicha.pipeline.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Rules:
    """What judges: every suite with the collector or view whose rows it reads."""

    suites: dict[str, Suite]
    collectors: dict[str, Collector]
    views: dict[str, View]

    def table_of(self, suite: Suite) -> Collector | View:
        """The collector or view that a suite reads."""
        found = self.collectors.get(suite.table_id) if suite.evidence else None
        found_view = self.views.get(suite.table_id) if suite.view else None
        if found is None and found_view is None:
            raise ConfigError(f"suite {suite.id}: there is no {suite.table_id}: correct its name")
        return found or found_view  # type: ignore[return-value]

    def places(self, scope: Scope, table: Collector | View) -> list[dict[str, str]]:
        """The places of a table that the scope declares; none of a view that lacks an input."""
        for id_ in table.reads if isinstance(table, View) else ():
            if not self.places(scope, self.collectors[id_]):
                return []
        return scope.places(table.id.partition("/")[0], table.places)

    def checks(self, scope: Scope) -> list[Check]:
        """Every expectation, as far as it matters to what it proves in this scope."""
        tables = {suite.table_id: self.table_of(suite) for suite in self.suites.values()}
        return checks_of(
            self.suites,
            {id_: table.subject_type for id_, table in tables.items()},
            {
                id_: frozenset(place["source"] for place in self.places(scope, table))
                for id_, table in tables.items()
            },
        )

    def expectation(self, suite: str, expectation: str) -> Expectation | None:
        """One expectation, if it is still in force."""
        members = self.suites[suite].expectations if suite in self.suites else ()
        return next((member for member in members if member.id == expectation), None)

    def because(self, finding: Finding) -> Text | None:
        """Why it is a fault: the expectation's reason, or the suite's where nothing was listed."""
        expectation = self.expectation(finding.suite, finding.expectation)
        if expectation is None:
            return None
        suite = self.suites[finding.suite]
        is_empty = (
            finding.subject_type == "/".join(suite.per)
            and finding.observed.partition(",")[0] == NO_ROWS
        )
        return suite.when_empty.because if is_empty else expectation.because


NO_ROWS = "rows=0"


@cache
def rules() -> Rules:
    """The rules on disk, read once per process."""
    return Rules(load_suites(suites_dir()), collectors(), load_views(views_dir()))


@cache
def frameworks() -> dict[str, Framework]:
    """Every framework, read once per process."""
    return load_frameworks()


def limits_of(place: Workplace) -> dict[str, Limit]:
    """The thresholds in force: the stricter of the user's value and the floor."""
    chosen = {override.id: override.value for override in place.scope.thresholds}
    return limits(load_thresholds(), chosen)


def digests_of_rules() -> tuple[dict[str, str], dict[str, str]]:
    """The digests of the suites, and of everything else that judges, by name."""
    suites = {
        path.relative_to(suites_dir()).as_posix(): _digest(path) for path in _yaml(suites_dir())
    }
    others = {
        path.relative_to(folder.parent).as_posix(): _digest(path)
        for folder in (catalog_dir(), views_dir())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return suites, others


def _yaml(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.yaml"))


def _digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def policy() -> dict[str, object]:
    """The least-privilege policy of every AWS collector."""
    from zicha.sources.aws_policy import policy as of_collectors

    return of_collectors([c for c in collectors().values() if c.source == "aws"])


def schemas() -> dict[str, object]:
    """The JSON Schemas of every file that people write."""
    from zicha.catalog.schemas import schemas as of_catalogue

    return dict(of_catalogue())


def export(place: Workplace, out: Path) -> list[Path]:
    """Write every suite in Great Expectations' own form, with the thresholds in force."""
    from zicha.evaluation.export import export_suites

    return export_suites(rules().suites.values(), out, limits_of(place), place.clock())
