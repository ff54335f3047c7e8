"""A place whose threads in Slack have buttons: presses and forms as Slack sends them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fakes.judged_runs import fault, judged
from fakes.slack_server import OK, fake_slack
from fakes.team_channel import beside
from zicha.alerts.slack_signature import signature
from zicha.catalog.scope_alerts import Alerts, Destination
from zicha.catalog.scope_answers import Role
from zicha.duties.time import moment_of
from zicha.model.text import Text
from zicha.pipeline.alerts.announcing import announce
from zicha.pipeline.alerts.pressed import Answer, receive, tell_threads
from zicha.pipeline.findings.acts import chosen
from zicha.pipeline.findings.waiving import waiver_rows
from zicha.pipeline.workplace import Workplace, open_workplace
from zicha.storage import findings

NOW = moment_of("2026-11-21T09:00+08:00")
SECRET = "signing-canary"
ELSEWHERE = "none-of-these"


class TwoSecrets:
    """Credentials that hold a token and a signing secret."""

    def secret(self, name: str) -> str:
        """One of the two."""
        return {"slack": "xoxb-1", "slack-signing": SECRET}[name]


def buttoned_place(data: Path) -> Workplace:
    """Two findings of one group stand; U1OK is an engineer of theirs, U2ELSE of another system."""
    opened = open_workplace({"ZICHA_DATA": str(data)}, TwoSecrets(), clock=lambda: NOW)
    team = Destination(id="team", kind="slack", channel="C0TEAM")
    role = Role(
        id="engineer",
        title=Text("工程师", "Engineer"),
        actors=("slack:U1OK",),
        acts_as=("engineer",),
    )
    other = Role(
        id="elsewhere",
        title=Text("他处工程师", "Engineer elsewhere"),
        actors=("slack:U2ELSE",),
        acts_as=("engineer",),
        systems=(ELSEWHERE,),
    )
    scope = opened.scope.model_copy(
        update={"alerts": Alerts(destinations=(team,), buttons=True), "roles": (role, other)}
    )
    there = replace(opened, scope=scope)
    judged(there, NOW, [fault(1), fault(2)])
    return there


def told(place: Workplace) -> list[dict[str, Any]]:
    """What Slack is sent when the run and what was pressed are told."""
    with fake_slack(OK) as slack:
        there = beside(place, slack)
        announce(there, there.today())
        tell_threads(there)
    return slack.posted


def mark_of(posted: list[dict[str, Any]]) -> str:
    """What the buttons of the one thread carry."""
    blocks = [b for one in posted for b in one.get("blocks", ()) if b["type"] == "actions"]
    (block,) = blocks
    mark: str = block["elements"][0]["value"]
    return mark


def payload(
    mark: str, user: str = "U1OK", act: str = "acknowledge", stamp: str = "1.2"
) -> dict[str, Any]:
    """A press as Slack sends it."""
    action = {"action_id": f"zicha-{act}", "value": mark, "action_ts": stamp}
    return {
        "type": "block_actions",
        "user": {"id": user},
        "channel": {"id": "C0TEAM"},
        "trigger_id": "12.34.abcd",
        "actions": [action],
    }


def sent(
    view: dict[str, Any],
    user: str = "U1OK",
    because: str = "更换在途",
    until: str = "2026-12-01",
    scope: str = "thread",
) -> dict[str, Any]:
    """The form as Slack sends it once it is filled in."""
    values = {
        "scope": {"scope": {"selected_option": {"value": scope}}},
        "because": {"because": {"value": because}},
        "until": {"until": {"selected_date": until}},
    }
    kept = {name: view[name] for name in ("callback_id", "private_metadata")}
    filled = {"id": "V1", "state": {"values": values}, **kept}
    return {"type": "view_submission", "user": {"id": user}, "view": filled}


def form_of(place: Workplace, mark: str, **pressed: str) -> tuple[dict[str, Any] | None, Answer]:
    """What the button opens: the view, and how the press was answered."""
    with fake_slack(OK) as slack:
        said = payload(mark, act="waive-request", **pressed)
        answer = asked(beside(place, slack), said)
    views = [
        one for one, how in zip(slack.posted, slack.methods, strict=True) if how == "views.open"
    ]
    return (views[0] if views else None), answer


def asked(place: Workplace, said: dict[str, Any], secret: str = SECRET) -> Answer:
    """Slack's request, signed with this secret, and how it was answered."""
    body = urlencode({"payload": json.dumps(said)}).encode()
    stamp = str(int(NOW.timestamp()))
    signed = {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature(secret, stamp, body),
    }
    return receive(place, signed, body)


def standings(place: Workplace) -> set[str]:
    """How the findings stand."""
    with place.database.read() as connection:
        ids = [one.id for one in findings.listed(connection)]
    return {one.life.standing.value for one in chosen(place, ids)}


def asked_for(place: Workplace) -> list[dict[str, Any]]:
    """The waivers that were asked for here, beside those of the scope's files."""
    return [row for row in waiver_rows(place) if row["origin"] == "product"]
