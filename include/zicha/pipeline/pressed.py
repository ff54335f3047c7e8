"""A press of a button in Slack: verified, authorised, recorded with its actor, told in its thread.

Four-eyes acts are requested here, never approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from zicha.alerts.message import Message
from zicha.alerts.slack_press import Press, press_of_body
from zicha.alerts.slack_signature import refusal
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.pipeline import button_acts
from zicha.pipeline.alerting import open_threads
from zicha.pipeline.destinations import destination_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import ledger, ledgered_presses, messages, presses

SIGNING = "slack-signing"
"""The name of the credential that holds the signing secret of the app."""

_SAID = {
    "acknowledge": Text("已确认", "Acknowledged"),
    "assign": Text("由其整改", "Assigned to"),
    "waive-request": Text("申请豁免，待他人批准", "Asks for a waiver; another person decides"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side hears: a status, and one sentence for who pressed."""

    status: int
    says: Text


def receive(place: Workplace, headers: Mapping[str, str], body: bytes) -> Answer:
    """Take a request that says it is Slack's; one that is not is refused and recorded."""
    try:
        secret = place.credentials.secret(SIGNING)
    except ConfigError:
        secret = ""
    why = refusal(secret, headers, body, place.clock())
    if why:
        _spoofed(place, why)
        return Answer(401, Text("拒绝：签名不符或已过期", "refused: not signed, or too old"))
    try:
        press = press_of_body(body)
    except ConfigError as error:
        return Answer(400, Text("拒绝：无法识别的操作", str(error)))
    return take(place, press)


def take(place: Workplace, press: Press) -> Answer:
    """Do and record what an authenticated person pressed; the same press again changes nothing."""
    with place.database.read() as connection:
        known = presses.find(connection, press.key)
        threads = [m for (mark, _), m in open_threads(connection).items() if mark == press.mark]
    if known is not None:
        return _answer(known["outcome"], press)
    held = sorted({id_ for thread in threads for id_ in thread.body["members"]})
    because = _done(place, press, held)
    outcome = presses.REFUSED if because else presses.DONE
    row = {
        "key": press.key,
        "actor": press.actor,
        "act": press.act,
        "about": held,
        "outcome": outcome,
        "because": because,
        "at": place.clock(),
    }
    with place.database.write() as connection:
        if presses.record(connection, row):
            by = ledger.person_id(connection, press.actor)
            ledger.append(connection, [ledgered_presses.of_press(row, by)], place.clock())
            for thread in threads if not because else ():
                _tell(place, connection, thread, press)
    return _answer(outcome, press)


def _done(place: Workplace, press: Press, held: Sequence[str]) -> str:
    """Why it was not done; empty when it was."""
    if not held:
        return "nothing-stands"
    try:
        button_acts.do(place, press.actor, press.act, held)
    except ConfigError as error:
        return str(error)
    return ""


def _answer(outcome: str, press: Press) -> Answer:
    if outcome == presses.DONE:
        return Answer(200, _SAID[press.act])
    return Answer(
        403,
        Text(
            "拒绝：该账号没有相应角色，或该问题已不存在；已留痕",
            "refused and recorded: this account has no such role, or nothing stands any more",
        ),
    )


def _tell(place: Workplace, connection: Connection, thread: messages.Message, press: Press) -> None:
    """Say in the thread who did what: the actor by the id that Slack itself shows there."""
    said = _SAID[press.act]
    to = destination_of(place, thread.recipient)
    told = Message(
        key=f"press-{press.key}:{thread.recipient}",
        headline=Text(f"{said.zh}：{press.actor}", f"{said.en}: {press.actor}"),
        lines=(),
    )
    messages.enqueue(
        connection,
        told.key,
        channel=to.kind,
        recipient=to.recipient,
        body=told.body,
        at=place.clock(),
        thread=thread.key,
    )


def _spoofed(place: Workplace, why: str) -> None:
    """Record a request that was not Slack's: without its content, and not without bound."""
    now = place.clock()
    hour = f"spoof-{now:%Y%m%dT%H}-"
    with place.database.write() as connection:
        number = presses.counted(connection, hour)
        if number >= presses.MOST_SPOOFED:
            return
        row: dict[str, Any] = {
            "key": f"{hour}{number:03}",
            "actor": "",
            "act": "",
            "about": [],
            "outcome": presses.SPOOFED,
            "because": why,
            "at": now,
        }
        presses.record(connection, row)
        ledger.append(connection, [ledgered_presses.of_press(row)], now)
