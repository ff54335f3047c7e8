"""Which systems a command is about, from the words it was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from zicha.catalog.notices import InspectionNotice, OrderFile
from zicha.incidents.facts import load_incident
from zicha.pipeline.findings.acts import chosen
from zicha.pipeline.received import read_file, systems_of
from zicha.pipeline.workplace import Workplace
from zicha.reports.attestation_sheet import read_sheet
from zicha.storage import filings, incidents, inspections, obligations

Given = Mapping[str, Any]


def systems_named(place: Workplace, words: str, given: Given) -> tuple[str, ...]:
    """The systems that a command names, by an id, an option or a file; none for all it knows.

    Raises:
        ConfigError: what is named is not there, or cannot be read.
    """
    found = _BY_GROUP.get(words.partition(" ")[0], _of_option)(place, given)
    return tuple(dict.fromkeys(found))


def _of_option(place: Workplace, given: Given) -> list[str]:
    del place
    return [given["system"]] if given.get("system") else []


def _of_sheet(place: Workplace, given: Given) -> list[str]:
    return [one.system for one in read_sheet(Path(given["file"]), place.scope)]


def _of_obligation(place: Workplace, given: Given) -> list[str]:
    with place.database.read() as connection:
        owed = obligations.get(connection, given["id_"])
    return systems_of(place.scope, owed.of)


def _of_filing(place: Workplace, given: Given) -> list[str]:
    if given.get("obligation"):
        return _of_obligation(place, {"id_": given["obligation"]})
    with place.database.read() as connection:
        filing = filings.get(connection, given["id_"])
    return systems_of(place.scope, filing.of)


def _of_inspection(place: Workplace, given: Given) -> list[str]:
    if "id_" not in given:
        return list(read_file(Path(given["file"]), InspectionNotice).systems)
    with place.database.read() as connection:
        return list(inspections.inspection(connection, given["id_"]).notice["systems"])


def _of_order(place: Workplace, given: Given) -> list[str]:
    if "id_" not in given:
        return systems_of(place.scope, read_file(Path(given["file"]), OrderFile).of)
    with place.database.read() as connection:
        order = inspections.order(connection, given["id_"])
    return systems_of(place.scope, str(order.file["of"]))


def _of_incident(place: Workplace, given: Given) -> list[str]:
    about = given.get("id_") or given.get("subject")
    if about is None:
        return _one(load_incident(Path(given["facts"])).system)
    id_, has_duty, _ = str(about).partition("/")
    if "subject" in given and not has_duty:
        return list(chosen(place, [id_])[0].systems)
    with place.database.read() as connection:
        incidents.get(connection, id_)
        return _one(incidents.newest_version(connection, id_)["facts"].get("system"))


def _one(system: str | None) -> list[str]:
    return [system] if system else []


_BY_GROUP: Mapping[str, Callable[[Workplace, Given], list[str]]] = {
    "attest": _of_sheet,
    "filing": _of_filing,
    "incident": _of_incident,
    "inspection": _of_inspection,
    "obligation": _of_obligation,
    "order": _of_order,
}
