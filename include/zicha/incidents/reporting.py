"""The contents of a report about an incident, as values with what is missing named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zicha.catalog.duties import NOT_ADVICE
from zicha.incidents.facts import IncidentFile
from zicha.incidents.telling import Desk, Told
from zicha.model.errors import ConfigError

FIRST, FOLLOW_UP, CLOSING = "first", "follow-up", "closing"
KINDS = (FIRST, FOLLOW_UP, CLOSING)
ORIGINAL = "original-recipient"
BECOMES = {
    "cause": "preliminary_cause",
    "emergency_measures": "measures_taken",
    "harm_caused": "impact_so_far",
}
"""What a closing report may take over from an earlier one, for a person to confirm."""

LEVEL_NAMES = {
    "general": "一般",
    "relatively_major": "较大",
    "major": "重大",
    "extremely_major": "特别重大",
}


@dataclass(frozen=True)
class Reporter:
    """Builds reports over one desk; it sends nothing to anybody."""

    desk: Desk

    @property
    def closing(self) -> dict[str, str | None]:
        """The duties that ask for a closing report, with the scale that they hang on."""
        ends = (r for r in self.desk.routes if r.since == "handling_finished_at")
        return {route.duty: route.scale for route in ends}

    def addressees(self, duty: str, rows: Iterable[Told]) -> list[str]:
        """Whom a duty's report goes to; `the original recipient` is whoever took the first."""
        rows = list(rows)
        found: list[str] = []
        for row in rows:
            if row.duty != duty:
                continue
            found += self._original(duty, rows) if row.authority == ORIGINAL else [row.authority]
        return list(dict.fromkeys(found))

    def _original(self, duty: str, rows: list[Told]) -> list[str]:
        scale = self.closing.get(duty)
        of_scale = {route.duty for route in self.desk.routes if route.scale == scale}
        first = of_scale - self.closing.keys()
        return [row.authority for row in rows if row.duty in first]

    def rows_for(self, authority: str, kind: str, rows: list[Told]) -> list[Told]:
        """The rows that a report of this kind to this authority answers."""
        found = [
            row
            for row in rows
            if (row.duty in self.closing) == (kind == CLOSING)
            and authority in self.addressees(row.duty, rows)
            and row.authority in {authority, ORIGINAL}
        ]
        if found:
            return found
        told = sorted({a for row in rows for a in self.addressees(row.duty, rows)})
        if authority not in told:
            raise ConfigError(
                f"{authority!r} is not told of this incident: "
                f"there is {', '.join(told) or 'nobody'}"
            )
        raise ConfigError(
            f"no {kind} report goes to {authority} as the facts stand: "
            "say handling_finished_at in an update, or choose another --kind"
        )

    def build(
        self,
        file: IncidentFile,
        rows: list[Told],
        authority: str,
        kind: str,
        earlier: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        """What the report holds: each field with where its value is from, and what is missing."""
        answered = self.rows_for(authority, kind, rows)
        before = {f["id"]: f["value"] for f in (earlier or {}).get("fields", ())}
        known = self._known(file) | _written(file)
        if kind != CLOSING:
            known |= self._level(answered)
        fields = [self._field(each, known, before) for each in self._wanted(answered, kind)]
        duties = {row.duty: self.desk.duties[row.duty] for row in answered}
        # Whether a ransom was asked decides which fields apply; what nobody said is no "no".
        unsaid = [] if file.complete or "ransomware" in file.facts else ["ransomware"]
        return {
            "authority": authority,
            "office": _said(next((r.office for r in answered if r.authority != ORIGINAL), None)),
            "kind": kind,
            "duties": [_duty(row) for row in {row.duty: row for row in answered}.values()],
            "fields": fields,
            "missing": [each["id"] for each in fields if not each["value"]],
            "confirm": [each["id"] for each in fields if each["taken_from"]],
            "changed": [f["id"] for f in fields if before.get(f["id"], "") != f["value"]],
            "contents": [_said(text) for duty in duties.values() for text in duty.contents],
            "channels": [_said(text) for duty in duties.values() for text in duty.channels],
            "judgement": [
                _said(text) for text in dict.fromkeys(t for r in answered for t in r.judgement)
            ],
            "note": _said(NOT_ADVICE),
            **({"unsaid": unsaid} if unsaid else {}),
        }

    def _wanted(self, rows: list[Told], kind: str) -> list[tuple[str, Any]]:
        found: dict[str, Any] = {}
        for row in rows:
            form = self.desk.duties[row.duty].form
            names = {*row.fields, *(row.later if kind == FOLLOW_UP else ())}
            for each in self.desk.forms[form].fields if form else ():
                if each.id in names:
                    found.setdefault(each.id, each.title)
        return list(found.items())

    def _field(
        self, wanted: tuple[str, Any], known: Mapping[str, str], before: Mapping[str, str]
    ) -> dict[str, Any]:
        id_, title = wanted
        source = BECOMES.get(id_, "")
        takes = source if not known.get(id_) and known.get(source) else ""
        value = known.get(id_) or known.get(source, "")
        inherited = bool(value) and value in {before.get(id_), before.get(source)}
        return {
            "id": id_,
            "title": _said(title),
            "value": value,
            "inherited": inherited,
            "taken_from": takes,
        }

    def _known(self, file: IncidentFile) -> dict[str, str]:
        known = {"discovered_or_occurred_at": (file.occurred_at or file.discovered_at).isoformat()}
        scope = self.desk.scope
        if scope is not None and file.system is not None:
            system = scope.system(file.system)
            known["affected_system"] = system.name.zh
            known["entity_name"] = scope.entity(system.entity).name.zh
        return known

    def _level(self, rows: list[Told]) -> dict[str, str]:
        """The level on the authority's own scale, unless a person still decides."""
        levels = dict.fromkeys(row.level for row in rows if row.level in LEVEL_NAMES)
        said = "、".join(f"{LEVEL_NAMES[level]}（{level}）" for level in levels if level)
        return {"incident_level": said} if said else {}


def _written(file: IncidentFile) -> dict[str, str]:
    return {name: text.strip() for name, text in file.report.items() if text.strip()}


def _duty(row: Told) -> dict[str, Any]:
    return {
        "id": row.duty,
        "also": list(row.also),
        "level": row.level,
        "due": row.due.isoformat() if row.due else None,
        "plan_by": row.plan_by.isoformat() if row.plan_by else None,
        "at_once": row.at_once,
        "rule": _said(row.rule),
        "source": row.source,
        "grade": row.grade,
    }


def _said(text: Any) -> dict[str, str] | None:
    return None if text is None else {"zh": text.zh, "en": text.en}
