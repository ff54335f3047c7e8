"""Holding findings against their history, their own id, and the outcomes that told of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.roots import suites_dir
from zicha.catalog.suites import load_suites
from zicha.custody.canonical import canonical_text
from zicha.findings.life import finding_id
from zicha.findings.names import former_names
from zicha.model.finding import Change, Finding
from zicha.model.verdict import Status
from zicha.pipeline.custody.fault import Fault, moment
from zicha.storage import findings, runs

Event = Mapping[str, Any]
Row = Mapping[str, Any]
SEEN = ("source", "region", "severity", "controls", "observed", "evidence_digest")
"""What an open finding repeats of the failure that was measured last."""


def finding_faults(connection: Connection) -> Iterator[Fault]:
    """A finding that does not stand as what happened to it left it, or is not the one it was."""
    events: dict[str, list[Event]] = {}
    for event in findings.history(connection):
        events.setdefault(event["finding"], []).append(event)
    standing = {finding.id: finding for finding in findings.listed(connection)}
    for id_ in sorted(events.keys() - standing.keys()):
        detail = "it has a history, and its row is gone"
        yield Fault("row-missing", f"finding {id_}", moment(events[id_][-1]["at"]), detail)
    for finding in standing.values():
        happened = events.get(finding.id, [])
        since = moment(happened[-1]["at"] if happened else None)
        where = f"finding {finding.id}"
        if not _is_itself(finding):
            detail = "its id is not drawn from what it speaks of: its row was edited"
            yield Fault("row-altered", where, since, detail)
        said = _told(happened)
        for name in said:
            stands = _shown(getattr(finding, name))
            if stands != said[name]:
                detail = f"its {name} stands as {stands}, and its history says {said[name]}"
                yield Fault("row-altered", where, since, detail)
                break


def measured_faults(
    claimed: Iterable[Finding],
    last: Mapping[str, Event],
    rows: Iterable[Row],
    run: runs.Run,
) -> Iterator[Fault]:
    """Findings that name this run as the last one that measured them, without its having done so.

    Args:
        claimed: the findings that name it.
        last: by finding, the last thing that happened to it.
        rows: all that the run sealed, whole.
        run: the run.
    """
    sealed: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        key = (row["suite"], row["expectation"], row["subject"])
        sealed.setdefault(key, []).append(row)
    for finding in claimed:
        where, since = f"finding {finding.id}", moment(finding.last_measured_at)
        key = (finding.suite, finding.expectation, canonical_text(finding.subject))
        wanted = Status.FAIL if finding.is_open else Status.PASS
        at_once = [
            row
            for row in sealed.get(key, [])
            if (row["measured_at"], row["status"]) == (finding.last_measured_at, wanted.value)
        ]
        event = last.get(finding.id)
        told = (run.id, finding.last_measured_at)
        if not at_once and (event is None or (event["run"], event["at"]) != told):
            detail = f"it was last measured on {since} in {run.id}, and nothing sealed says so"
            yield Fault("row-altered", where, since, detail)
        elif finding.is_open and at_once:
            others = min((_differing(finding, row) for row in at_once), key=len)
            if others:
                is_one = "is" if len(others) == 1 else "are"
                detail = f"its {', '.join(others)} {is_one} not as sealed in {run.id}"
                yield Fault("row-altered", where, since, detail)


def _told(happened: list[Event]) -> dict[str, str]:
    """How it must stand, by what happened to it; events of earlier versions name no owner."""
    if not happened:
        return {"state": "nothing"}
    first, last = happened[0], happened[-1]
    openings = [
        one for one in happened if one["change"] in {Change.OPENED.value, Change.REOPENED.value}
    ]
    said = {"state": last["after"], "severity": last["severity"]}
    if last["owner"] is not None:
        said |= {"owner": last["owner"], "due": _shown(last["due"])}
    if openings:
        said |= {
            "opened_at": moment(openings[-1]["at"]),
            "first_opened_at": moment(first["at"]),
            "run": openings[-1]["run"],
            "times_opened": str(len(openings)),
        }
    if last["change"] in {Change.PASSED.value, Change.GONE.value}:
        said |= {name: last[name] for name in ("observed", "evidence_digest")}
        said["closed_at"] = moment(last["at"])
    else:
        said["closed_at"] = ""
    return said


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return moment(value) if hasattr(value, "tzinfo") else str(value)


def _differing(finding: Finding, row: Row) -> list[str]:
    held = {name: getattr(finding, name) for name in SEEN}
    held |= {"severity": finding.severity.value, "controls": list(finding.controls)}
    return [name for name in SEEN if held[name] != row[name]]


def _is_itself(finding: Finding) -> bool:
    name = f"{finding.suite}#{finding.expectation}"
    if _id(finding, name) == finding.id:
        return True
    return any(_id(finding, former) == finding.id for former in _former().get(name, ()))


def _id(finding: Finding, name: str) -> str:
    account = finding.account or finding.source
    return finding_id(finding.entity, account, finding.subject, name, finding.sub_key)


@cache
def _former() -> dict[str, tuple[str, ...]]:
    return former_names(load_suites(suites_dir()).values())
