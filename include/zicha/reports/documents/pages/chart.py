"""The charts of documents; what was not measured is a gap that says so, never a nought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zicha.model.document import Chart, Series, Tone
from zicha.model.text import Lang
from zicha.reports.drawing import Picture, canvas, saved
from zicha.reports.fonts import cjk_font
from zicha.reports.safe_text import one_line
from zicha.reports.wording import wording

TONES: dict[Tone, str] = {
    "plain": "#34506b",
    "good": "#2e7d4f",
    "warning": "#e0a030",
    "bad": "#b3261e",
    "unknown": "#9aa3ad",
}
# Series without a tone of their own, told apart in grey print as well.
_PLAIN = ("#34506b", "#7fa1c4", "#b58a3c", "#5c6570", "#8a6fa8", "#a9c2a4")
_LIGHT = {"#e0a030", "#9aa3ad", "#7fa1c4", "#a9c2a4"}
_LONG_LABEL, _MOST_UPRIGHT = 9, 14
_DAY = 2
"""Characters of the day of a month: a month of days stands upright."""


def draw(chart: Chart, lang: Lang, kind: Picture) -> bytes | None:
    """The picture; None without numbers, or without a font for Chinese words."""
    font = cjk_font(prefer="Sans")
    if not chart.labels or not chart.series or (font is None and lang == "zh"):
        return None
    gap = wording(lang, name="document_wording.yaml")("chart.gap")
    labels = [one_line(label.in_(lang), 34) for label in chart.labels]
    if chart.kind == "line":
        figure = _lines(chart, lang, labels, gap)
    elif max(map(len, labels)) > (_DAY if len(labels) > _MOST_UPRIGHT else _LONG_LABEL):
        figure = _lying(chart, lang, labels, gap)
    else:
        figure = _upright(chart, lang, labels, gap)
    return saved(figure, kind, font)


def colours_of(series: Sequence[Series]) -> list[str]:
    """One colour a series: its tone's, or one of a row of plain ones."""
    plain = [one for one in series if one.tone == "plain"]
    return [
        _PLAIN[plain.index(one) % len(_PLAIN)] if one.tone == "plain" else TONES[one.tone]
        for one in series
    ]


def _lines(chart: Chart, lang: Lang, labels: list[str], gap: str) -> Any:
    figure, axes = canvas(7.0, 2.7)
    places = range(len(labels))
    for series, colour in zip(chart.series, colours_of(chart.series), strict=True):
        values = [float("nan") if value is None else value for value in series.values]
        axes.plot(
            places, values, color=colour, marker="o", markersize=3.5, label=_name(series, lang)
        )
    _shade(axes, chart, gap)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    axes.set_ylim(bottom=0)
    axes.set_xticks(places, labels)
    return _finished(figure, axes, chart, lang, upright=True)


def _upright(chart: Chart, lang: Lang, labels: list[str], gap: str) -> Any:
    figure, axes = canvas(7.0, 2.7)
    starts = [0.0] * len(labels)
    wide = 0.66 if chart.kind == "stacked" else 0.75 / len(chart.series)
    for n, (series, colour) in enumerate(zip(chart.series, colours_of(chart.series), strict=True)):
        shift = 0.0 if chart.kind == "stacked" else (n - (len(chart.series) - 1) / 2) * wide
        places = [place + shift for place in range(len(labels))]
        values = [value or 0 for value in series.values]
        bars = axes.bar(
            places, values, bottom=starts, color=colour, width=wide, label=_name(series, lang)
        )
        _say_values(axes, bars, series, colour, stacked=chart.kind == "stacked")
        for number, (place, value) in enumerate(zip(places, series.values, strict=True)):
            if value is None and number not in _empty(chart) and chart.kind != "stacked":
                axes.text(place, 0, gap, ha="center", va="bottom", fontsize=7, rotation=90)
        if chart.kind == "stacked":
            starts = [start + value for start, value in zip(starts, values, strict=True)]
    _shade(axes, chart, gap)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.set_xticks(range(len(labels)), labels)
    axes.margins(y=0.12)
    return _finished(figure, axes, chart, lang, upright=True)


def _lying(chart: Chart, lang: Lang, labels: list[str], gap: str) -> Any:
    stacked = chart.kind == "stacked"
    many = 1 if stacked else len(chart.series)
    figure, axes = canvas(7.0, 1.0 + 0.36 * len(labels) * (1 + 0.4 * (many - 1)))
    starts = [0.0] * len(labels)
    thick = 0.66 if stacked else 0.75 / many
    for n, (series, colour) in enumerate(zip(chart.series, colours_of(chart.series), strict=True)):
        shift = 0.0 if stacked else (n - (many - 1) / 2) * thick
        places = [place + shift for place in range(len(labels))]
        values = [value or 0 for value in series.values]
        bars = axes.barh(
            places, values, left=starts, color=colour, height=thick, label=_name(series, lang)
        )
        _say_values(axes, bars, series, colour, stacked=stacked)
        for place, value in zip(places, series.values, strict=True):
            if value is None and (n == 0 or not stacked):
                axes.text(0, place, f" {gap}", ha="left", va="center", fontsize=7.5)
        if stacked:
            starts = [start + value for start, value in zip(starts, values, strict=True)]
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.margins(x=0.08)
    return _finished(figure, axes, chart, lang, upright=False)


def _empty(chart: Chart) -> list[int]:
    """The places at which no series has a value."""
    return [
        place
        for place in range(len(chart.labels))
        if all(series.values[place] is None for series in chart.series)
    ]


def _shade(axes: Any, chart: Chart, gap: str) -> None:
    """Say over the whole height that a place was not measured."""
    for place in _empty(chart):
        axes.axvspan(place - 0.5, place + 0.5, color="#eef1f4", zorder=0)
        middle = {"transform": axes.get_xaxis_transform(), "rotation": 90}
        axes.text(
            place, 0.5, gap, ha="center", va="center", fontsize=7.5, color="#5c6570", **middle
        )


def _say_values(axes: Any, bars: Any, series: Series, colour: str, *, stacked: bool) -> None:
    said = [f"{value:g}" if value else "" for value in series.values]
    if stacked:
        ink = "#1a1a1a" if colour in _LIGHT else "white"
        axes.bar_label(bars, said, label_type="center", fontsize=7.5, color=ink)
    else:
        axes.bar_label(bars, said, padding=2, fontsize=7.5)


def _finished(figure: Any, axes: Any, chart: Chart, lang: Lang, *, upright: bool) -> Any:
    from matplotlib.ticker import MaxNLocator

    values = [value for series in chart.series for value in series.values if value is not None]
    whole = all(float(value).is_integer() for value in values)
    (axes.yaxis if upright else axes.xaxis).set_major_locator(MaxNLocator(integer=whole, nbins=6))
    unit = one_line(chart.unit.in_(lang), 40)
    (axes.set_ylabel if upright else axes.set_xlabel)(unit, fontsize=8.5)
    if len(chart.series) > 1:
        below = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "frameon": False}
        axes.legend(ncols=min(5, len(chart.series)), fontsize=8, **below)
    return figure


def _name(series: Series, lang: Lang) -> str:
    return one_line(series.title.in_(lang), 30)
