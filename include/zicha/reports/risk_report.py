"""The periodic risk report as a document, at three depths: team, management, regulator.

What an outsider reads names no resource, address or account: a fault that is not mended yet is not
to spread by the report about it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from zicha.model.document import Chart, Document, DocumentSection, Grid
from zicha.model.text import Text
from zicha.reports import risk_charts as charts
from zicha.reports import risk_standing as standing
from zicha.reports import risk_tables as tables
from zicha.reports.risk_facts import Depth, RiskFacts
from zicha.reports.risk_words import Words

FORM = "risk-report"
TOP = 5
"""How many risks a manager is shown."""
NEXT = 5
"""How many deadlines a manager is shown."""
SHORT = 4
"""How many periods a manager is shown."""

Builder = Callable[[RiskFacts, Words], DocumentSection]


def risk_document(facts: RiskFacts, depth: Depth, words: Words) -> Document:
    """The document of this depth; all of it in both languages."""
    return Document(
        form=f"{FORM}-{depth}",
        title=words(f"title.{depth}.{facts.period.kind}"),
        of=facts.of,
        unit=facts.organisation,
        as_of=facts.made_at,
        sections=tuple(build(facts, words) for build in _BUILDERS[depth]),
        cover=_cover(facts, words),
        statement=(words("statement.regulator"),) if depth == "regulator" else (),
        signatures=_signatures(words) if depth == "regulator" else (),
        day=facts.run_day.isoformat(),
        run=facts.run,
        zone=facts.zone,
        demo=facts.demo,
        estimate=True,
        brief=depth == "management",
        tool_version=facts.tool_version,
        ledger_root=facts.ledger_root,
    )


def _cover(facts: RiskFacts, words: Words) -> tuple[tuple[Text, str | Text], ...]:
    first, last = facts.period.first.isoformat(), facts.last_day.isoformat()
    span = words("cover.span" if facts.is_over else "cover.running", first=first, last=last)
    measured = words("cover.measured_of", measured=facts.days_measured, total=facts.days_total)
    lines: list[tuple[Text, str | Text]] = [
        (words("cover.unit"), facts.organisation),
        (words("cover.system"), facts.system or words("cover.whole")),
        (words("cover.period"), facts.period.title),
        (words("cover.days"), span),
        (words("cover.measured"), measured),
        (words("cover.made"), f"{facts.made_at:%Y-%m-%d %H:%M}"),
    ]
    return tuple(lines)


def _signatures(words: Words) -> tuple[Text, ...]:
    return words("signature.head"), words("signature.unit")


def _section(
    field: str,
    words: Words,
    *said: Text,
    tables: Sequence[Grid] = (),
    charts: Sequence[Chart] = (),
) -> DocumentSection:
    title = words(f"sections.{field}")
    return DocumentSection(field, title, "filled", said, tuple(tables), tuple(charts))


def _measured(facts: RiskFacts, words: Words) -> list[Text]:
    """How much of the period was measured at all: what every reader must know first."""
    said = [] if facts.is_over else [words("say.running", day=facts.last_day.isoformat())]
    said += facts.lacking
    if facts.days_measured:
        counts = {"total": facts.days_total, "measured": facts.days_measured}
        return [*said, words("say.measured", **counts)]
    return [*said, words("say.measured_none", day=facts.run_day.isoformat())]


def _stock(facts: RiskFacts, words: Words) -> list[Text]:
    return [
        words(
            "say.stock",
            start=facts.open_at_start,
            new=len(facts.new),
            again=facts.reopened,
            closed=len(facts.closed),
            gone=facts.gone,
            end=facts.open_at_end,
        ),
        words("say.levels", **facts.by_level()),
        words("say.overdue", count=len(facts.overdue), unseen=len(facts.not_remeasured)),
    ]


def _rate(facts: RiskFacts, words: Words) -> Text:
    rectified = facts.rectified
    if rectified is None:
        return words("say.rate_none")
    return words("say.rate", due=facts.due, in_time=facts.in_time, rate=f"{rectified:.0f}%")


def _unknown(facts: RiskFacts, words: Words) -> Text:
    days = sum(each.count for each in facts.unmeasured)
    silent = sum(not each.is_whole for each in facts.sources)
    open_ = sum(each.closed is None for each in facts.gaps)
    if not (days or silent or open_):
        return words("say.all_measured")
    return words("say.unmeasured", days=days, sources=silent, gaps=open_)


def _changed(facts: RiskFacts, words: Words) -> list[Text]:
    said = [] if facts.has_baseline else [words("say.no_baseline")]
    said += [] if facts.declared else [words("say.undeclared")]
    if facts.changes:
        return [words("say.changed"), *said]
    return said or [words("say.unchanged")]


def _overview(facts: RiskFacts, words: Words) -> DocumentSection:
    said = [*_measured(facts, words), *_stock(facts, words), _rate(facts, words)]
    if facts.changes:
        said.append(words("say.changed"))
    return _section("overview", words, *said, tables=[tables.figures(facts, words)])


def _picture(facts: RiskFacts, words: Words) -> DocumentSection:
    said = [
        *_measured(facts, words),
        *_stock(facts, words),
        _rate(facts, words),
        _unknown(facts, words),
    ]
    if facts.changes:
        said.append(words("say.changed"))
    return _section(
        "overview",
        words,
        *said,
        charts=[charts.open_by_level(facts.steps, words)],
    )


def _risks(facts: RiskFacts, words: Words) -> DocumentSection:
    said = [words("say.severity_changes")]
    if facts.unclaimed:
        said.append(words("say.unclaimed", count=facts.unclaimed))
    laid = [tables.risks(facts.open, words), tables.reasons(facts, words)]
    return _section("risks", words, *said, tables=laid)


def _top(facts: RiskFacts, words: Words) -> DocumentSection:
    said = [words("say.severity_changes")]
    if len(facts.open) > TOP:
        said.append(words("marks.more", count=len(facts.open) - TOP))
    return _section("top", words, *said, tables=[tables.top(facts, words, TOP)])


def _moved(facts: RiskFacts, words: Words) -> DocumentSection:
    laid = [tables.risks(facts.new, words, "new"), tables.closed(facts, words)]
    return _section("moved", words, tables=laid)


def _overdue(facts: RiskFacts, words: Words) -> DocumentSection:
    laid = [tables.late(facts, words), tables.unseen(facts, words)]
    return _section("overdue", words, words("say.unseen"), tables=laid)


def _exposure(facts: RiskFacts, words: Words) -> DocumentSection:
    return _section("exposure", words, tables=[tables.exposure(facts, words)])


def _trend(facts: RiskFacts, words: Words) -> DocumentSection:
    drawn = [
        charts.open_by_level(facts.steps, words),
        charts.new_and_closed(facts.steps, words),
        *_periods(facts, words),
    ]
    said = [words("say.gap_in_chart"), *_shares(facts, words)]
    return _section("trend", words, *said, tables=[tables.trend(facts, words)], charts=drawn)


def _short_trend(facts: RiskFacts, words: Words) -> DocumentSection:
    said = [words("say.gap_in_chart"), *_shares(facts, words)]
    return _section("trend", words, *said, tables=[tables.trend(facts, words, SHORT)])


def _period_trend(facts: RiskFacts, words: Words) -> DocumentSection:
    said = [words("say.gap_in_chart"), *_shares(facts, words)]
    drawn = [charts.open_by_level(facts.steps, words)]
    return _section("trend", words, *said, tables=[tables.trend(facts, words)], charts=drawn)


def _shares(facts: RiskFacts, words: Words) -> list[Text]:
    """By which rules the shares were reckoned: those of each run, or today's where it kept none."""
    said = [words("say.shares")]
    since = [point.label for point in facts.periods if point.by_todays_rules]
    if since:
        said.append(words("say.shares_today", periods=tables.joined(since, "、", ", ")))
    return said


