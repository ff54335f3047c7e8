"""What a verified person decides: acknowledge, approve a waiver, confirm a false positive."""

from __future__ import annotations

from typing import Any

from zicha.findings.waivers import WaiverAct
from zicha.model.finding_life import Act
from zicha.pipeline.findings.acts import Step, act_on, chosen
from zicha.pipeline.findings.waiving import decide_waiver
from zicha.pipeline.workplace import Workplace

WAIVER = "w-"


def approve(place: Workplace, id_: str, actor: str) -> dict[str, Any]:
    """Approve the waiver, or confirm the false positive, of this id.

    Raises:
        ConfigError: the actor may not, which goes on record, or nothing waits for an answer.
    """
    if id_.startswith(WAIVER):
        return decide_waiver(place, id_, WaiverAct.APPROVE, actor)
    steps = [Step(one, Act.CONFIRM_FALSE, {}) for one in chosen(place, [id_])]
    (row,) = act_on(place, steps, actor)
    return row


def acknowledge(place: Workplace, id_: str, actor: str) -> dict[str, Any]:
    """Acknowledge the finding of this id.

    Raises:
        ConfigError: the actor may not, which goes on record, or it is acknowledged already.
    """
    steps = [Step(one, Act.ACKNOWLEDGE, {}) for one in chosen(place, [id_])]
    (row,) = act_on(place, steps, actor)
    return row


def decline(place: Workplace, id_: str, actor: str, because: str = "") -> dict[str, Any]:
    """Decline the waiver, or reject the false positive, of this id.

    Raises:
        ConfigError: the actor may not, which goes on record, or nothing waits for an answer.
    """
    if id_.startswith(WAIVER):
        return decide_waiver(place, id_, WaiverAct.DECLINE, actor, because)
    body = {"because": because}
    steps = [Step(one, Act.REJECT_FALSE, body) for one in chosen(place, [id_])]
    (row,) = act_on(place, steps, actor)
    return row
