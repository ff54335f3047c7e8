"""Suites: what is expected of the rows of one table, read strictly from `expectations/suites`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from zicha.catalog.shapes import ControlId, Said, Slug, Strict
from zicha.catalog.suite_parameters import days_of, is_days, is_threshold, odd_parameters
from zicha.catalog.vocabulary import READS, VOCABULARY, Form, Judges
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError
from zicha.model.verdict import Severity

TableId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+/[a-z0-9]+(_[a-z0-9]+)*$")]
"""`source/plural_noun`: a suite, a collector, a view."""

Scalar = str | int | float | bool


def _as_tuple(found: Any) -> Any:
    return (
        (found,) if isinstance(found, str) else tuple(found) if isinstance(found, list) else found
    )


class WhenEmpty(Strict):
    """What a complete, well-formed listing of nothing means."""

    status: Literal["fail", "pass", "not-applicable"]
    because: Said


class Expectation(Strict):
    """One thing expected of every row, or of a table as a whole."""

    id: Slug
    judges: Judges = "rows"
    expect: str
    parameters: dict[str, Any] = Field(alias="with")
    nulls: Literal["forbid", "skip"] | None = None
    only_if: dict[str, Annotated[tuple[Scalar, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    severity: Severity
    controls: Annotated[tuple[ControlId, ...], Field(min_length=1)]
    because: Said
    remedy: Said
    formerly: tuple[Slug, ...] = ()

    @field_validator("expect")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in VOCABULARY:
            raise ValueError(f"{name} is not an expectation that suites may use: choose another")
        return name

    @model_validator(mode="after")
    def _is_well_formed(self) -> Expectation:
        if problem := next(self._problems(), ""):
            raise ValueError(f"{self.id}: {problem}")
        return self

    @property
    def form(self) -> Form:
        """How the engine's expectation is written."""
        return VOCABULARY[self.expect]

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns it judges by."""
        return tuple(self.parameters[name] for name in READS if name in self.parameters)

    @property
    def reads_moments(self) -> bool:
        """Whether its verdict changes as time goes by."""
        return any(is_days(value) for value in self.parameters.values())

    @property
    def thresholds(self) -> tuple[str, ...]:
        """The thresholds it names."""
        inner = [days_of(v) if is_days(v) else v for v in self.parameters.values()]
        return tuple(value["threshold"] for value in inner if is_threshold(value))

    def _problems(self) -> Iterator[str]:
        if self.form.judges != self.judges:
            yield f"{self.expect} judges {self.form.judges}: say `judges: {self.form.judges}`"
        if self.judges == "rows" and self.nulls is None:
            yield "nulls is missing: say forbid or skip"
        if self.expect.endswith("not_be_null") and self.nulls == "skip":
            yield "expects no null and skips them: say `nulls: forbid`"
        yield from odd_parameters(self.form, self.parameters)


class Suite(Strict):
    """What is expected of one collector's or view's table."""

    id: TableId
    evidence: TableId | None = None
    view: TableId | None = None
    title: Said
    depends_on_time: bool
    per: Annotated[tuple[str, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
    when_empty: WhenEmpty
    expectations: Annotated[tuple[Expectation, ...], Field(min_length=1)]
    formerly: tuple[TableId, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Suite:
        if (self.evidence is None) == (self.view is None):
            raise ValueError("name one of evidence and view")
        ids = [expectation.id for expectation in self.expectations]
        if twice := next((id_ for id_ in ids if ids.count(id_) > 1), ""):
            raise ValueError(f"the expectation {twice} stands twice: ids are unique in a suite")
        if len(set(self.per)) < len(self.per):
            raise ValueError("per names a column twice")
        read = [e.id for e in self.expectations if e.reads_moments]
        if self.depends_on_time != bool(read):
            says = f"true: {read[0]} is dated by the run" if read else "false: nothing is dated"
            raise ValueError(f"depends_on_time must be {says}")
        return self

    @property
    def table_id(self) -> str:
        """The collector or the view whose rows are judged."""
        return self.evidence or self.view or ""

    @property
    def controls(self) -> frozenset[str]:
        """Every control that an expectation of it speaks to."""
        return frozenset(control for e in self.expectations for control in e.controls)


def load_suite(path: Path) -> Suite:
    """One suite from its file."""
    return load_model(path, Suite)


def load_suites(folder: Path) -> dict[str, Suite]:
    """Every suite under the folder, by id; the id of a file is its path, unless it was renamed."""
    suites: dict[str, Suite] = {}
    for path in sorted(folder.glob("*/*.yaml")):
        suite = load_suite(path)
        where = f"{path.parent.name}/{path.stem}"
        if suite.id != where and where not in suite.formerly:
            raise ConfigError(f"{path}: its id is {suite.id}: call it {where}, or move the file")
        if suite.id in suites:
            raise ConfigError(f"{path}: the id {suite.id} is taken: choose another")
        suites[suite.id] = suite
    return suites
