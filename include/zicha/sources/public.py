"""The public face: declared names and addresses, asked politely and without credentials."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zicha.model.errors import ConfigError, SourceError
from zicha.model.evidence import Answer, Body, Gap, Reply
from zicha.model.verdict import Reason
from zicha.sources.public_names import Names
from zicha.sources.public_wire import CONNECT_SECONDS, Pace, connected, knocked

SCANNED = (
    *(20, 21, 22, 23, 25, 53, 80, 110, 111, 135, 139, 143, 389, 443, 445, 873, 1080, 1433, 1521),
    *(2049, 2375, 2379, 3128, 3306, 3389, 5000, 5236, 5432, 5601, 5900, 5985, 6379, 6443, 7001),
    *(8000, 8080, 8443, 8888, 9000, 9090, 9200, 9848, 10250, 11211, 15672, 27017, 50070),
)
"""The ports asked of every declared address besides its own; few, and those that matter."""


class PublicFace:
    """What a source of kind `public` declares; nothing else is ever connected to or asked for."""

    def __init__(self, declared: Any, names: Names, pace: Pace, roots: str = "") -> None:
        """Take the declaration, the way to ask names, the pace, and a file of trusted roots."""
        self.id: str = declared.id
        self.declared = declared
        self.names = names
        self.pace = pace
        self.roots = roots
        self._allowed = frozenset(_targets(declared))
        self._heard: dict[str, str] = {}

    @property
    def place(self) -> tuple[str, ...]:
        """The place of every answer: the source itself."""
        return (self.id,)

    @property
    def agent(self) -> str:
        """How we name ourselves to whoever answers."""
        return f"zicha-self-inspection/1 (+{self.declared.contact})"

    def list(self, call: str, members: list[dict[str, Any]]) -> Reply:
        """What the scope declares of one kind: complete by nature, and empty where it says none."""
        said = {
            "looks_from": self.declared.looks_from,
            "egress_is_open": self.declared.egress_is_open,
            "members": members,
        }
        return Answer(self.place, call, "", said)

    def ask(self, call: str, about: str, question: Callable[[], Body]) -> Reply:
        """Put one question; what the outside world does not answer is a gap that says why."""
        self._heard = {"looks_from": self.declared.looks_from}
        try:
            body = question()
        except SourceError as error:
            remedy, missing = f"{about}: {error}", error.permission
            return Gap(self.place, call, about, error.reason, remedy, missing, self._heard)
        cut = body.get("cut") if body is not None else None
        remedy = f"{about}: its answer is longer than is read" if cut else ""
        reason = Reason.PARTIAL if cut else None
        return Answer(self.place, call, about, body, self._heard, reason, remedy)

    def may_touch(self, host: str, port: int) -> bool:
        """Whether the scope declares this name or address with this port."""
        return (host, port) in self._allowed

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to a declared host; raises `UnreachableError` where there is none."""
        return connected(self._address(host, port), port, f"{host}:{port}")

    def knock(self, host: str, port: int, seconds: float = CONNECT_SECONDS) -> str:
        """Whether the port is `open`, `closed` (it says so) or `filtered` (it says nothing)."""
        return knocked(self._address(host, port), port, seconds)

    def _address(self, host: str, port: int) -> str:
        if not self.may_touch(host, port):
            raise ConfigError(
                f"{host}:{port} is not declared in source {self.id}: add it, or leave it"
            )
        address = host if _is_address(host) else self.names.address_of(host)
        self._heard["address"] = address
        self.pace.wait(host)
        return address


def open_public(source: Any, base_folder: Path, pace: Pace | None = None) -> PublicFace:
    """Open what a source of the scope declares.

    Args:
        source: a `PublicSource` of the scope.
        base_folder: the scope's folder, from which file names are meant.
        pace: how long to wait between two connections to one host; made from the source without.
    """
    roots = ""
    if source.trusted_roots:
        path = base_folder / source.trusted_roots
        if not path.is_file():
            raise ConfigError(
                f"source {source.id}: trusted_roots: {source.trusted_roots} is not a file in "
                f"{base_folder.name}/: put it there"
            )
        roots = str(path)
    pace = pace or Pace(source.pause_seconds)
    return PublicFace(source, Names(source.resolver, pace), pace, roots)


def _targets(declared: Any) -> set[tuple[str, int]]:
    found = {(each.name, each.port) for each in declared.tls}
    for site in declared.sites:
        found |= {(site.name, site.http_port), (site.name, site.https_port)}
    for each in declared.addresses:
        ports = {*SCANNED, *declared.also_ports, *each.open_ports}
        found |= {(each.address, port) for port in ports}
    found |= {(host.name, host.port) for domain in declared.mail_domains for host in domain.hosts}
    found |= {(ns.name, ns.port) for zone in declared.zones for ns in zone.name_servers}
    for app in declared.apps:
        for page in (app.version_page, app.privacy_policy):
            parts = urlsplit(page)
            found.add((str(parts.hostname), parts.port or 443))
    return found


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
