"""What the team hears when a limit of an incident is near or over: ids, moments, nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from zicha.alerts.message import DEMO, Message, plain_id
from zicha.catalog.duties import NOT_ADVICE
from zicha.model.text import Text

_MOST = 12
_REMEDY = Text(
    "报送后请登记：zicha incident submitted；现状见 zicha incident show",
    "Record what was handed in: zicha incident submitted; how it stands: zicha incident show",
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One obligation of an incident that is not handed in.

    Args:
        level: how many steps of the escalation table were reached.
        critical: whether the table calls the last of them so.
    """

    duty: str
    due: datetime
    late: bool
    level: int
    critical: bool = False
    disputed: bool = False


def compose_limits(incident: str, limits: Iterable[Limit], demo: bool = False) -> Message:
    """Say what is late and what is near; the same standing is the same message, told once."""
    ordered = sorted(limits, key=lambda each: (each.due, each.duty))
    late = [each for each in ordered if each.late]
    near = [each for each in ordered if not each.late]
    mark, id_ = DEMO if demo else Text("", ""), plain_id(incident)
    stands = "\n".join(f"{e.duty} {e.due.isoformat()} {e.late} {e.level}" for e in ordered)
    lines = (
        _listed(Text("逾期未报送", "Late, not handed in"), late),
        _listed(Text("临近时限", "Due soon"), near),
        _REMEDY,
        NOT_ADVICE,
    )
    return Message(
        key=f"incident-{id_}-{hashlib.sha256(stands.encode()).hexdigest()[:16]}",
        headline=Text(
            f"{mark.zh}事件 {id_} 报送时限：逾期 {len(late)}，临近 {len(near)}",
            f"{mark.en}Limits of incident {id_}: {len(late)} late, {len(near)} due soon",
        ),
        lines=tuple(line for line in lines if line.zh),
        urgent=bool(late) or any(each.critical for each in near),
    )


def _listed(what: Text, limits: list[Limit]) -> Text:
    if not limits:
        return Text("", "")
    shown, more = limits[:_MOST], len(limits) - _MOST
    said = [(f"{plain_id(e.duty)} {e.due:%Y-%m-%d %H:%M}", e.disputed) for e in shown]
    zh = "、".join(one + ("（有争议）" if disputed else "") for one, disputed in said)
    en = ", ".join(one + (" (disputed)" if disputed else "") for one, disputed in said)
    zh += f"，另有 {more} 项" if more > 0 else ""
    en += f", and {more} more" if more > 0 else ""
    return Text(f"{what.zh} {len(limits)}：{zh}", f"{what.en} {len(limits)}: {en}")
