"""Rules of networks: which ports they speak of, and whether they mean the whole world."""

from __future__ import annotations

from ipaddress import ip_network

REMOTE_ADMINISTRATION = (22, 23, 3389, 5900, 5985, 5986)
ALL_PORTS = range(65536)
TRANSPORTS = ("tcp", "udp", "6", "17")
# A rule for half of the address space is a rule for the world, written twice.
WIDEST = {4: 8, 6: 16}


def is_wide(network: str) -> bool:
    """Whether a network is as good as the world."""
    known = ip_network(network, strict=False)
    return known.prefixlen < WIDEST[known.version]


def ports(protocol: object, first: int, last: int) -> range:
    """The TCP or UDP ports meant; none for ICMP, whose numbers are types and not ports."""
    said = str(protocol).lower()
    if said == "-1":
        return ALL_PORTS
    if said not in TRANSPORTS:
        return range(0)
    return ALL_PORTS if first == -1 else range(first, last + 1)
