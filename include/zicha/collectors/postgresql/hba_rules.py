"""The lines of pg_hba.conf: from where, as whom and by what proof a connection is let in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.sql_rows import field, rows_of
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Replies, Reply, Row, Unread
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.database import DatabaseServer

LIST, SUPERUSERS = "pg_hba_file_rules", "superusers"
MAY_READ = (
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO {user};"
    " GRANT SELECT ON pg_catalog.pg_hba_file_rules TO {user}"
)
PROTECTED = {"hostssl", "hostgssenc"}
EVERYBODY = {"0.0.0.0/0", "::/0", "all"}
WIDE_BITS = {4: 8, 6: 32}
"""A network with so few fixed bits, or fewer, is half the world."""

RULES = """
SELECT line_number, type, database AS databases, user_name AS users, address, netmask,
 auth_method AS method, error FROM pg_hba_file_rules ORDER BY line_number
"""


def fetch(server: DatabaseServer) -> Iterator[Reply]:
    """List the lines of the file, and who is a superuser that may log in."""
    yield server.ask(LIST, RULES, grant=MAY_READ)
    yield server.ask(
        SUPERUSERS, "SELECT rolname AS role FROM pg_roles WHERE rolsuper AND rolcanlogin ORDER BY 1"
    )


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per line, by its words: a line that stands twice is one rule."""
    for listing in replies.to(LIST):
        superusers = rows_of(replies.about("", SUPERUSERS))
        names: set[str] | Unread = (
            superusers
            if isinstance(superusers, Unread)
            else {str(row["role"]) for row in superusers}
        )
        seen: set[str] = set()
        refused: list[Mapping[str, Any]] = []
        for said in listing.each("rows"):
            words = _words(said)
            if words in seen:
                continue
            seen.add(words)
            yield _row(listing.place[0], words, said, names, refused)
            if said["method"] == "reject":
                refused.append(said)


def _row(
    server: str,
    words: str,
    said: Mapping[str, Any],
    superusers: set[str] | Unread,
    refused: Iterable[Mapping[str, Any]],
) -> Row:
    if said["error"]:
        return {
            "server": server,
            "rule": words,
            "is_understood": False,
            **dict.fromkeys(("is_remote", "lets_in", "is_protected", "method"), None),
            **dict.fromkeys(("lets_in_from_anywhere", "lets_in_a_superuser"), None),
        }
    is_remote = said["type"] != "local" and not _is_loopback(said)
    lets_in = said["method"] != "reject"
    return {
        "server": server,
        "rule": words,
        "is_understood": True,
        "is_remote": is_remote,
        "lets_in": lets_in,
        "is_protected": said["type"] == "local" or said["type"] in PROTECTED,
        "method": field(said, "method"),
        "lets_in_from_anywhere": is_remote and lets_in and _is_wide(said),
        "lets_in_a_superuser": _lets_in_a_superuser(said, superusers, refused)
        if is_remote and lets_in
        else False,
    }


def _words(said: Mapping[str, Any]) -> str:
    if said["error"]:
        return f"line {said['line_number']}: {said['error']}"
    lists = [",".join(_listed(said[name])) for name in ("databases", "users")]
    network = _network(said)
    address = said["address"] if network is None else str(network)
    return " ".join(part for part in (said["type"], *lists, address, said["method"]) if part)


def _listed(said: Any) -> list[str]:
    if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
        raise MalformedAnswerError("a list of names is none")
    return said


def _network(said: Mapping[str, Any]) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The addresses of a line; None for the words `all`, `samehost`, `samenet` and host names."""
    try:
        return ipaddress.ip_network(f"{said['address']}/{_bits(said['netmask'])}", strict=False)
    except ValueError:
        return None


def _bits(mask: Any) -> int:
    number = int(ipaddress.ip_address(str(mask)))
    return number.bit_count()


def _is_loopback(said: Mapping[str, Any]) -> bool:
    network = _network(said)
    return said["address"] == "samehost" or (network is not None and network.is_loopback)


def _is_wide(said: Mapping[str, Any]) -> bool:
    network = _network(said)
    if network is None:
        return bool(said["address"] == "all")
    # 10.0.0.0/8 is one house, however large; 64.0.0.0/2 is not.
    is_private = network.is_private and network.prefixlen >= WIDE_BITS[network.version]
    return network.prefixlen <= WIDE_BITS[network.version] and not is_private


def _lets_in_a_superuser(
    said: Mapping[str, Any],
    superusers: set[str] | Unread,
    refused: Iterable[Mapping[str, Any]],
) -> Any:
    """Whether the users of the line hold a superuser whom no line above it turns away."""
    if isinstance(superusers, Unread):
        return superusers
    users = set(_listed(said["users"]))
    # Groups (+name) and patterns (/name) may hold anybody.
    is_open = "all" in users or any(user.startswith(("+", "/")) for user in users)
    named = superusers if is_open else superusers & users
    away = _turned_away(said, refused)
    return "all" not in away and bool(named - away)


def _turned_away(said: Mapping[str, Any], refused: Iterable[Mapping[str, Any]]) -> set[str]:
    away: set[str] = set()
    for rule in refused:
        covers_databases = "all" in rule["databases"] or set(said["databases"]) <= set(
            rule["databases"]
        )
        covers_types = rule["type"] in {"host", said["type"]}
        if covers_databases and covers_types and _covers(rule, said):
            away |= set(rule["users"])
    return away


def _covers(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> bool:
    is_same = outer["address"] in {"all", inner["address"]}
    if is_same and outer["netmask"] in {
        None,
        inner["netmask"],
    }:
        return True
    wide, narrow = _network(outer), _network(inner)
    if wide is None or narrow is None or wide.version != narrow.version:
        return False
    return int(wide[0]) <= int(narrow[0]) and int(narrow[-1]) <= int(wide[-1])


COLLECTOR = Collector(
    id="postgresql/hba_rules",
    title=Text(zh="PostgreSQL 客户端认证规则", en="Lines of pg_hba.conf"),
    max_age=timedelta(hours=26),
    permissions=(MAY_READ,),
    lists=LIST,
    places=("server",),
    subject=("server", "rule"),
    subject_type="postgresql/hba-rule",
    columns={
        "server": str,
        "rule": str,
        "is_understood": bool,
        "is_remote": bool,
        "lets_in": bool,
        "is_protected": bool,
        "method": str,
        "lets_in_from_anywhere": bool,
        "lets_in_a_superuser": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
