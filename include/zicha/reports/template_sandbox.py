"""Filling a template that the user may have written: it reaches nothing, and it comes to an end."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateRuntimeError,
    Undefined,
    nodes,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from pydantic import Field

from zicha.catalog.roots import templates_dir
from zicha.catalog.shapes import Strict
from zicha.catalog.yaml_files import load_model
from zicha.model.errors import ConfigError
from zicha.reports.safe_text import one_line

NUMBER = re.compile(r"\d{1,18}")
EACH = "each_step"
LETTERS = 100
LONGEST = 200
"""Letters of an error that are shown."""


class TemplateLimits(Strict):
    """How much work the filling of one document may be: loops, and what filters and calls take."""

    steps: Annotated[int, Field(ge=1_000)]


class TooManyStepsError(TemplateRuntimeError):
    """The template takes more steps than a document may."""


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which bounds a range and not time: here each step is counted.

    A step is one turn of a loop, one call, one member of what a filter, a call or a repetition
    takes. So the bound is the same on every machine. One environment fills one document.
    """

    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(self, folder: Path | None = None, most: int | None = None) -> None:
        """Take templates from a folder, if any; `most` steps, else those of `limits.yaml`."""
        loader = None if folder is None else FileSystemLoader(folder)
        super().__init__(loader=loader, autoescape=True, undefined=StrictUndefined)
        self.most = load_limits().steps if most is None else most
        self.steps = 0
        self.filters = {name: self._counted(name, does) for name, does in self.filters.items()}
        self.filters[EACH] = self._each
        self.globals["range"] = self._range

    def take(self, steps: int) -> None:
        """Count some steps.

        Raises:
            TooManyStepsError: that is more than a document may take.
        """
        self.steps += steps
        if self.steps > self.most:
            raise TooManyStepsError(
                f"it takes more than {self.most} steps to fill: take out a loop within a loop"
            )

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call something, and count what it is given; of a text's own methods the widths too."""
        self.take(1 + _members(args))
        # The sandbox wraps a text's own `format`.
        method = getattr(obj, "__wrapped__", obj)
        text = getattr(method, "__self__", None)
        if isinstance(text, str):
            self.take(_numbers(args))
            if method.__name__.startswith("format"):
                self.take(_widths(text, (*args, *kwargs.values())))
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Repeat, raise or format, once it is known to be little."""
        match operator:
            case "**" if isinstance(left, int) and isinstance(right, int):
                self.take(left.bit_length() * abs(right))
            case "*" if isinstance(left, Collection) or isinstance(right, Collection):
                times = _numbers((left, right))
                self.take(times * sum(len(x) for x in (left, right) if isinstance(x, Collection)))
            case "%" if isinstance(left, str):
                self.take(_widths(left, right if isinstance(right, tuple) else (right,)))
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, EACH, [], [], None, None, lineno=loop.lineno)
        return tree

    def _each(self, members: Iterable[Any]) -> Iterator[Any]:
        for member in members:
            self.take(1)
            yield member

    def _range(self, *args: int) -> range:
        found = safe_range(*args)
        self.take(len(found))
        return found

    def _counted(self, name: str, does: Callable[..., Any]) -> Callable[..., Any]:
        # To some, Jinja itself hands its context or environment before the value.
        first = 1 if hasattr(does, "jinja_pass_arg") else 0

        @functools.wraps(does)
        def counted(*args: Any, **kwargs: Any) -> Any:
            value, *more = args[first:]
            self.take(1 + _members((value, *more)) + _numbers((*more, *kwargs.values())))
            if name == "format":
                self.take(_widths(str(value), more))
            return does(*args, **kwargs)

        return counted


@contextmanager
def filling(name: str) -> Iterator[None]:
    """Whatever is wrong with a template is one sentence that names it.

    Raises:
        ConfigError: it cannot be filled, or takes too long.
    """
    try:
        yield
    except (TemplateError, RecursionError, OverflowError, MemoryError) as error:
        said = one_line(str(error), LONGEST) or type(error).__name__
        raise ConfigError(f"{name}: {said}: correct the template or take it away") from error


@functools.cache
def load_limits() -> TemplateLimits:
    """The limits in force."""
    return load_model(templates_dir() / "limits.yaml", TemplateLimits)


def _members(values: Iterable[Any]) -> int:
    """How many things these hold; of a text, a hundredth of its letters."""
    held = [v for v in values if isinstance(v, Collection) and not isinstance(v, Undefined)]
    return sum(len(v) // LETTERS if isinstance(v, str) else len(v) for v in held)


def _numbers(values: Iterable[Any]) -> int:
    """The numbers among them: each may be a width, or a count of repetitions."""
    return sum(abs(value) for value in values if isinstance(value, int))


def _widths(text: str, values: Iterable[Any]) -> int:
    """The widths that a text with places asks for; some take theirs from what is put there."""
    asked = sum(int(number) for number in NUMBER.findall(text))
    return asked + (_numbers(values) if "*" in text or ":{" in text else 0)
