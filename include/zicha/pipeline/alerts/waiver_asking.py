"""A waiver asked for in Slack: the form that shows what it would hide, and its submission.

The request is that of `zicha findings waive`: same roles, same refusals, same books. It is never
approved here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from zicha.alerts.slack_press import Press, Submission
from zicha.alerts.waiver_form import (
    BECAUSE,
    MOST_REASON,
    SCOPE,
    UNTIL,
    Filled,
    Reached,
    waiver_form,
)
from zicha.catalog.roles import load_roles, refusal
from zicha.findings.waivers import WaiverState
from zicha.model.errors import ConfigError, DeliveryError
from zicha.model.text import Text
from zicha.model.verdict import Severity
from zicha.pipeline.alerts.destinations import destination_of, slack_of
from zicha.pipeline.authority import authorise
from zicha.pipeline.findings.acts import chosen
from zicha.pipeline.findings.lives import Told, day_here, waivers_of
from zicha.pipeline.findings.waiving import request_id, request_waiver, would_mark
from zicha.pipeline.workplace import Workplace
from zicha.storage import presses
from zicha.storage.messages import Message

MOST_WAIVERS = 10
"""Waivers of one finding each that one form asks for; for more, the whole check is asked for."""

ACT = "request-waiver"
FORM_SECONDS = 2
"""How long Slack may take to open a form: what opens it lives three seconds."""

_THREAD = Text("仅本消息所列的问题", "only the findings of this message")
_SOURCE = Text("该来源下此检查项的全部", "this check, all of the source")
_SYSTEM = Text("该系统中此检查项的全部", "this check, all of the system")


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a press or a form.

    Args:
        outcome: as it is recorded; empty: nothing is recorded, the form only waits for an answer.
        because: why it was refused or failed.
        says: what the thread hears beside the name of the act.
        reply: what Slack shall do with the form.
    """

    outcome: str
    because: str = ""
    says: Text | None = None
    reply: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Offer:
    reached: Reached
    bodies: tuple[Mapping[str, str], ...]


def opened(place: Workplace, press: Press, threads: Sequence[Message], held: Sequence[str]) -> Came:
    """Open the form before whoever pressed, or say why not."""
    try:
        offers = _offers(place, press.actor, held)
    except ConfigError as error:
        return Came(presses.REFUSED, str(error))
    if not press.trigger:
        return Came(presses.FAILED, "no-trigger")
    until = day_here(place) + timedelta(days=load_roles().longest.waiver_by_button)
    view = waiver_form(press.mark, [offer.reached for offer in offers], until)
    try:
        slack = slack_of(place, destination_of(place, threads[-1]))
        hasty = replace(slack, attempts=1, timeout_seconds=FORM_SECONDS)
        hasty.open_form(press.trigger, view)
    except (DeliveryError, ConfigError) as error:
        return Came(presses.FAILED, str(error))
    return Came(presses.OPENED)


def submitted(place: Workplace, sent: Submission, held: Sequence[str]) -> Came:
    """Ask for what the form says; a form that lacks something comes back, and nothing was done."""
    try:
        offers = {o.reached.id: o for o in _offers(place, sent.actor, held, sent)}
    except ConfigError as error:
        return Came(presses.REFUSED, str(error))
    if wrong := _wrong(place, sent.filled, offers):
        return Came("", reply={"response_action": "errors", "errors": wrong})
    offer = offers[sent.filled.scope]
    if len(offer.reached.findings) > sent.filled.shown.get(sent.filled.scope, 0):
        return Came("", reply=_once_more(sent, list(offers.values())))
    try:
        asked = [request_waiver(place, b, sent.actor, mark=sent.key) for b in offer.bodies]
    except ConfigError as error:
        return Came(presses.REFUSED, str(error))
    ids = "、".join(str(row["id"]) for row in asked)
    count, until = len(offer.reached.findings), sent.filled.until
    return Came(
        presses.DONE,
        says=Text(
            f"{ids}；标记 {count} 个问题，有效至 {until}",
            f"{ids.replace('、', ', ')}; marks {count} findings until {until}",
        ),
    )


