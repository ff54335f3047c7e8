"""What people do in Slack: verified, authorised, recorded with its actor, told in its thread.

Four-eyes acts are requested here, never approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from zicha.alerts.message import Message
from zicha.alerts.slack_press import WAIVE, Press, Submission, read_body
from zicha.alerts.slack_signature import refusal
from zicha.alerts.waiver_form import closing_view
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.pipeline.alerts import button_acts
from zicha.pipeline.alerts.alerting import open_threads, refresh_threads
from zicha.pipeline.alerts.destinations import destination_of, every_destination
from zicha.pipeline.alerts.entering import enter
from zicha.pipeline.alerts.outbox import send_due
from zicha.pipeline.alerts.waiver_asking import Came, opened, submitted
from zicha.pipeline.workplace import Workplace
from zicha.storage import ledger, ledgered_presses, messages, presses

SIGNING = "slack-signing"
"""The name of the credential that holds the signing secret of the app."""

_SAID = {
    "acknowledge": Text("已确认", "Acknowledged"),
    "assign": Text("由其整改", "Assigned to"),
    WAIVE: Text("申请豁免，待他人批准", "Asks for a waiver; another person decides"),
}
_ANSWERS = {
    presses.REFUSED: Text(
        "拒绝：该账号没有相应角色，或该问题已不存在或已处理；已留痕",
        "refused and recorded: this account has no such role, or nothing is left to do here",
    ),
    presses.FAILED: Text(
        "表单未能打开，未作任何更改：请再按一次",
        "the form could not be opened and nothing was changed: press once more",
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side hears: a status, one sentence, and what becomes of a form."""

    status: int
    says: Text
    reply: Mapping[str, Any] | None = None


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
        said = read_body(body)
    except ConfigError as error:
        return Answer(400, Text("拒绝：无法识别的操作", str(error)))
    return take(place, said)


def take(place: Workplace, said: Press | Submission) -> Answer:
    """Do and record what an authenticated person did; the same once more changes nothing."""
    with place.database.read() as connection:
        known = presses.find(connection, said.key)
        threads = [m for (mark, _), m in open_threads(connection).items() if mark == said.mark]
    if known is not None:
        return _answer(known["outcome"], said)
    held = sorted({id_ for thread in threads for id_ in thread.body["members"]})
    came = _come(place, said, threads, held)
    if came.outcome:
        _record(place, said, came, threads, held)
    return _answer(came.outcome, said, came)


def tell_threads(place: Workplace) -> None:
    """Let the threads say how they stand by now, and send what is due; after the answer is out."""
    refresh_threads(place)
    send_due(place)


def _come(
    place: Workplace,
    said: Press | Submission,
    threads: Sequence[messages.Message],
    held: Sequence[str],
) -> Came:
    if not held:
        return Came(presses.REFUSED, "nothing-stands")
    if isinstance(said, Submission):
        return submitted(place, said, held)
    if said.act == WAIVE:
        return opened(place, said, threads, held)
    try:
        button_acts.do(place, said.actor, said.act, held, said.key)
    except ConfigError as error:
        return Came(presses.REFUSED, str(error))
    return Came(presses.DONE)


def _record(
    place: Workplace,
    said: Press | Submission,
    came: Came,
    threads: Sequence[messages.Message],
    held: Sequence[str],
) -> None:
    row = {
        "key": said.key,
        "actor": said.actor,
        "act": said.act,
        "about": list(held),
        "outcome": came.outcome,
        "because": came.because,
        "at": place.clock(),
    }
    with place.database.write() as connection:
        if not presses.record(connection, row):
            return
        by = ledger.person_id(connection, said.actor)
        ledger.append(connection, [ledgered_presses.of_press(row, by)], place.clock())
        if came.outcome == presses.DONE:
            for thread in threads:
                _tell(place, connection, thread, said, came)
        elif isinstance(said, Press) and came.outcome in _ANSWERS:
            _whisper(place, connection, said, threads, _ANSWERS[came.outcome])


def _answer(outcome: str, said: Press | Submission, came: Came | None = None) -> Answer:
    if outcome in _ANSWERS:
        says = _ANSWERS[outcome]
        view = {"response_action": "update", "view": closing_view(says)}
        return Answer(403, says, view if isinstance(said, Submission) else None)
    return Answer(200, _SAID[said.act], came.reply if came else None)


def _tell(
    place: Workplace,
    connection: Connection,
    thread: messages.Message,
    said: Press | Submission,
    came: Came,
) -> None:
    """Say in the thread who did what: the actor by the id that Slack itself shows there."""
    act, to = _SAID[said.act], destination_of(place, thread)
    told = Message(
        key=f"press-{said.key}:{thread.recipient}",
        headline=Text(f"{act.zh}：{said.actor}", f"{act.en}: {said.actor}"),
        lines=(came.says,) if came.says else (),
    )
    enter(place, connection, to, told, under=thread.key, at_any_hour=True)


def _whisper(
    place: Workplace,
    connection: Connection,
    press: Press,
    threads: Sequence[messages.Message],
    says: Text,
) -> None:
    """Tell whoever pressed, and nobody else, that it did nothing."""
    found = [(destination_of(place, t), t) for t in threads]
    here = [(to, t) for to, t in found if press.channel in (t.remote_channel, to.channel)]
    named = [to for to in every_destination(place).values() if to.kind == "slack"]
    to, under = next(((to, t.key) for to, t in here), (None, ""))
    to = to or next((each for each in named if each.channel == press.channel), None)
    if to is None:
        return
    told = Message(key=f"whisper-{press.key}", headline=says, lines=())
    extra = {"user": press.actor.partition(":")[2]}
    op = messages.WHISPER
    enter(place, connection, to, told, op=op, under=under, extra=extra, at_any_hour=True)


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
