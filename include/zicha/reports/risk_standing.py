"""Tables of what surrounds the risks: what was not measured, what changed, what is owed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zicha.model.document import Grid
from zicha.model.text import Text
from zicha.reports.facts import GapLine
from zicha.reports.risk_facts import ChangeLine, DeadlineLine, RiskFacts, RiskWaiver
from zicha.reports.risk_tables import Cell, Row, grid, joined, systems
from zicha.reports.risk_words import Words, shared_words
from zicha.reports.rows import remedy_of, short_id
from zicha.reports.safe_text import one_line


def days(facts: RiskFacts, words: Words, *, remedies: bool = True) -> Grid:
    """The days without a judged run, why, and what to do, where the reader is the one to do it."""
    rows: list[Row] = [
        {
            "days": _span(each.first.isoformat(), each.last.isoformat(), words),
            "count": str(each.count),
            "why": words(f"why.{each.why}"),
            "what_to_do": words(f"why.do_{each.why}"),
        }
        for each in facts.unmeasured
    ]
    widths = (("days", 2.2), ("count", 0.7), ("why", 2), ("what_to_do", 3))
    return grid(words, "days", widths if remedies else widths[:-1], rows)


def sources(facts: RiskFacts, words: Words) -> Grid:
    """The sources that did not answer on every measured day; the others are counted as well."""
    rows: list[Row] = [
        {
            "source": each.name,
            "answered": str(each.answered),
            "unread": str(each.unread),
            "not_asked": str(each.not_asked),
        }
        for each in facts.sources
    ]
    widths = (("source", 4), ("answered", 1), ("unread", 1), ("not_asked", 1))
    return grid(words, "sources", widths, rows)


def gaps(facts: RiskFacts, words: Words) -> Grid:
    """What could not be read, since when, until when, and what to do."""
    shared = shared_words()
    rows: list[Row] = []
    for each in facts.gaps:
        line = each.line
        mark = words("marks.outlived" if line.escalated else "marks.standing")
        rows.append(
            {
                "source": line.source,
                "why": shared(f"reasons.{line.reason.value}"),
                "permission": line.permission or words("marks.dash"),
                "since": line.since,
                "until": each.closed.isoformat() if each.closed else mark,
                "what_to_do": _remedy(line, shared),
            }
        )
    widths = (
        ("source", 1.5),
        ("why", 1.2),
        ("permission", 1.8),
        ("since", 1.1),
        ("until", 1.3),
        ("what_to_do", 3),
    )
    return grid(words, "gaps", widths, rows)


def changes(facts: RiskFacts, words: Words) -> Grid:
    """What changed from run to run."""
    rows: list[Row] = [
        {
            "day": each.day.isoformat(),
            "kind": words(f"change.{each.kind}"),
            "name": each.name,
            "before": each.before,
            "after": each.after,
        }
        for each in facts.changes
    ]
    widths = (("day", 1.1), ("kind", 1.4), ("name", 3), ("before", 1.5), ("after", 1.5))
    return grid(words, "changes", widths, rows)


def change_counts(lines: Sequence[ChangeLine], words: Words) -> Grid:
    """How much changed of each kind, for a reader who needs no names."""
    kinds = list(dict.fromkeys(line.kind for line in lines))
    rows: list[Row] = [
        {
            "kind": words(f"change.{kind}"),
            "count": str(sum(line.kind == kind for line in lines)),
            "day": max(line.day for line in lines if line.kind == kind).isoformat(),
        }
        for kind in kinds
    ]
    return grid(words, "counts", (("kind", 3), ("count", 1), ("day", 1.4)), rows)


def deadlines(facts: RiskFacts, words: Words, most: int = 0) -> Grid:
    """What is owed next; `most` rows, or all."""
    shown = facts.deadlines[:most] if most else facts.deadlines
    rows: list[Row] = [
        {
            "duty": _sourced(each.title, each.grade, each.sources, words),
            "of": each.of,
            "due": _due(each, words),
            "state": words(f"owed.{each.state}"),
            "owner": each.owner if each.owner.zh else words("marks.no_owner"),
        }
        for each in shown
    ]
    widths = (("duty", 3.6), ("of", 2), ("due", 1.6), ("state", 1), ("owner", 1.6))
    return grid(words, "deadlines", widths, rows)


def decisions(facts: RiskFacts, words: Words) -> Grid:
    """The findings that wait for somebody's word: report it, or not."""
    rows: list[Row] = [
        {
            "problem": each.title,
            "duty": _sourced(each.duty, each.grade, each.sources, words),
            "because": each.because,
            "decide_by": each.decide_by.strftime("%Y-%m-%d %H:%M"),
        }
        for each in facts.decisions
    ]
    widths = (("problem", 2.4), ("duty", 3), ("because", 3), ("decide_by", 1.6))
    return grid(words, "decisions", widths, rows)


