"""A report about an incident as a document: the recorded body, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from zicha.catalog.forms import FormField
from zicha.model.document import NOTHING, Document
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.filling import filled
from zicha.reports.documents.grids import same
from zicha.reports.documents.sections import Part, form_of
from zicha.reports.documents.units import joined

KINDS = {
    "first": Text("首报", "first report"),
    "follow-up": Text("续报", "follow-up report"),
    "closing": Text("总结报告", "closing report"),
}
FROM_ELSEWHERE = Text(
    "由前一报告的相应内容带入，请确认", "taken over from an earlier report: confirm it"
)
WRITE = Text("在事件事实文件的 report 中填写", "write it under report in the incident file")
NO_INCIDENT = Text(
    "未指定事件：先运行 zicha incident report", "no incident is named: run `zicha incident report`"
)
RANSOM_UNSAID = Text(
    "是否涉及勒索未载明：在事件事实文件的 facts 中填写 ransomware",
    "whether there is a ransom is not said: say ransomware under facts in the incident file",
)
LATER = Text("首报后及时补报", "may follow after the first report, in time")
AT_ONCE = Text("立即（法律未定数字）", "at once (the law gives no number)")


def build_from(form: str, facts: DocumentFacts) -> Document:
    """The document of a recorded report; `facts.incident` holds its body under `report`."""
    body: Mapping[str, Any] = (facts.incident or {}).get("report") or {}
    values = {each["id"]: each for each in body.get("fields", ())}
    known = {f.id: _known(f, values.get(f.id), body, facts) for f in form_of(form).fields}
    cover, notes = tuple(_cover(body, facts)), tuple(_notes(body))
    return filled(form, facts, known, cover=cover, notes=notes)


def _known(
    field: FormField,
    said: Mapping[str, Any] | None,
    body: Mapping[str, Any],
    facts: DocumentFacts,
) -> Part:
    if not body:
        return Part(lacks=NO_INCIDENT)
    if field.only == "ransomware" and said is None and "ransomware" in body.get("unsaid", ()):
        return Part(lacks=RANSOM_UNSAID)
    if field.only == "ransomware" and said is None:
        text = Text("事件事实未载明勒索，不适用。", "The facts speak of no ransom: not applicable.")
        return Part((text,))
    value = str(said["value"]).strip() if said else ""
    if value:
        taken = bool(said and said["taken_from"])
        return Part((_told(field.id, value, facts),), lacks=FROM_ELSEWHERE if taken else NOTHING)
    first = body.get("kind") == "first" and field.wave == "later"
    key = Text(f"（{field.id}）", f" ({field.id})")
    lacks = Text(WRITE.zh + key.zh, WRITE.en + key.en)
    return Part(lacks=joined([LATER, lacks]) if first else lacks)


def _told(field: str, value: str, facts: DocumentFacts) -> Text:
    """A recorded value; names of the scope, moments and levels in the reader's language."""
    if field == "discovered_or_occurred_at":
        return same(_moment(value, facts))
    if field == "incident_level" and (codes := re.findall(r"（([a-z_]+)）", value)):
        return Text(re.sub(r"（[a-z_]+）", "", value), ", ".join(codes).replace("_", " "))
    names = {each.name.zh: each.name for each in facts.scope.entities}
    names |= {each.name.zh: each.name for each in facts.scope.systems}
    return names.get(value) or same(value)


def _moment(said: str, facts: DocumentFacts) -> str:
    zone = facts.scope.organisation.zone
    at = datetime.fromisoformat(said).astimezone(ZoneInfo(zone))
    return f"{at:%Y-%m-%d %H:%M} ({zone})"


def _cover(body: Mapping[str, Any], facts: DocumentFacts) -> Iterable[tuple[Text, str | Text]]:
    if not body:
        return
    office = body.get("office")
    yield Text("报告种类", "Kind of report"), KINDS.get(body["kind"], same(str(body["kind"])))
    yield Text("报送", "To"), Text(**office) if office else same(str(body["authority"]))
    yield Text("事件编号", "Incident"), str(body.get("incident", ""))
    for duty in body.get("duties", ()):
        due = duty["plan_by"] or duty["due"]
        if duty["at_once"] or due:
            yield Text("时限", "Due"), AT_ONCE if duty["at_once"] else _moment(str(due), facts)
    if body.get("missing"):
        yield (
            Text("尚缺", "Still missing"),
            Text(f"{len(body['missing'])}项", f"{len(body['missing'])} fields"),
        )


def _notes(body: Mapping[str, Any]) -> Iterable[Text]:
    for judgement in body.get("judgement", ()):
        yield Text(f"须由人判断：{judgement['zh']}", f"A person decides: {judgement['en']}")
