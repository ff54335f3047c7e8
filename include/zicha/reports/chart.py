"""Two charts of the report: items by chapter and status, findings by severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zicha.model.coverage import Conformity
from zicha.model.text import Lang
from zicha.reports.drawing import Picture, canvas, saved
from zicha.reports.facts import ReportFacts
from zicha.reports.fonts import cjk_font
from zicha.reports.rows import by_severity
from zicha.reports.safe_text import one_line
from zicha.reports.wording import wording

# Told apart in grey print as well: dark, middle, hatched.
COLOURS = {
    Conformity.CONFORMING: "#2e7d4f",
    Conformity.PARTIAL: "#e0a030",
    Conformity.NONCONFORMING: "#b3261e",
    Conformity.UNDETERMINED: "#9aa3ad",
    Conformity.NOT_APPLICABLE: "#e3e6ea",
}
_SEVERITY_COLOURS = {"critical": "#b3261e", "warning": "#e0a030", "info": "#5b7fa6"}
_LIGHT = {Conformity.PARTIAL, Conformity.UNDETERMINED, Conformity.NOT_APPLICABLE}


def missing_charts(facts: ReportFacts, lang: Lang) -> dict[str, str]:
    """Why a chart with something to show is left out, by chart; empty where none is missing."""
    if lang == "en" or cjk_font(prefer="Sans") is not None:
        return {"posture": "", "severity": ""}
    why = wording(lang)("text.no_chart")
    return {
        "posture": why if facts.chapters else "",
        "severity": why if facts.findings else "",
    }


def posture_chart(facts: ReportFacts, lang: Lang, kind: Picture) -> bytes | None:
    """Stacked bars, one per chapter in official order; None without chapters or without a font."""
    font = cjk_font(prefer="Sans")
    if not facts.chapters or (font is None and lang == "zh"):
        return None
    w = wording(lang)
    names = [one_line(f"{c.ref} {c.title.in_(lang)}", 34) for c in facts.chapters]
    figure, axes = canvas(7.0, 1.1 + 0.36 * len(names))
    starts = [0] * len(names)
    places = range(len(names))
    for status, colour in COLOURS.items():
        counts = [chapter.counts()[status] for chapter in facts.chapters]
        label = w.word("statuses", status)
        axes.barh(places, counts, left=starts, color=colour, label=label, height=0.66)
        _counts(axes, starts, counts, status)
        starts = [start + count for start, count in zip(starts, counts, strict=True)]
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlabel(w("charts.items"))
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=5, frameon=False, fontsize=8)
    return saved(figure, kind, font)


def severity_chart(facts: ReportFacts, lang: Lang, kind: Picture) -> bytes | None:
    """One bar per severity; None without findings or without a font."""
    font = cjk_font(prefer="Sans")
    if not facts.findings or (font is None and lang == "zh"):
        return None
    w = wording(lang)
    counts = by_severity(facts)
    figure, axes = canvas(7.0, 1.3)
    names = [w.word("severities", severity) for severity in counts]
    bars = axes.barh(names, list(counts.values()), height=0.6)
    for bar, severity in zip(bars, counts, strict=True):
        bar.set_color(_SEVERITY_COLOURS[severity])
    axes.bar_label(bars, padding=4, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.08)
    return saved(figure, kind, font)


def _counts(axes: Any, starts: Sequence[int], counts: Sequence[int], status: Conformity) -> None:
    colour = "#1a1a1a" if status in _LIGHT else "white"
    for row, (start, count) in enumerate(zip(starts, counts, strict=True)):
        if count:
            middle = start + count / 2
            axes.text(middle, row, count, ha="center", va="center", color=colour, fontsize=7.5)
