"""What a press does to findings: the same acts, roles and refusals as the commands have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from zicha.catalog.roles import load_roles
from zicha.findings.waivers import WaiverState
from zicha.model.errors import ConfigError
from zicha.model.finding_life import Act
from zicha.pipeline.authority import authorise
from zicha.pipeline.finding_acts import Step, act_on, chosen
from zicha.pipeline.finding_lives import Told, day_here, waivers_of
from zicha.pipeline.waiving import request_waiver
from zicha.pipeline.workplace import Workplace
from zicha.storage import finding_acts

MOST_WAIVERS = 10
"""Waivers that one press asks for; a waiver for more is worded by a person."""

NO_REASON = (
    "按钮申请，未填写理由：批准前请向申请人核实。 "
    "Requested by button, no reason given: ask the requester before you approve."
)


def do(place: Workplace, actor: str, act: str, findings: Sequence[str]) -> None:
    """Do what a button says to these findings, in their own books; the same again does no harm.

    Raises:
        ConfigError: the actor may not, which goes on record, or the act fits none of them.
    """
    (allowed,) = load_roles().acts_at("button", act)
    told = chosen(place, findings)
    for one in told:
        authorise(place, actor, allowed.id, one.finding.id, one.systems)
    if act == "waive-request":
        _ask(place, actor, told)
    elif act == "assign":
        owner = _owner(place, actor)
        mine = [one for one in told if one.life.owner != owner]
        _act(place, actor, [Step(one, Act.ASSIGN, {"owner": owner}) for one in mine])
    else:
        _act(place, actor, [Step(one, Act.ACKNOWLEDGE, {}) for one in told])


def _act(place: Workplace, actor: str, steps: Sequence[Step]) -> None:
    """Those that it fits; a group of which others moved on is no reason to leave the rest."""
    rows = act_on(place, steps, actor, skips=True)
    if not rows or any(row["done"] for row in rows):
        return
    # Slack repeats a press whose answer was lost: what it did before is done.
    if not all(_did_before(place, actor, step) for step in steps):
        raise ConfigError(f"{rows[0]['finding']}: {rows[0]['why_not']}")


def _did_before(place: Workplace, actor: str, step: Step) -> bool:
    finding = step.one.finding
    with place.database.read() as connection:
        known = finding_acts.acts_of_findings(connection, finding.id)[finding.id]
    return any(
        (each.act, each.actor, each.spell) == (step.act, actor, finding.times_opened)
        for each in known
    )


def _ask(place: Workplace, actor: str, told: Sequence[Told]) -> None:
    """Ask for a waiver of each, unless one waits already; the longest is a button's own."""
    if len(told) > MOST_WAIVERS:
        raise ConfigError(
            f"{len(told)} findings are too many for a button: ask with `zicha findings waive`, "
            "which takes a reason"
        )
    with place.database.read() as connection:
        every = waivers_of(place, connection)
    asked = {one.finding for one in every if one.state is WaiverState.REQUESTED}
    expires = day_here(place) + timedelta(days=load_roles().longest.waiver_by_button)
    body = {"because": NO_REASON, "expires": expires.isoformat()}
    for one in told:
        if one.finding.id not in asked:
            request_waiver(place, body | {"finding": one.finding.id}, actor)


def _owner(place: Workplace, actor: str) -> str:
    """The person that the scope declares behind the actor, else the actor."""
    declared = (each.id for each in place.scope.people if actor in each.actors)
    return next(declared, actor)
