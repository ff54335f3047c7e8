"""The form that asks for a waiver in Slack: what it would hide is shown before anything is sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from zicha.alerts.message import SEVERITIES, plain_id
from zicha.alerts.slack_text import escaped
from zicha.model.text import Text
from zicha.model.verdict import Severity

CALLBACK = "zicha-waive"
SCOPE, BECAUSE, UNTIL = "scope", "because", "until"
MOST_IDS = 8
MOST_REASON = 2000
_LONGEST_OPTION = 75  # Slack refuses an option of more characters
_ASKS = (
    "豁免只作标记，单项结果不变；须由另一人批准后生效，到期自动失效。\n"
    "A waiver only marks: no verdict changes. It counts once another person approves it, "
    "and ends by itself."
)


@dataclass(frozen=True, slots=True)
class Reached:
    """One scope that may be asked for, and the findings that a waiver of it would mark."""

    id: str
    says: Text
    findings: tuple[tuple[str, Severity], ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled in; `shown` is how many findings the form said each scope would mark."""

    scope: str = ""
    because: str = ""
    until: str = ""
    shown: Mapping[str, int] = field(default_factory=dict)


def shown_of(held: Any) -> dict[str, int]:
    """The numbers that the form carried; what is none is left out."""
    said = held.items() if isinstance(held, Mapping) else ()
    return {str(name): n for name, n in said if isinstance(n, int) and not isinstance(n, bool)}


def waiver_form(
    mark: str, reached: Sequence[Reached], until: date, filled: Filled | None = None
) -> dict[str, Any]:
    """The view, as Slack takes it; what was filled in before stays.

    Args:
        mark: the group that it is about.
        reached: what may be asked for, the narrowest first.
        until: the day that the form proposes.
        filled: what stood in it when it is shown once more.
    """
    before = filled or Filled()
    options = [_option(each) for each in reached]
    first = next((o for o in options if o["value"] == before.scope), options[0])
    held = {"mark": mark, "shown": {each.id: len(each.findings) for each in reached}}
    reason: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": BECAUSE,
        "multiline": True,
        "min_length": 1,
        "max_length": MOST_REASON,
    }
    if before.because:
        reason["initial_value"] = before.because[:MOST_REASON]
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(held),
        "title": _plain("申请豁免 Waiver"),
        "submit": _plain("提交 Submit"),
        "close": _plain("取消 Cancel"),
        "blocks": [
            _section(_ASKS),
            *([_section(_CHANGED)] if filled else []),
            *(_section(_hides(each)) for each in reached),
            _input(
                SCOPE,
                "范围 Scope",
                {"type": "radio_buttons", "options": options, "initial_option": first},
            ),
            _input(BECAUSE, "理由（入账留痕） Reason (it goes into the books)", reason),
            _input(
                UNTIL,
                "有效至 Holds until",
                {"type": "datepicker", "initial_date": before.until or until.isoformat()},
            ),
        ],
    }


_CHANGED = (
    "涉及的问题在表单打开后有增加，尚未提交：请核对后再次提交。\n"
    "More findings are concerned than when the form was opened, and nothing was sent: "
    "look again, then submit."
)


def closing_view(says: Text) -> dict[str, Any]:
    """What stands in the place of the form when it was refused."""
    return {
        "type": "modal",
        "title": _plain("申请豁免 Waiver"),
        "close": _plain("关闭 Close"),
        "blocks": [_section(f"{says.zh}\n{says.en}")],
    }


def _hides(each: Reached) -> str:
    counted = Counter(severity for _, severity in each.findings)
    zh = "，".join(f"{SEVERITIES[s].zh} {counted[s]}" for s in Severity if counted[s])
    en = ", ".join(f"{counted[s]} {SEVERITIES[s].en}" for s in Severity if counted[s])
    ids = [plain_id(id_) for id_, _ in each.findings[:MOST_IDS]]
    more = len(each.findings) - len(ids)
    count = len(each.findings)
    return (
        f"{each.says.zh}：将标记 {count} 个问题（{zh}）：{'、'.join(ids)}"
        + (f"，另有 {more} 个" if more else "")
        + f"\n{each.says.en}: would mark {count} ({en}): {', '.join(ids)}"
        + (f", and {more} more" if more else "")
    )


def _option(each: Reached) -> dict[str, Any]:
    said = f"{each.says.zh} {each.says.en}"
    count = Text(f"标记 {len(each.findings)} 个", f"marks {len(each.findings)}")
    return {
        "text": _plain(said[:_LONGEST_OPTION]),
        "description": _plain(f"{count.zh} {count.en}"),
        "value": each.id,
    }


def _input(name: str, label: str, element: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "element": {**element, "action_id": name},
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _section(text: str) -> dict[str, Any]:
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": escaped(text)[:2900], "verbatim": True},
    }
