"""Waivers born here: asked for by one person, allowed by another, and what each of them marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zicha.catalog.roles import load_roles
from zicha.custody.canonical import canonical_digest
from zicha.findings.waivers import (
    Borne,
    WaiverAct,
    WaiverState,
    of_acts,
    refuse_unfit,
    requested,
)
from zicha.model.errors import ConfigError
from zicha.pipeline.authority import authorise, second_person
from zicha.pipeline.findings.acts import chosen
from zicha.pipeline.findings.lists import told_of, worst_first
from zicha.pipeline.findings.lives import day_here, waiver_row, waivers_of
from zicha.pipeline.runs.rules import rules
from zicha.pipeline.workplace import Workplace
from zicha.storage import finding_acts, findings, ledger, ledgered_findings

Row = dict[str, Any]
MARK = 10
PERMISSIONS = {
    WaiverAct.APPROVE: "approve-waiver",
    WaiverAct.DECLINE: "decline-waiver",
    WaiverAct.WITHDRAW: "withdraw-waiver",
}


def request_id(body: Mapping[str, Any], actor: str, mark: str) -> str:
    """The id of a request: the same words of the same actor with the same mark are one."""
    return "w-" + canonical_digest([dict(body), actor, mark])[-MARK:]


def request_waiver(
    place: Workplace,
    body: Mapping[str, Any],
    actor: str,
    *,
    dry_run: bool = False,
    mark: str = "",
) -> Row:
    """Ask for a waiver, or only say what it would hide; it marks nothing until it is approved.

    `body` has `because`, `expires` and what it is for: `finding`, or any of `suite`,
    `expectation`, `source`, `system` and `subject` (`*` stands for anything). The same request
    with the same `mark` is asked once; without one, each is another.

    Raises:
        ConfigError: the actor may not, or the words are wrong.
    """
    body = {name: str(value) for name, value in body.items() if value not in {"", None}}
    if "finding" in body:
        (one,) = chosen(place, [body["finding"]])
        body, systems = body | {"finding": one.finding.id}, one.systems
    else:
        _refuse_unknown(place, body)
        systems = (body["system"],) if "system" in body else ()
    body = requested(body, day_here(place), load_roles().longest.waiver)
    id_ = request_id(body, actor, mark or place.clock().isoformat())
    authorise(place, actor, "request-waiver", id_, systems)
    if not dry_run:
        _written(place, id_, WaiverAct.REQUEST, body, actor)
    asked = {"of": id_, "act": WaiverAct.REQUEST.value, "body": body, "actor": actor}
    (waiver,) = of_acts([asked], day_here(place))
    return _document(place, waiver)


def decide_waiver(place: Workplace, id_: str, act: WaiverAct, actor: str, because: str = "") -> Row:
    """Approve, decline or withdraw a waiver that was asked for here.

    Raises:
        ConfigError: the actor may not, or the waiver stands otherwise.
    """
    waiver = _waiver(place, id_)
    authorise(place, actor, PERMISSIONS[act], waiver.id, _systems(place, waiver))
    if act is WaiverAct.APPROVE:
        second_person(place, actor, waiver.requester, PERMISSIONS[act], waiver.id)
    refuse_unfit(waiver, act)
    _written(place, waiver.id, act, {"because": because}, actor)
    return waiver_document(place, waiver.id)


def waiver_document(place: Workplace, id_: str) -> Row:
    """A waiver with the findings that it marks, or would mark."""
    return _document(place, _waiver(place, id_))


def waiver_rows(place: Workplace) -> list[Row]:
    """Every waiver, of the file and born here: what waits for an answer first."""
    with place.database.read() as connection:
        every = waivers_of(place, connection)
    order = {state: n for n, state in enumerate(WaiverState)}
    listed = sorted(every, key=lambda one: (order[one.state], one.expires, one.id))
    return [waiver_row(one) for one in listed]


def would_mark(place: Workplace, body: Mapping[str, str]) -> list[Row]:
    """The findings that a waiver of this body would mark today."""
    words = {**body, "because": "", "expires": day_here(place).isoformat()}
    asked = {"of": "", "act": WaiverAct.REQUEST.value, "body": words, "actor": ""}
    (waiver,) = of_acts([asked], day_here(place))
    return _marked(place, waiver)


def _document(place: Workplace, waiver: Borne) -> Row:
    return waiver_row(waiver) | {"would_hide": _marked(place, waiver)}


def _marked(place: Workplace, waiver: Borne) -> list[Row]:
    with place.database.read() as connection:
        standing = [one for one in findings.listed(connection) if one.is_open]
    hidden = [
        one for one in told_of(place, worst_first(standing))
        if waiver.covers(one.finding, one.systems)
    ]  # fmt: skip
    return [
        {
            "id": one.finding.id,
            "severity": one.finding.severity.value,
            "risk": one.risk.level,
            "state": one.life.standing.value,
            "subject": one.finding.subject_id,
            "expectation": f"{one.finding.suite}#{one.finding.expectation}",
        }
        for one in hidden
    ]


def _written(
    place: Workplace, id_: str, act: WaiverAct, body: Mapping[str, Any], actor: str
) -> None:
    with place.database.write() as connection:
        known = finding_acts.history(connection, finding_acts.WAIVER, id_)
        if act is WaiverAct.REQUEST and known:
            return
        if act is not WaiverAct.REQUEST:
            # Somebody else may have decided since it was read.
            (waiver,) = of_acts(known, day_here(place))
            refuse_unfit(waiver, act)
        row = finding_acts.append(
            connection,
            finding_acts.WAIVER,
            id_,
            act.value,
            body={**body, "scope": place.scope.digest},
            at=place.clock(),
            actor=actor,
        )
        by = ledger.person_id(connection, actor)
        draft = ledgered_findings.of_act(finding_acts.WAIVER, row, by)
        ledger.append(connection, [draft], row["at"])


def _waiver(place: Workplace, id_: str) -> Borne:
    with place.database.read() as connection:
        known = {one.id: one for one in waivers_of(place, connection)}
    if id_ not in known:
        raise ConfigError(f"no waiver has the id {id_}: choose one of `zicha findings waivers`")
    return known[id_]


def _systems(place: Workplace, waiver: Borne) -> tuple[str, ...]:
    if waiver.finding:
        return chosen(place, [waiver.finding])[0].systems
    return (waiver.system,) if waiver.system else ()


def _refuse_unknown(place: Workplace, body: Mapping[str, str]) -> None:
    if "system" in body:
        place.scope.system(body["system"])
    if "source" in body:
        place.scope.source(body["source"])
    if "suite" in body and body["suite"] not in rules().suites:
        raise ConfigError(f"no suite {body['suite']}: see `zicha outcomes`")
