"""Open ports: what answers at each declared address, against what is meant to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Replies, Reply, Row, Unread, cell, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.sources.public import SCANNED, PublicFace

ADMINISTRATION = frozenset(
    (
        *(22, 23, 111, 135, 139, 389, 445, 873, 1433, 1521, 2049, 2375, 2379, 3306, 3389, 5236),
        *(5432, 5601, 5900, 5985, 6379, 6443, 7001, 9200, 9848, 10250, 11211, 15672, 27017, 50070),
    )
)
"""Remote administration, data stores and consoles: not for the public, declared or not."""

_STATES = ("open", "closed", "filtered")


def fetch(face: PublicFace) -> Iterator[Reply]:
    """List the declared addresses, then knock once at each port of each, one after the other."""
    addresses = [
        {"address": each.address, "open_ports": sorted(set(each.open_ports))}
        for each in face.declared.addresses
    ]
    listing = face.list("list_addresses", addresses)
    yield listing
    for each in face.declared.addresses:
        ports = sorted({*SCANNED, *face.declared.also_ports, *each.open_ports})
        yield face.ask("knock_at_ports", each.address, partial(_knocked, face, each.address, ports))


def _knocked(face: PublicFace, address: str, ports: Sequence[int]) -> dict[str, Any]:
    return {"ports": [{"port": port, "state": face.knock(address, port)} for port in ports]}


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per declared address."""
    for listing in replies.to("list_addresses"):
        for member in listing.each("members"):
            address = str(member["address"])
            said = _by_state(replies.about(address, "knock_at_ports"))
            unread, known = (said, {}) if isinstance(said, Unread) else (None, said)
            declared = {int(port) for port in member["open_ports"]}
            looks_from = cell(listing, "looks_from")
            is_open_here = cell(listing, "egress_is_open")
            if unread is None:
                unread = _nobody(declared, known)
            hidden = None if unread else _hidden(is_open_here, known)
            strange = sorted(known.get("open", set()) - declared)
            dangerous = sorted(known.get("open", set()) & ADMINISTRATION)
            yield {
                "face": listing.place[0],
                "address": address,
                "looks_from": looks_from,
                "ports_asked": unread or sum(len(ports) for ports in known.values()),
                "undeclared_open_ports": unread or _count(strange, hidden),
                "undeclared_open": unread or _listed(strange),
                "administration_open_ports": unread or _count(dangerous, hidden),
                "administration_open": unread or _listed(dangerous),
                "declared_and_silent": unread or _listed(declared - known.get("open", set())),
                "filtered_ports": unread or len(known.get("filtered", set())),
            }


def _by_state(reply: Reply) -> dict[str, set[int]] | Unread:
    ports = cell(reply, "ports")
    if unread := derived(ports):
        return unread
    found: dict[str, set[int]] = {state: set() for state in _STATES}
    for each in ports:
        if not isinstance(each, Mapping) or each.get("state") not in _STATES:
            raise MalformedAnswerError("knock_at_ports: a port has no state that is known")
        found[each["state"]].add(int(each["port"]))
    if getattr(reply, "cut", None):
        return Unread(Reason.PARTIAL, "not every port was asked: collect again")
    return found


def _nobody(declared: set[int], known: Mapping[str, set[int]]) -> Unread | None:
    """An address where nothing meant to answer does: no other silence there proves anything."""
    if not declared or declared & known["open"] or known["closed"]:
        return None
    remedy = "not one port answers, nor one that is declared open: see whether it is up, from here"
    return Unread(Reason.UNREACHABLE, remedy)


def _hidden(is_open_here: Any, known: Mapping[str, set[int]]) -> Unread | None:
    """Why a silent port may be open all the same: our own way out may have dropped the knock."""
    if is_open_here is True or not known["filtered"]:
        return None
    if isinstance(is_open_here, Unread):
        return is_open_here
    remedy = f"{len(known['filtered'])} ports are silent, which our own way out may have caused"
    return Unread(Reason.UNREACHABLE, f"{remedy}: look from an open one, and set egress_is_open")


def _count(found: Sequence[int], hidden: Unread | None) -> int | Unread:
    # What was found open stands, whatever else may be hidden.
    return len(found) if found or hidden is None else hidden


def _listed(ports: Sequence[int] | set[int]) -> str:
    return ", ".join(map(str, sorted(ports)))


COLLECTOR = Collector(
    id="public/open_ports",
    title=Text(zh="公网开放端口", en="Open ports"),
    max_age=timedelta(hours=26),
    permissions=("TCP connections to a short list of ports of each declared address",),
    lists="list_addresses",
    places=("face",),
    subject=("face", "address"),
    subject_type="public/address",
    columns={
        "face": str,
        "address": str,
        "looks_from": str,
        "ports_asked": int,
        "undeclared_open_ports": int,
        "undeclared_open": str,
        "administration_open_ports": int,
        "administration_open": str,
        "declared_and_silent": str,
        "filtered_ports": int,
    },
    fetch=fetch,
    tabulate=tabulate,
)
