"""Which filings are owed: opened for each obligation whose duty has a form that we can build."""

from __future__ import annotations

from typing import Any

from zicha.catalog.duties import load_duties
from zicha.duties.obligations import OWED
from zicha.incidents.clocks import cycles_of
from zicha.model.filing import FilingState
from zicha.model.obligation import Obligation
from zicha.pipeline.filings.approval import ASKABLE, UNBUILT, open_question
from zicha.pipeline.filings.press import Press, own_press
from zicha.pipeline.filings.use_cases import open_filing
from zicha.pipeline.workplace import Workplace
from zicha.storage import filings as stored
from zicha.storage import incidents, obligations


def open_owed(place: Workplace, actor: str, press: Press | None = None) -> list[dict[str, Any]]:
    """Open what is owed and not answered yet; every filing to work on or to ask about.

    What an incident owes is its own reports, and what was declined or rejected waits for a person.
    """
    press = press or own_press()
    with place.database.read() as connection:
        owed = obligations.listed(connection, *OWED)
        known = {each.id for each in owed if stored.answering(connection, each.id)}
        happened = [each.id for each in incidents.listed(connection)]
    for each in owed:
        if each.id not in known and _can_be_built(each, press, happened):
            open_filing(place, each.id, actor)
    return _to_prepare(place)


def _can_be_built(owed: Obligation, press: Press, happened: list[str]) -> bool:
    duty = load_duties().get(owed.duty)
    of_incident = any(cycles_of(incident, owed) for incident in happened)
    return duty is not None and duty.form in press.forms and not of_incident


def _to_prepare(place: Workplace) -> list[dict[str, Any]]:
    wanted = UNBUILT | ASKABLE
    found = []
    with place.database.read() as connection:
        owed = {each.id for each in obligations.listed(connection, *OWED)}
        for each in stored.listed(connection):
            waits = each.state is FilingState.AWAITING and open_question(connection, each)
            if each.state in wanted and each.obligation in owed and not waits:
                found.append(
                    {
                        "filing": each.id,
                        "version": each.version,
                        "asked": len(stored.history(connection, "approval", each.id)),
                        "built": each.state not in UNBUILT,
                    }
                )
    return found
