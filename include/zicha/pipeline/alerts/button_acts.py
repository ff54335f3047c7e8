"""What a press does to findings: the same acts, roles and refusals as the commands have."""

from __future__ import annotations

from collections.abc import Sequence

from zicha.catalog.roles import load_roles
from zicha.model.errors import ConfigError
from zicha.model.finding_life import Act
from zicha.pipeline.authority import authorise
from zicha.pipeline.findings.acts import Step, act_on, chosen
from zicha.pipeline.workplace import Workplace
from zicha.storage import finding_acts


def do(place: Workplace, actor: str, act: str, findings: Sequence[str], press: str = "") -> None:
    """Do what a button says to these findings, in their own books; the same again does no harm.

    Raises:
        ConfigError: the actor may not, which goes on record, or the act fits none of them.
    """
    (allowed,) = load_roles().acts_at("button", act)
    told = chosen(place, findings)
    for one in told:
        authorise(place, actor, allowed.id, one.finding.id, one.systems)
    if act == "assign":
        owner = _owner(place, actor)
        mine = [one for one in told if one.life.owner != owner]
        _act(
            place, actor, [Step(one, Act.ASSIGN, {"owner": owner, "press": press}) for one in mine]
        )
    else:
        _act(place, actor, [Step(one, Act.ACKNOWLEDGE, {"press": press}) for one in told])


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


def _owner(place: Workplace, actor: str) -> str:
    """The person that the scope declares behind the actor, else the actor."""
    declared = (each.id for each in place.scope.people if actor in each.actors)
    return next(declared, actor)
