"""DNS zones: who serves them, whether the servers agree, and whether answers can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, cell, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.sources.public import PublicFace

_ASKED = {"query_ns": "NS", "query_ds": "DS", "query_dnskey": "DNSKEY", "query_caa": "CAA"}


def fetch(face: PublicFace) -> Iterator[Reply]:
    """List the declared zones; ask the resolver of each, and each declared server directly."""
    members = [
        {"name": each.name, "name_servers": [server.name for server in each.name_servers]}
        for each in face.declared.zones
    ]
    yield face.list("list_zones", members)
    for zone in face.declared.zones:
        for call, kind in _ASKED.items():
            yield face.ask(call, zone.name, partial(face.names.ask, zone.name, kind))
        for server in zone.name_servers:
            yield face.ask(
                f"ask_server {server.name}",
                zone.name,
                partial(face.names.ask_server, server.name, server.port, zone.name),
            )


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per declared zone."""
    for listing in replies.to("list_zones"):
        for member in listing.each("members"):
            yield _row(listing.place[0], member, replies)


def _row(face: str, member: Mapping[str, Any], replies: Replies) -> Row:
    zone, declared = str(member["name"]), [str(each) for each in member["name_servers"]]
    named, ds, keys, caa = (_records(replies.about(zone, call)) for call in _ASKED)
    servers = [replies.about(zone, f"ask_server {each}") for each in declared]
    return {
        "face": face,
        "zone": zone,
        "name_servers": named if isinstance(named, Unread) else len(set(named)),
        "undeclared_name_servers": _beyond(named, declared),
        "servers_that_do_not_serve": _idle(declared, servers),
        "serials_agree": _agree(servers),
        "is_signed": _both(ds, keys),
        "issuers": _issuers(caa),
        "limits_issuers": _any(caa),
    }


def _records(reply: Reply) -> list[str] | Unread:
    found = cell(reply, "records")
    if unread := derived(found):
        return unread
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        return Unread(Reason.MALFORMED, f"{reply.call}: the records are no list of texts")
    if getattr(reply, "cut", None):
        return Unread(Reason.PARTIAL, f"{reply.about}: its answer is longer than is read")
    return found


def _beyond(named: list[str] | Unread, declared: list[str]) -> int | Unread:
    return named if isinstance(named, Unread) else len(set(named) - set(declared))


def _idle(declared: list[str], servers: list[Reply]) -> str | Unread:
    serving = [cell(reply, "serves") for reply in servers]
    idle = [name for name, said in zip(declared, serving, strict=True) if said is False]
    # One that was heard not to serve stands, whatever the silent ones would have said.
    return ", ".join(idle) if idle else derived(*serving) or ""


def _agree(servers: list[Reply]) -> bool | Unread:
    serials = [cell(reply, "serial") for reply in servers]
    heard = {str(serial) for serial in serials if serial and not isinstance(serial, Unread)}
    return False if len(heard) > 1 else derived(*serials) or len(heard) == 1


def _both(ds: list[str] | Unread, keys: list[str] | Unread) -> bool | Unread:
    return derived(ds, keys) or bool(ds and keys)


def _any(caa: list[str] | Unread) -> bool | Unread:
    return caa if isinstance(caa, Unread) else bool(_issue(caa))


def _issuers(caa: list[str] | Unread) -> str | Unread:
    return caa if isinstance(caa, Unread) else ", ".join(_issue(caa))


def _issue(caa: list[str]) -> list[str]:
    words = [record.split(maxsplit=2) for record in caa]
    tags = {"issue", "issuewild"}
    return sorted({w[2].strip('"')[:100] for w in words if len(w) == 3 and w[1].lower() in tags})  # noqa: PLR2004


COLLECTOR = Collector(
    id="public/dns_zones",
    title=Text(zh="DNS 区域", en="DNS zones"),
    max_age=timedelta(hours=26),
    permissions=(
        "DNS queries for each declared zone",
        "DNS queries to each declared name server",
    ),
    lists="list_zones",
    places=("face",),
    subject=("face", "zone"),
    subject_type="public/dns_zone",
    columns={
        "face": str,
        "zone": str,
        "name_servers": int,
        "undeclared_name_servers": int,
        "servers_that_do_not_serve": str,
        "serials_agree": bool,
        "is_signed": bool,
        "issuers": str,
        "limits_issuers": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
