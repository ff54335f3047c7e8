"""Waivers shown beside raw verdicts: in outcomes, coverage and reports; never as a pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from zicha.catalog.frameworks import Framework
from zicha.model.finding import State
from zicha.model.finding_life import Standing
from zicha.pipeline.findings.lists import told_of
from zicha.pipeline.findings.lives import Told
from zicha.pipeline.workplace import Workplace
from zicha.reports.facts import WaiverLine
from zicha.storage import findings


def borne(place: Workplace, system: str = "") -> list[Told]:
    """The open findings that a waiver, or a reviewed false positive, marks today."""
    with place.database.read() as connection:
        listed = findings.listed(connection, State.OPEN)
    marked = {Standing.WAIVED, Standing.FALSE_POSITIVE}
    return [
        one
        for one in told_of(place, listed)
        if one.life.standing in marked and (not system or system in one.systems)
    ]


def with_marks(rows: Sequence[dict[str, Any]], marked: Iterable[Told]) -> list[dict[str, Any]]:
    """Outcome rows with the waivers that mark them; status and reason stay as they were."""
    by_key: dict[tuple[str, ...], list[str]] = {}
    for one in marked:
        found = one.finding
        key = (found.suite, found.expectation, found.source, found.account, found.subject_id)
        by_key.setdefault(key, []).extend(_names(one))
    wanted = ("suite", "expectation", "source", "account", "subject_id")
    return [
        row
        | {
            "waived": by_key.get(tuple(row[name] for name in wanted), [])
            if row["status"] == "fail"
            else []
        }
        for row in rows
    ]


def marked_coverage(
    document: dict[str, Any], framework: Framework, marked: Sequence[Told]
) -> dict[str, Any]:
    """The coverage with what is borne under each item; its status stays as it was."""
    controls = {item.id: {link.id for link in item.controls} for item in framework.items}
    items = [
        item
        | {
            "waived": [
                {"finding": one.finding.id, "by": _names(one), "until": _until(one)}
                for one in marked
                if controls[item["id"]] & set(one.finding.controls)
            ]
        }
        for item in document["items"]
    ]
    return document | {"items": items}


def waiver_lines(told: Iterable[Told]) -> tuple[WaiverLine, ...]:
    """One line per finding and waiver, the expired ones too: their findings stand open again."""
    return tuple(
        WaiverLine(
            waiver=each.id,
            finding=one.finding.id,
            subject=one.finding.subject_id,
            because=each.because,
            requester=each.requester,
            approver=each.approver,
            expires=each.expires.isoformat(),
            state=each.state.value,
        )
        for one in told
        for each in (*one.waivers, *one.lapsed)
    )


def _names(one: Told) -> list[str]:
    is_false = one.life.standing is Standing.FALSE_POSITIVE
    return [each.id for each in one.waivers] + (["false-positive"] if is_false else [])


def _until(one: Told) -> object:
    ends = [each.expires for each in one.waivers]
    if one.life.claim is not None and one.life.standing is Standing.FALSE_POSITIVE:
        ends.append(one.life.claim.until)
    return max(ends, default=None)
