"""The tables of the risk report: rows of texts; which of them a reader gets, the depth decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from zicha.catalog.risk_levels import LEVELS
from zicha.model.document import Grid, GridColumn
from zicha.model.text import Text
from zicha.reports.risk_facts import RiskFacts, RiskItem, TrendPoint
from zicha.reports.risk_words import Words
from zicha.reports.rows import short_id
from zicha.reports.safe_text import one_line, short_digest

Cell = str | Text
Row = dict[str, Cell]
Columns = Sequence[tuple[str, float]]
FIGURES = (
    "open_start",
    "new",
    "closed",
    "open_end",
    "high",
    "overdue",
    "unseen",
    "rate",
    "coverage",
    "undetermined",
    "measured",
)
"""The key figures, in their order."""


def grid(words: Words, id_: str, columns: Columns, rows: Iterable[Row]) -> Grid:
    """A table with its title and the titles of its columns; without rows it says so."""
    laid = tuple(GridColumn(name, words(f"columns.{name}"), width) for name, width in columns)
    return Grid(id_, words(f"tables.{id_}"), laid, tuple(rows), words("marks.none"))


def figures(facts: RiskFacts, words: Words) -> Grid:
    """The key figures of the period beside those of the one before."""
    this, dash = facts.periods[-1], words("marks.dash")
    now: dict[str, Cell] = {
        "open_start": str(facts.open_at_start),
        **_figures(this, words),
        "open_end": str(facts.open_at_end),
        "high": str(facts.by_level()["high"]),
        "overdue": str(len(facts.overdue)),
        "unseen": str(len(facts.not_remeasured)),
    }
    before = _figures(facts.periods[-2], words) if len(facts.periods) > 1 else {}
    rows: list[Row] = [
        {"figure": words(f"figures.{name}"), "this": now[name], "last": before.get(name, dash)}
        for name in FIGURES
    ]
    return grid(words, "figures", (("figure", 3), ("this", 1.4), ("last", 1.4)), rows)


def _figures(point: TrendPoint, words: Words) -> dict[str, Cell]:
    levels = point.open
    return {
        "new": _number(point.new, words),
        "closed": _number(point.closed, words),
        "open_end": _open(point, words),
        "high": _number(None if levels is None else levels["high"], words),
        "rate": rate(point, words),
        "coverage": percent(point.coverage, words),
        "undetermined": percent(point.undetermined, words),
        "measured": f"{point.measured} / {point.days}",
    }


def risks(items: Iterable[RiskItem], words: Words, id_: str = "risks") -> Grid:
    """Risks with what is wrong, where, since when, until when, by whom."""
    rows: list[Row] = [
        {
            "id": short_id(item.id),
            "level": words(f"levels.{item.level}"),
            "problem": _problem(item),
            "resource": _resource(item),
            "systems": systems(item, words),
            "opened": _opened(item, words),
            "due": _due(item, words),
        }
        for item in items
    ]
    widths = (
        ("id", 1.4),
        ("level", 1.0),
        ("problem", 3.4),
        ("resource", 2.3),
        ("systems", 1.8),
        ("opened", 1.5),
        ("due", 1.5),
    )
    return grid(words, id_, widths, rows)


def reasons(facts: RiskFacts, words: Words) -> Grid:
    """Per open risk the reasons for its level, what to do, what was seen and where that lies."""
    rows: list[Row] = [
        {
            "id": short_id(item.id),
            "level": words(f"levels.{item.level}"),
            "reasons": joined(item.because, "；", "; "),
            "remedy": item.remedy,
            "owner": item.owner if item.owner.zh else words("marks.no_owner"),
            "evidence": _evidence(item),
        }
        for item in facts.open
    ]
    widths = (
        ("id", 1.4),
        ("level", 1.0),
        ("reasons", 2.8),
        ("remedy", 2.8),
        ("owner", 1.4),
        ("evidence", 2.2),
    )
    return grid(words, "reasons", widths, rows)


def closed(facts: RiskFacts, words: Words) -> Grid:
    """What closed, how, and whether in time."""
    rows: list[Row] = [
        {
            "id": short_id(item.id),
            "level": words(f"levels.{item.level}"),
            "problem": item.title,
            "resource": _resource(item),
            "opened": _opened(item, words),
            "closed": item.closed.isoformat() if item.closed else "",
            "how": words(f"how.{item.how}"),
            "in_time": words(f"answers.{str(item.in_time).lower()}"),
        }
        for item in facts.closed
    ]
    widths = (
        ("id", 1.4),
        ("level", 1.0),
        ("problem", 2.4),
        ("resource", 2.3),
        ("opened", 1.5),
        ("closed", 1.5),
        ("how", 1.1),
        ("in_time", 0.9),
    )
    return grid(words, "closed", widths, rows)


def late(facts: RiskFacts, words: Words) -> Grid:
    """What is overdue, and by how much."""
    rows: list[Row] = [
        {
            "id": short_id(item.id),
            "level": words(f"levels.{item.level}"),
            "problem": item.title,
            "systems": systems(item, words),
            "due": item.due.isoformat() if item.due else "",
            "late": str(item.overdue_days),
            "owner": item.owner if item.owner.zh else words("marks.no_owner"),
        }
        for item in facts.overdue
    ]
    widths = (
        ("id", 1.4),
        ("level", 1.0),
        ("problem", 2.8),
        ("systems", 2),
        ("due", 1.5),
        ("late", 1.1),
        ("owner", 1.6),
    )
    return grid(words, "overdue", widths, rows)


def unseen(facts: RiskFacts, words: Words) -> Grid:
    """What the newest measured day did not reach."""
    rows: list[Row] = [
        {
            "id": short_id(item.id),
            "level": words(f"levels.{item.level}"),
            "problem": item.title,
            "resource": _resource(item),
            "source": item.source,
            "last_measured": item.last_measured.isoformat() if item.last_measured else "",
        }
        for item in facts.not_remeasured
    ]
    widths = (
        ("id", 1.4),
        ("level", 1.0),
        ("problem", 2.8),
        ("resource", 2.4),
        ("source", 1.6),
        ("last_measured", 1.5),
    )
    return grid(words, "unseen", widths, rows)


def top(facts: RiskFacts, words: Words, most: int) -> Grid:
    """The gravest risks for somebody who does not look after resources."""
    rows: list[Row] = [
        {
            "level": words(f"levels.{item.level}"),
            "problem": _problem(item),
            "reasons": item.because[1],
            "systems": systems(item, words),
            "due": _due(item, words),
            "owner": item.owner if item.owner.zh else words("marks.no_owner"),
        }
        for item in facts.open[:most]
    ]
    widths = (
        ("level", 1.0),
        ("problem", 3.6),
        ("reasons", 2.6),
        ("systems", 1.8),
        ("due", 1.5),
        ("owner", 1.6),
    )
    return grid(words, "risks", widths, rows)


def identified(facts: RiskFacts, words: Words) -> Grid:
    """Open risks by the control that is not met: how many, how grave, planned for when."""
    by_control: dict[Text, list[RiskItem]] = defaultdict(list)
    for item in facts.open:
        by_control[item.title].append(item)
    rows: list[Row] = []
    for title, items in by_control.items():
        levels = [item.level for item in items]
        names = list(dict.fromkeys(name for item in items for name in item.systems))
        planned = [item.due for item in items if item.due]
        rows.append(
            {
                "requirement": title,
                **{level: str(levels.count(level)) for level in LEVELS},
                "systems": joined(names, "、", ", ") if names else words("marks.unclaimed"),
                "late": str(sum(item.is_overdue for item in items)),
                "plan": max(planned).isoformat() if planned else words("marks.dash"),
            }
        )
    widths = (
        ("requirement", 3.4),
        ("high", 0.7),
        ("medium", 0.9),
        ("low", 0.7),
        ("systems", 2.6),
        ("late", 1.1),
        ("plan", 1.6),
    )
    laid = grid(words, "identified", widths, rows)
    # Here the column counts risks; elsewhere it counts days.
    columns = tuple(
        GridColumn(c.id, words("figures.overdue"), c.width) if c.id == "late" else c
        for c in laid.columns
    )
    return Grid(laid.id, laid.title, columns, laid.rows, laid.empty)


def exposure(facts: RiskFacts, words: Words) -> Grid:
    """The open risks by how far they can be reached."""
    rows: list[Row] = [
        {"exposure": each.title, "why": each.because, "count": str(each.count)}
        for each in facts.exposures
    ]
    return grid(words, "exposure", (("exposure", 1.6), ("why", 4), ("count", 0.8)), rows)


def trend(facts: RiskFacts, words: Words, most: int = 0) -> Grid:
    """The periods side by side: the newest `most`, or all."""
    rows: list[Row] = [
        {
            "period": point.label,
            "measured": f"{point.measured} / {point.days}",
            "open": _open(point, words),
            **{
                level: _number(point.open[level] if point.open else None, words) for level in LEVELS
            },
            "new": _number(point.new, words),
            "closed": _number(point.closed, words),
            "rate": rate(point, words),
            "coverage": percent(point.coverage, words),
            "undetermined": percent(point.undetermined, words),
        }
        for point in facts.periods[-most:]
    ]
    widths = (
        ("period", 1.3),
        ("measured", 1.2),
        ("open", 0.9),
        ("high", 0.7),
        ("medium", 0.9),
        ("low", 0.7),
        ("new", 0.8),
        ("closed", 1.2),
        ("rate", 1.4),
        ("coverage", 1.2),
        ("undetermined", 1.2),
    )
    laid = grid(words, "trend", widths, rows)
    columns = tuple(
        GridColumn(c.id, words("figures.closed"), c.width) if c.id == "closed" else c
        for c in laid.columns
    )
    return Grid(laid.id, laid.title, columns, laid.rows, laid.empty)


def systems(item: RiskItem, words: Words) -> Text:
    """The systems of a risk, or that it has none."""
    return joined(item.systems, "、", ", ") if item.systems else words("marks.unclaimed")


def joined(texts: Iterable[Text], zh: str, en: str) -> Text:
    """Texts in one cell, joined in the manner of each language."""
    every = list(texts)
    return Text(zh.join(each.zh for each in every), en.join(each.en for each in every))


def rate(point: TrendPoint, words: Words) -> Cell:
    """The rectification rate of a stretch; that nothing was due is no nought."""
    if not point.measured:
        return words("figures.unknown")
    rectified = point.rectified
    return words("figures.nothing_due") if rectified is None else f"{rectified:.0f}%"


def percent(value: float | None, words: Words) -> Cell:
    """A share, or that it was not measured."""
    return words("figures.unknown") if value is None else f"{value:.1f}%"


def _number(value: int | None, words: Words) -> Cell:
    return words("figures.unknown") if value is None else str(value)


def _open(point: TrendPoint, words: Words) -> Cell:
    return _number(sum(point.open.values()) if point.open else None, words)


def _problem(item: RiskItem) -> Text:
    return Text(f"{item.title.zh}：{item.fault.zh}", f"{item.title.en}: {item.fault.en}")


def _resource(item: RiskItem) -> str:
    place = " ".join(part for part in (item.account, item.region) if part)
    return one_line(f"{item.subject} ({place})" if place else item.subject)


def _opened(item: RiskItem, words: Words) -> Cell:
    day = item.opened.isoformat()
    again = words("marks.again")
    return Text(f"{day}（{again.zh}）", f"{day} ({again.en})") if item.times > 1 else day


def _due(item: RiskItem, words: Words) -> Cell:
    if item.due is None:
        return words("marks.dash")
    if not item.is_overdue:
        return item.due.isoformat()
    late_by = words("marks.late", days=item.overdue_days)
    return Text(f"{item.due}（{late_by.zh}）", f"{item.due} ({late_by.en})")


def _evidence(item: RiskItem) -> str:
    return " · ".join(
        part for part in (one_line(item.observed, 160), short_digest(item.evidence_digest)) if part
    )
