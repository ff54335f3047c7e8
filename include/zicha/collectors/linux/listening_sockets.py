"""Listening sockets: what a host offers, and to whom."""

from __future__ import annotations

import ipaddress
import re
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import listed_text
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST = "list_sockets"
KERNEL_TABLES = ("tcp", "tcp6", "udp", "udp6")
TCP_LISTENING, UDP_UNCONNECTED = "0A", "07"
ANY = frozenset({"*", "0.0.0.0", "::"})  # noqa: S104 - addresses read, none bound
SS_FIELDS, KERNEL_FIELDS, IPV4_DIGITS = 5, 4, 8


def fetch(host: Host) -> Iterator[Reply]:
    """Ask `ss`; where it is not installed, read the kernel's own tables."""
    said = host.run(LIST, ["ss", "-lntup"], expects="Netid", may_be_absent=True)
    if not isinstance(said, Answer) or said.body is not None:
        yield said
        return
    for table in KERNEL_TABLES:
        # A kernel without IPv6 has no tcp6 and udp6.
        header = "" if table.endswith("6") else "  sl"
        yield host.read(f"/proc/net/{table}", call=LIST, about=table, expects=header)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per protocol, address and port; several sockets there are one."""
    found: dict[tuple[str, str], Row] = {}
    for listing in replies.to(LIST):
        lines = (listed_text(listing) or "").splitlines()[1:]
        parse = _from_kernel if listing.about else _from_ss
        for protocol, address, port, process in parse(lines, listing.about):
            name = f"{protocol} {f'[{address}]' if ':' in address else address}:{port}"
            found.setdefault(
                (listing.place[0], name),
                {
                    "host": listing.place[0],
                    "socket": name,
                    "protocol": protocol,
                    "address": address,
                    "port": port,
                    "process": process,
                    "is_reachable_from_outside": not _is_loopback(address),
                    "listens_on_every_address": address in ANY,
                },
            )
    yield from found.values()


Socket = tuple[str, str, int, str | None]


def _from_ss(lines: list[str], _: str) -> Iterator[Socket]:
    for line in lines:
        fields = line.split()
        if len(fields) < SS_FIELDS:
            raise MalformedAnswerError(f"ss printed a line of {len(fields)} fields")
        address, _, port = fields[4].rpartition(":")
        address = address.strip("[]").partition("%")[0].strip("[]")
        process = re.search(r'users:\(\("([^"]+)"', line)
        yield fields[0], address, int(port), process[1] if process else None


def _from_kernel(lines: list[str], table: str) -> Iterator[Socket]:
    protocol = table.removesuffix("6")
    listening = TCP_LISTENING if protocol == "tcp" else UDP_UNCONNECTED
    for line in lines:
        fields = line.split()
        if len(fields) < KERNEL_FIELDS:
            raise MalformedAnswerError(f"/proc/net/{table} has a line of {len(fields)} fields")
        if fields[3] != listening:
            continue
        address, _, port = fields[1].partition(":")
        yield protocol, _address(address), int(port, 16), None


def _address(digits: str) -> str:
    """The kernel prints each 32-bit word in the byte order of the machine: little-endian."""
    words = [bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8)]
    family = socket.AF_INET if len(digits) == IPV4_DIGITS else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words))


def _is_loopback(address: str) -> bool:
    if address in ANY:
        return False
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


COLLECTOR = Collector(
    id="linux/listening_sockets",
    title=Text(zh="监听端口", en="Listening sockets"),
    max_age=timedelta(hours=26),
    permissions=("ss -lntup", *(f"cat -- /proc/net/{table}" for table in KERNEL_TABLES)),
    lists=LIST,
    places=("host",),
    subject=("host", "socket"),
    subject_type="linux/socket",
    columns={
        "host": str,
        "socket": str,
        "protocol": str,
        "address": str,
        "port": int,
        "process": str,
        "is_reachable_from_outside": bool,
        "listens_on_every_address": bool,
    },
    volatile=("process",),
    fetch=fetch,
    tabulate=tabulate,
)