def _once_more(sent: Submission, offers: Sequence[_Offer]) -> dict[str, Any]:
    reached = [offer.reached for offer in offers]
    until = date.fromisoformat(sent.filled.until)
    view = waiver_form(sent.mark, reached, until, sent.filled)
    return {"response_action": "update", "view": view}


def _wrong(place: Workplace, filled: Filled, offers: Mapping[str, _Offer]) -> dict[str, str]:
    """What is wrong with which field of the form, for whoever filled it."""
    today, longest = day_here(place), load_roles().longest.waiver
    last = today + timedelta(days=longest)
    wrong = {}
    if filled.scope not in offers:
        wrong[SCOPE] = "请选择范围 choose one of the scopes"
    if not filled.because.strip() or len(filled.because) > MOST_REASON:
        wrong[BECAUSE] = (
            f"请填写理由，不超过 {MOST_REASON} 字 give a reason of at most so many signs"
        )
    try:
        fits = today <= date.fromisoformat(filled.until) <= last
    except ValueError:
        fits = False
    if not fits:
        wrong[UNTIL] = f"请选择 {today} 至 {last} 之间的日期 choose a day between these two"
    return wrong


def _offers(
    place: Workplace, actor: str, held: Sequence[str], sent: Submission | None = None
) -> list[_Offer]:
    """What this actor may ask for about these findings, the narrowest first.

    Raises:
        ConfigError: it may not, which goes on record, or there is nothing to ask for.
    """
    told = chosen(place, held)
    for one in told:
        authorise(place, actor, ACT, one.finding.id, one.systems)
    words = {"because": sent.filled.because, "expires": sent.filled.until} if sent else {}
    offers = _of_thread(place, actor, told, words, sent.key if sent else "")
    for body, systems, says, id_ in _wider(told):
        if not refusal(place.scope, actor, load_roles().act(ACT), systems):
            offers.append(_offer(place, body | words, says, id_))
    if not offers:
        raise ConfigError(
            f"{len(told)} findings are asked for already, or too many for one form: see "
            "`zicha findings waivers`, or ask with `zicha findings waive`"
        )
    return offers


def _of_thread(
    place: Workplace, actor: str, told: Sequence[Told], words: Mapping[str, str], key: str
) -> list[_Offer]:
    """One waiver for each finding of the thread that nobody asked for yet."""
    with place.database.read() as connection:
        every = waivers_of(place, connection)
    waiting = {one.finding for one in every if one.state is WaiverState.REQUESTED}
    known = {one.id for one in every}
    mine = []
    for one in told:
        body = {"finding": one.finding.id, **words}
        # What a form that died half-way asked for already is its own.
        if one.finding.id not in waiting or request_id(body, actor, key) in known:
            mine.append((one, body))
    if not mine or len(mine) > MOST_WAIVERS:
        return []
    named = tuple((one.finding.id, one.finding.severity) for one, _ in mine)
    return [_Offer(Reached("thread", _THREAD, named), tuple(body for _, body in mine))]


def _wider(
    told: Sequence[Told],
) -> list[tuple[dict[str, str], tuple[str, ...], Text, str]]:
    """The check at its whole source, and in its whole system, where the thread has one of each."""
    check = {"suite": told[0].finding.suite, "expectation": told[0].finding.expectation}
    sources = sorted({one.finding.source for one in told})
    systems = sorted({system for one in told for system in one.systems})
    found: list[tuple[dict[str, str], tuple[str, ...], Text, str]] = []
    if len(systems) == 1 and all(len(one.systems) == 1 for one in told):
        found.append((check | {"system": systems[0]}, tuple(systems), _SYSTEM, "check-system"))
    if len(sources) == 1:
        found.append((check | {"source": sources[0]}, (), _SOURCE, "check-source"))
    return found


def _offer(place: Workplace, body: Mapping[str, str], says: Text, id_: str) -> _Offer:
    rows = would_mark(place, body)
    named = tuple((str(row["id"]), Severity(row["severity"])) for row in rows)
    return _Offer(Reached(id_, says, named), (body,))