def _periods(facts: RiskFacts, words: Words) -> list[Chart]:
    """One period alone is no trend; its figures stand in the table."""
    if len(facts.periods) < 2:  # noqa: PLR2004 - two points make a line
        return []
    return [
        charts.open_by_level(facts.periods, words, "open_periods"),
        charts.rates(facts.periods, words),
    ]


def _rectification(facts: RiskFacts, words: Words) -> DocumentSection:
    said = [_rate(facts, words), words("say.rate_how"), words("say.unseen")]
    laid = [standing.waivers(facts, words), *_reviews(standing.reviews, facts, words)]
    return _section("rectification", words, *said, words("say.waivers"), tables=laid)


def _outside_rectification(facts: RiskFacts, words: Words) -> DocumentSection:
    said = [*_stock(facts, words), _rate(facts, words), words("say.rate_how"), words("say.unseen")]
    laid = [tables.figures(facts, words), standing.outside_waivers(facts, words)]
    laid += _reviews(standing.outside_reviews, facts, words)
    return _section("rectification", words, *said, words("say.waivers"), tables=laid)


def _reviews(
    table: Callable[[RiskFacts, Words], Grid], facts: RiskFacts, words: Words
) -> list[Grid]:
    """Acts come with change notices only: without a review there is no table."""
    if not facts.reviews:
        return []
    return [replace(table(facts, words), note=words("say.reviews"))]