def waivers(facts: RiskFacts, words: Words) -> Grid:
    """What is borne: scope, reason, people, last day, and what was measured all the same."""
    rows: list[Row] = [
        {
            "scope": one_line(each.scope, 200),
            "requirement": joined(each.titles, "、", ", "),
            "because": each.because,
            "requester": each.requester or words("marks.dash"),
            "approver": each.approver or words("marks.dash"),
            "valid_until": _valid(each, words),
            "verdict": _verdict(each, words),
        }
        for each in facts.waivers
    ]
    widths = (
        ("scope", 2.4),
        ("requirement", 2.2),
        ("because", 2.8),
        ("requester", 1.5),
        ("approver", 1.5),
        ("valid_until", 1.3),
        ("verdict", 1.3),
    )
    return grid(words, "waivers", widths, rows)


def outside_waivers(facts: RiskFacts, words: Words) -> Grid:
    """The same for an outsider: no resource, no name, and no reason, which may hold either."""
    rows: list[Row] = [
        {
            "requirement": joined(each.titles, "、", ", "),
            "systems": joined(each.systems, "、", ", "),
            "approval": words("marks.two_people" if each.state != "void" else "marks.one_person"),
            "valid_until": _valid(each, words),
            "verdict": _verdict(each, words),
        }
        for each in facts.waivers
    ]
    widths = (
        ("requirement", 3),
        ("systems", 2),
        ("approval", 1.6),
        ("valid_until", 1.4),
        ("verdict", 1.4),
    )
    return grid(words, "waivers", widths, rows)


def reviews(facts: RiskFacts, words: Words) -> Grid:
    """Which acts people looked into: who, when, why, and how it stands."""
    rows: list[Row] = [
        {
            "id": short_id(each.item.id),
            "act": each.item.fault,
            "resource": one_line(each.item.subject, 200),
            "reviewer": each.actor,
            "reviewed": each.day.isoformat(),
            "because": one_line(each.because),
            "state": words(f"reviews.{each.state}"),
        }
        for each in facts.reviews
    ]
    widths = (
        ("id", 1.4),
        ("act", 2.4),
        ("resource", 1.8),
        ("reviewer", 1.5),
        ("reviewed", 1.2),
        ("because", 2.8),
        ("state", 1.3),
    )
    return grid(words, "reviews", widths, rows)


def outside_reviews(facts: RiskFacts, words: Words) -> Grid:
    """The same for an outsider: no resource, no name, and no reason, which may hold either."""
    rows: list[Row] = [
        {
            "requirement": each.item.title,
            "systems": systems(each.item, words),
            "reviewed": each.day.isoformat(),
            "state": words(f"reviews.{each.state}"),
        }
        for each in facts.reviews
    ]
    widths = (("requirement", 3), ("systems", 2), ("reviewed", 1.4), ("state", 1.6))
    return grid(words, "reviews", widths, rows)


def rules(facts: RiskFacts, words: Words) -> tuple[Grid, Grid]:
    """What judged, and the thresholds in force."""
    judged: Iterable[Row] = ({"name": r.name, "version": r.version} for r in facts.rules)
    limits: Iterable[Row] = ({"name": r.name, "version": r.version} for r in facts.thresholds)
    widths = (("name", 4), ("version", 2))
    return grid(words, "rules", widths, judged), grid(words, "thresholds", widths, limits)


def _span(first: str, last: str, words: Words) -> Cell:
    return first if first == last else words("cover.span", first=first, last=last)


def _sourced(title: Text, grade: str, sources: Sequence[str], words: Words) -> Text:
    """A duty with how far it was confirmed and by what: no duty is shown without."""
    known = words(f"grades.{grade}") if grade else words("grades.none")
    named = ", ".join(sources[:2])
    more = Text("等", " and more") if len(sources) > len(sources[:2]) else Text("", "")
    zh, en = (f"{title.zh}〔{known.zh}", f"{title.en} [{known.en}")
    if not named:
        return Text(f"{zh}〕", f"{en}]")
    return Text(f"{zh}：{named}{more.zh}〕", f"{en}: {named}{more.en}]")


def _due(each: DeadlineLine, words: Words) -> Cell:
    if each.due is None:
        return words("marks.no_number")
    marks = [
        words(f"marks.{name}")
        for name, holds in (("provisional", each.provisional), ("disputed", each.disputed))
        if holds
    ]
    day = f"{each.due:%Y-%m-%d}"
    said = [Text(day, day), *marks]
    return Text(" ".join(m.zh for m in said), " ".join(m.en for m in said))


def _valid(each: RiskWaiver, words: Words) -> Cell:
    day = each.expires.isoformat()
    if each.state == "in-force":
        return day
    mark = words(f"marks.waiver_{each.state}")
    return Text(f"{day}（{mark.zh}）", f"{day} ({mark.en})")


def _verdict(each: RiskWaiver, words: Words) -> Cell:
    if not each.failing:
        return words("marks.nothing_open")
    return words("marks.still_failing", count=each.failing)


def _remedy(line: GapLine, shared: Words) -> Text:
    return Text(remedy_of(line, shared.zh), remedy_of(line, shared.en))
