"""Which outcomes speak of which objects: selectors for resources, and listings for whole places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from zicha.catalog.scope import Scope
from zicha.catalog.scope_objects import Object, Selector
from zicha.catalog.suites import Suite
from zicha.model.coverage import Unclaimed
from zicha.model.errors import ConfigError
from zicha.model.outcome import Outcome
from zicha.model.verdict import PASS, Status


@dataclass(frozen=True, slots=True)
class Check:
    """An expectation of a suite, as far as it matters to what it proves.

    Args:
        kind: the kind of source that feeds it.
        subject_type: what a row of its table is.
        partition_type: how an outcome about a whole partition is typed.
        judges_rows: whether it judges resources one by one.
        asked: the sources that its table has a place in; None: every one of its kind.
    """

    suite: str
    id: str
    controls: tuple[str, ...]
    kind: str
    subject_type: str
    partition_type: str
    judges_rows: bool = True
    asked: frozenset[str] | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The suite and the expectation."""
        return (self.suite, self.id)


def checks_of(
    suites: Mapping[str, Suite],
    subject_types: Mapping[str, str],
    asked: Mapping[str, frozenset[str]],
) -> list[Check]:
    """Every expectation; by collector and view id: what a row is, and which sources it asks.

    One that is missing is refused: an object would seem to be out of reach, and a person's word
    stand in for what was measured.
    """
    if odd := sorted(s.table_id for s in suites.values() if s.table_id not in subject_types):
        raise ConfigError(f"{odd[0]}: nothing says what its rows are: add a subject_type")
    return [
        Check(
            suite.id,
            expectation.id,
            expectation.controls,
            suite.id.partition("/")[0],
            subject_types[suite.table_id],
            "/".join(suite.per),
            expectation.judges == "rows",
            asked[suite.table_id],
        )
        for suite in suites.values()
        for expectation in suite.expectations
    ]


@dataclass
class Claims:
    """The outcomes of a run, sorted by the objects that they speak of."""

    scope: Scope
    checks: Sequence[Check]
    outcomes: Sequence[Outcome]
    of: dict[tuple[str, str, str], list[Outcome]] = field(default_factory=dict)
    """By object, suite and expectation."""
    unclaimed: list[Unclaimed] = field(default_factory=list)
    _drawn: dict[tuple[object, ...], frozenset[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Sort once."""
        by_key = {check.key: check for check in self.checks}
        seen: dict[Unclaimed, None] = {}
        for outcome in self.outcomes:
            check = by_key.get((outcome.suite, outcome.expectation))
            if check is None:
                continue
            claimed = [o for o in self.scope.objects if self._speaks_of(o, outcome, check)]
            for object_ in claimed:
                self.of.setdefault((object_.id, *check.key), []).append(outcome)
            if not claimed and not _is_of_a_place(outcome, check):
                seen[_unclaimed(outcome)] = None
        self.unclaimed = [*seen, *self._sources_without_objects()]

    def reaching(self, object_: Object, control: str) -> list[tuple[Check, frozenset[str]]]:
        """The checks of a control that this object's selectors draw on, and from which sources."""
        return [
            (check, sources)
            for check in self._by_control.get(control, ())
            if (sources := self._drawn_by(object_, check))
        ]

    @cached_property
    def _by_control(self) -> dict[str, list[Check]]:
        found: dict[str, list[Check]] = {}
        for check in self.checks:
            for control in dict.fromkeys(check.controls):
                found.setdefault(control, []).append(check)
        return found

    def _drawn_by(self, object_: Object, check: Check) -> frozenset[str]:
        # Hundreds of items ask it of the same objects; what a check is about decides, not its id.
        about = (object_.id, check.kind, check.subject_type, check.judges_rows, check.asked)
        if about not in self._drawn:
            self._drawn[about] = frozenset(self._sources(object_, check))
        return self._drawn[about]

    def _sources(self, object_: Object, check: Check) -> Iterator[str]:
        probe = Outcome("", ("",), PASS, subject_type=check.subject_type)
        for selector in object_.selects:
            # What judges a listing as a whole says nothing of resources picked from it.
            if selector.is_particular and not check.judges_rows:
                continue
            account, region = selector.account or "", selector.region or ""
            for source in self._drawn_on(selector):
                if not self._asks(check, source):
                    continue
                asked = replace(probe, source=source, account=account, region=region)
                if selector.reaches(asked, self.scope.groups):
                    yield source

    def _asks(self, check: Check, source: str) -> bool:
        # A register's check has nothing to say of a drop of another register, nor a join of
        # sources of which one was never declared: a person's word may stand there.
        is_its_kind = self.scope.source(source).kind == check.kind
        return is_its_kind and (check.asked is None or source in check.asked)

    def _drawn_on(self, selector: Selector) -> tuple[str, ...]:
        if selector.group is not None:
            return self.scope.groups.get(selector.group, ())
        return (str(selector.source),)

    def _speaks_of(self, object_: Object, outcome: Outcome, check: Check) -> bool:
        groups = self.scope.groups
        if not _is_of_a_place(outcome, check):
            return any(selector.takes(outcome, groups) for selector in object_.selects)
        # Unread, a listing may have held what the object picks from it; read, it says nothing
        # of single resources.
        is_unread = outcome.verdict.status is Status.UNKNOWN
        return any(
            (is_unread or not selector.is_particular)
            and selector.reaches(_located(outcome, check, selector), groups)
            for selector in object_.selects
        )

    def _sources_without_objects(self) -> Iterator[Unclaimed]:
        drawn_on = {
            source
            for object_ in self.scope.objects
            for selector in object_.selects
            for source in self._drawn_on(selector)
        }
        for source in self.scope.sources:
            if source.id not in drawn_on:
                account = getattr(source, "account", "")
                yield Unclaimed(source.id, account, "", "source", (source.id,))


def _is_of_a_place(outcome: Outcome, check: Check) -> bool:
    return outcome.subject_type == check.partition_type


def _located(outcome: Outcome, check: Check, selector: Selector) -> Outcome:
    """The outcome typed as its rows; a place that spans regions lies in each of them."""
    return replace(
        outcome,
        subject_type=check.subject_type,
        account=outcome.account or selector.account or "",
        region=outcome.region or selector.region or "",
    )


def _unclaimed(outcome: Outcome) -> Unclaimed:
    return Unclaimed(
        outcome.source, outcome.account, outcome.region, outcome.subject_type, outcome.subject
    )
