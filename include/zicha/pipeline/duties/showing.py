"""What is shown of duties: whom they bind, when they are due, on whose word, never as advice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from zicha.catalog.conditions import load_facts
from zicha.catalog.duties import NOT_ADVICE, Duty, duty_named, load_duties, offices
from zicha.catalog.duty_shapes import Clock
from zicha.catalog.escalation import Escalation, load_escalation
from zicha.catalog.regulators import load_regulators
from zicha.catalog.scope import Scope
from zicha.duties.binding import Binding, explain, holds, joined
from zicha.duties.time import NO_TIME, ZONE, DueDate, due, latest_safe
from zicha.duties.working_days import chinese_working_days
from zicha.model.errors import ConfigError
from zicha.model.our_time import absurd_notice
from zicha.model.text import Text

ORDER = {"yes": 0, "undetermined": 1, "no": 2}


def duty_rows(scope: Scope, system: str = "") -> list[dict[str, Any]]:
    """Every duty, whether it binds the system (or any of them) and why; the binding ones first."""
    duties, regulators, facts = load_duties(), load_regulators(), load_facts()
    systems = [scope.system(system)] if system else list(scope.systems)
    rows = []
    for duty in duties.values():
        found = {each.id: explain(duty, scope, each.id, facts) for each in systems}
        entity = scope.entity(systems[0].entity)
        rows.append(
            {
                "id": duty.id,
                "title": said(duty.title),
                "status": duty.status,
                "authority": list(duty.authorities),
                "offices": [
                    said(office)
                    for office in offices(duty, regulators, entity.province, entity.city)
                ],
                **_binding(found),
                "asks_for": duty.asks_for,
                "due": said(_times(duty)),
                "sanction": said(duty.sanction.says) if duty.sanction else None,
                "instruments": [
                    {
                        "name": said(i.name),
                        "number": _plain(i.number),
                        "articles": _plain(i.articles),
                    }
                    for i in duty.instruments
                ],
                "grade": duty.grade,
                "sources": [{"id": s.id, "grade": s.grade} for s in duty.sources],
                "disputes": disputes(duty),
                "notes": [said(each) for each in duty.notes],
                "note": said(NOT_ADVICE),
            }
        )
    return sorted(rows, key=lambda row: (ORDER[row["binds"]], row["id"]))


def due_document(
    scope: Scope, id_: str, since: datetime, system: str = "", notice: date | None = None
) -> dict[str, Any]:
    """When one duty is due if its clock starts at `since`."""
    duty, days = duty_named(load_duties(), id_), chinese_working_days()
    if notice and (wrong := absurd_notice(since.astimezone(ZONE).date(), notice)):
        raise ConfigError(f"the notice says {notice}, and the clock starts {since.date()}: {wrong}")
    found = due(
        duty,
        since,
        days,
        targets=targets(scope),
        notice=notice,
        holds=holder(scope, system) if system else lambda _: True,
    )
    plan = latest_safe(duty, found, since, days)
    return {
        "duty": duty.id,
        "title": said(duty.title),
        "from": since.isoformat(),
        "binding": moment(plan.at),
        "because": said(plan.because),
        "disputed": plan.disputed,
        "provisional": plan.provisional,
        "due": [_due(each) for each in found],
        "disputes": disputes(duty),
        "sources": [{"id": s.id, "grade": s.grade} for s in duty.sources],
        "note": said(NOT_ADVICE),
    }


def targets(scope: Scope) -> dict[str, timedelta]:
    """The user's own limits where a law says at once, by duty; `""` stands for all others."""
    return {t.duty or "": timedelta(minutes=t.minutes) for t in scope.duties.targets}


def refuse_unknown_duties(scope: Scope, duties: dict[str, Duty]) -> None:
    """Refuse a starting day, notice or limit of a duty that there is not: it would be lost."""
    for key in ("anchors", "notices", "targets"):
        for n, each in enumerate(getattr(scope.duties, key)):
            try:
                duty_named(duties, each.duty or next(iter(duties)))
            except ConfigError as error:
                raise ConfigError(f"duties.yaml: {key}[{n}].duty: {error}") from error


def escalation_of(scope: Scope) -> Escalation:
    """Who hears of an obligation when: the user's own table, else the catalogue's."""
    return scope.escalation or load_escalation()


def holder(scope: Scope, system: str) -> Callable[[Clock], bool]:
    """Whether a clock that is for some only is for this system."""
    scope.system(system)  # refuses an unknown one, even where no clock asks

    def is_ours(clock: Clock) -> bool:
        return clock.when is None or holds(clock.when, scope, system)

    return is_ours


def disputes(duty: Duty) -> list[dict[str, Any]]:
    """Every dispute with every reading, and what we follow."""
    return [
        {
            "about": dispute.about,
            "readings": [{"source": r.source, "says": said(r.says)} for r in dispute.readings],
            "followed": said(dispute.followed),
        }
        for dispute in duty.disputes
    ]


def said(text: Text) -> dict[str, str]:
    """A text as JSON holds it."""
    return {"zh": text.zh, "en": text.en}


def _plain(name: Text | None) -> str:
    return name.en if name else ""


def moment(at: datetime | None) -> str | None:
    """A moment as JSON holds it."""
    return None if at is None else at.isoformat()


def _times(duty: Duty) -> Text:
    ours = [clock.says for clock in duty.clocks if clock.whose == "operator"]
    return joined(ours) if ours else NO_TIME


def _binding(found: dict[str, Binding]) -> dict[str, Any]:
    best = min((each.binds for each in found.values()), key=ORDER.__getitem__)
    like = {id_: each for id_, each in found.items() if each.binds == best}
    return {
        "binds": best,
        "because": said(joined(each.because for each in like.values())),
        "systems": list(like),
        "declare": sorted({name for each in like.values() for name in each.declare}),
    }


def _due(each: DueDate) -> dict[str, Any]:
    return {
        "clock": each.clock,
        "at": moment(each.at),
        "opens_at": moment(each.opens_at),
        "at_once": each.at_once,
        "internal_target": moment(each.target),
        "rule": said(each.rule),
        "whose": each.whose,
        "purpose": each.purpose,
        "source": each.source,
        "grade": each.grade,
        "rolls_to": None if each.rolls_to is None else each.rolls_to.isoformat(),
        "provisional": each.provisional,
    }


def due_lines(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The clocks as rows of a table."""
    for each in found["due"]:
        shown = each["at"] or ("at once" if each["at_once"] else "no number")
        yield each | {"at": shown}
