"""A filter over findings, for lists and for acts on many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from zicha.catalog.risk_levels import LEVELS
from zicha.model.errors import ConfigError
from zicha.model.finding_life import Standing
from zicha.model.verdict import Severity
from zicha.pipeline.findings.lives import Told
from zicha.pipeline.runs.rules import rules
from zicha.pipeline.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings are meant: by their own words, all of which must fit; empty ones fit all.

    Args:
        check: `suite#expectation`.
    """

    severity: str = ""
    suite: str = ""
    check: str = ""
    system: str = ""
    source: str = ""
    state: str = ""
    risk: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it names nothing, so that it would mean every finding."""
        return not any(asdict(self).values())

    def takes(self, one: Told) -> bool:
        """Whether a finding is meant."""
        held = _words(one)
        return all(not word or word in held[name] for name, word in asdict(self).items())


def fitting(place: Workplace, wanted: Wanted, every: Sequence[Told]) -> list[Told]:
    """Those that fit, in their order.

    Raises:
        ConfigError: a word that is none, or that nothing here is called.
    """
    known = _known(place)
    for name, word in asdict(wanted).items():
        if word and word not in known[name] and not any(word in _words(o)[name] for o in every):
            raise ConfigError(f"no {name} is called {word}: {_there_is(name, known[name])}")
    return [one for one in every if wanted.takes(one)]


def _words(one: Told) -> dict[str, tuple[str, ...]]:
    finding = one.finding
    return {
        "severity": (finding.severity.value,),
        "suite": (finding.suite,),
        "check": (f"{finding.suite}#{finding.expectation}",),
        "system": one.systems,
        "source": (finding.source,),
        "state": (one.life.standing.value,),
        "risk": (one.risk.level,),
    }


def _known(place: Workplace) -> dict[str, frozenset[str]]:
    suites = rules().suites.values()
    return {
        "severity": frozenset(severity.value for severity in Severity),
        "suite": frozenset(suite.id for suite in suites),
        "check": frozenset(f"{s.id}#{each.id}" for s in suites for each in s.expectations),
        "system": frozenset(system.id for system in place.scope.systems),
        "source": frozenset(source.id for source in place.scope.sources),
        "state": frozenset(standing.value for standing in Standing),
        "risk": frozenset(LEVELS),
    }


def _there_is(name: str, known: Iterable[str]) -> str:
    if name in {"suite", "check"}:
        return "see `zicha suites list`"
    return f"there is {', '.join(sorted(known)) or 'none'}"