def _unmeasured(facts: RiskFacts, words: Words) -> DocumentSection:
    laid = [
        standing.days(facts, words),
        standing.sources(facts, words),
        standing.gaps(facts, words),
    ]
    return _section("unmeasured", words, _unknown(facts, words), tables=laid)


def _outside_unmeasured(facts: RiskFacts, words: Words) -> DocumentSection:
    laid = [standing.days(facts, words, remedies=False)]
    return _section("unmeasured", words, _unknown(facts, words), tables=laid)


def _changes(facts: RiskFacts, words: Words) -> DocumentSection:
    laid = [standing.changes(facts, words)]
    return _section("changes", words, *_changed(facts, words), tables=laid)


def _outside_changes(facts: RiskFacts, words: Words) -> DocumentSection:
    laid = [standing.change_counts(facts.changes, words)]
    return _section("changes", words, *_changed(facts, words), tables=laid)


def _decisions(facts: RiskFacts, words: Words) -> DocumentSection:
    laid = [standing.decisions(facts, words)]
    return _section("decisions", words, *_to_decide(facts, words), tables=laid)


def _to_decide(facts: RiskFacts, words: Words) -> list[Text]:
    held = {
        "reportable": len(facts.decisions),
        "overdue": len(facts.overdue),
        "unclaimed": facts.unclaimed,
        "gaps": sum(each.line.escalated for each in facts.gaps),
        "late": sum(each.is_late for each in facts.deadlines),
        "waived": sum(each.state == "in-force" and each.failing > 0 for each in facts.waivers),
        "lapsed": sum(each.state != "in-force" for each in facts.waivers),
    }
    said = [words(f"say.decide_{name}", count=count) for name, count in held.items() if count]
    return said or [words("say.decide_none")]


def _deadlines(facts: RiskFacts, words: Words) -> DocumentSection:
    laid = [standing.deadlines(facts, words)]
    return _section("deadlines", words, words("say.now"), tables=laid)


def _next_deadlines(facts: RiskFacts, words: Words) -> DocumentSection:
    laid = [standing.deadlines(facts, words, NEXT)]
    return _section("deadlines", words, words("say.now"), tables=laid)


def _basis(facts: RiskFacts, words: Words) -> DocumentSection:
    return _section("grounds", words, words("say.basis"), tables=standing.rules(facts, words))


def _scope(facts: RiskFacts, words: Words) -> DocumentSection:
    covered = facts.system or words("cover.whole")
    said = [
        words("say.regulator_scope", unit=facts.organisation, systems=covered),
        *_measured(facts, words),
        words("say.severity_changes"),
        words("say.regulator_detail"),
    ]
    return _section("scope", words, *said, tables=standing.rules(facts, words)[:1])


def _identified(facts: RiskFacts, words: Words) -> DocumentSection:
    said = words("say.levels", **facts.by_level())
    return _section("identified", words, said, tables=[tables.identified(facts, words)])


_BUILDERS: dict[Depth, tuple[Builder, ...]] = {
    "team": (
        _overview,
        _risks,
        _moved,
        _overdue,
        _exposure,
        _trend,
        _rectification,
        _unmeasured,
        _changes,
        _decisions,
        _deadlines,
        _basis,
    ),
    "management": (_picture, _top, _short_trend, _decisions, _next_deadlines),
    "regulator": (
        _scope,
        _identified,
        _outside_rectification,
        _period_trend,
        _outside_unmeasured,
        _outside_changes,
    ),
}
