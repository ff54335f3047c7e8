"""The charts of the risk report; a stretch that was not measured stays empty in each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zicha.catalog.risk_levels import LEVELS, RiskLevel
from zicha.model.document import Chart, ChartKind, Series, Tone
from zicha.reports.risk_facts import TrendPoint
from zicha.reports.risk_words import Words

TONES: dict[RiskLevel, Tone] = {"high": "bad", "medium": "warning", "low": "plain"}
Value = Callable[[TrendPoint], float | None]


def open_by_level(points: Sequence[TrendPoint], words: Words, title: str = "open") -> Chart:
    """The open risks at the end of each stretch, one colour a level."""
    series = tuple(
        Series(words(f"levels.{level}"), tuple(_level(p, level) for p in points), TONES[level])
        for level in LEVELS
    )
    return _chart(points, words, title, "stacked", series)


def new_and_closed(points: Sequence[TrendPoint], words: Words) -> Chart:
    """What was added and what closed in each stretch."""
    series = (
        Series(words("figures.new"), tuple(_whole(p.new) for p in points), "bad"),
        Series(words("figures.closed"), tuple(_whole(p.closed) for p in points), "good"),
    )
    return _chart(points, words, "moved", "bars", series)


def rates(points: Sequence[TrendPoint], words: Words) -> Chart:
    """Rectified in time, conforming, undetermined: in percent, period by period."""
    held: tuple[tuple[str, Tone, Value], ...] = (
        ("rate", "good", lambda p: p.rectified),
        ("coverage", "plain", lambda p: p.coverage),
        ("undetermined", "unknown", lambda p: p.undetermined),
    )
    series = tuple(
        Series(words(f"figures.{name}"), tuple(value(p) for p in points), tone)
        for name, tone, value in held
    )
    return _chart(points, words, "rates", "line", series, unit="percent")


def _chart(
    points: Sequence[TrendPoint],
    words: Words,
    title: str,
    kind: ChartKind,
    series: tuple[Series, ...],
    *,
    unit: str = "items",
) -> Chart:
    labels = tuple(point.label for point in points)
    return Chart(title, words(f"charts.{title}"), kind, labels, series, words(f"charts.{unit}"))


def _level(point: TrendPoint, level: RiskLevel) -> float | None:
    return None if point.open is None else float(point.open[level])


def _whole(value: int | None) -> float | None:
    return None if value is None else float(value)
