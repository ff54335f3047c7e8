"""One finding, whole: what failed, what to do, where the evidence is, and what happened to it."""

from __future__ import annotations

from typing import Any

from zicha.catalog.controls import load_controls
from zicha.model.errors import ConfigError
from zicha.pipeline.findings.lists import finding_row
from zicha.pipeline.workplace import Workplace
from zicha.storage import finding_acts, findings, runs


def finding_document(place: Workplace, id_: str) -> dict[str, Any]:
    """The finding with its history; an unknown id is refused.

    The messages cut the ids: the beginning of one will do, if no other finding shares it.
    """
    with place.database.read() as connection:
        begun = [f.id for f in findings.listed(connection) if f.id.startswith(id_)]
        if id_ not in begun and len(begun) > 1:
            raise ConfigError(f"{len(begun)} findings begin with {id_}: give more of the id")
        finding = findings.get(connection, begun[0] if len(begun) == 1 else id_)
        history = findings.history(connection, finding=finding.id)
        acts = finding_acts.history(connection, finding_acts.FINDING, finding.id)
        waived = finding_acts.history(connection, finding_acts.WAIVER)
        refused = finding_acts.history(connection, finding_acts.REFUSED, finding.id)
        newest = runs.latest(connection, runs.JUDGED, runs.REPORTED)
    titles = load_controls()
    row = finding_row(place, finding, newest.id if newest else "")
    mine = {one["id"] for one in (*row["waivers"], *row["expired_waivers"])}
    return row | {
        "controls": [
            {"id": c, "title": titles[c].title.zh if c in titles else c} for c in finding.controls
        ],
        "account": finding.account,
        "region": finding.region,
        "times_opened": finding.times_opened,
        "closed": finding.closed_at,
        "history": history,
        "acts": _acts(acts, [one for one in waived if one["of"] in mine], refused),
    }


def _acts(*of_kinds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What people did, were refused, and waived, in the order in which it happened."""
    named = zip(("finding", "waiver", "refused"), of_kinds, strict=True)
    rows = [{"what": what, **row} for what, listed in named for row in listed]
    return sorted(rows, key=lambda row: (row["at"], row["what"], row["of"], row["number"]))
