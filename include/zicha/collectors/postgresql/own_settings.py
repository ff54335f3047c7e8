"""Settings of single roles and databases of PostgreSQL that undo what the server asks of all.

`ALTER ROLE … SET` and `ALTER DATABASE … SET` stand above the server's own settings; only settings
that a suite judges are asked for, the rest may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.sql_rows import field
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.database import DatabaseServer

LIST = "pg_db_role_setting"
IDLE = "idle_session_timeout"
# A setting, and how its value undoes what is asked of all.
LOOSE = {
    IDLE: re.compile(r"0+\s*\w*"),
    "log_connections": re.compile(r"off|false|no|0|", re.IGNORECASE),
    "log_statement": re.compile(r"none", re.IGNORECASE),
    "password_encryption": re.compile(r"(?!scram-sha-256$).*", re.IGNORECASE),
    "pgaudit.log": re.compile(r"none|", re.IGNORECASE),
    "session_preload_libraries": re.compile(r"[\s\"']*"),
}
UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "": 0.001}
NAMED = ", ".join(f"'{name}'" for name in LOOSE)
QUESTION = f"""
SELECT coalesce(r.rolname, '') AS role, coalesce(d.datname, '') AS database,
 lower(split_part(said, '=', 1)) AS setting, substr(said, strpos(said, '=') + 1) AS value
FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS said
 LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
WHERE lower(split_part(said, '=', 1)) IN ({NAMED}) ORDER BY 1, 2, 3
"""  # noqa: S608 - the names are ours


def fetch(server: DatabaseServer) -> Iterator[Reply]:
    """One question: the catalogue of such settings is open to every role."""
    yield server.ask(LIST, QUESTION)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per setting of a role, a database, or a role in a database."""
    for listing in replies.to(LIST):
        for one in listing.each("rows"):
            setting, value = str(one["setting"]), field(one, "value")
            yield {
                "server": listing.place[0],
                "where": _where(str(one["role"]), str(one["database"])),
                "setting": setting,
                "value": value,
                "undoes_the_servers": _undoes(setting, value),
                "idle_session_seconds": _seconds(value) if setting == IDLE else None,
            }


def _where(role: str, database: str) -> str:
    said = (f"role {role}" if role else "", f"database {database}" if database else "")
    return " in ".join(each for each in said if each) or "all roles"


def _undoes(setting: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value if isinstance(value, Unread) else Unread(Reason.MALFORMED, "no value")
    return LOOSE[setting].fullmatch(value) is not None


def _seconds(value: Any) -> Any:
    """A length of time as people write it; zero switches the limit off, and is a null."""
    found = re.fullmatch(r"(\d+)\s*(ms|s|min|h|d|)", value) if isinstance(value, str) else None
    if found is None:
        return value if isinstance(value, Unread) else Unread(Reason.MALFORMED, "no length of time")
    return int(int(found[1]) * UNITS[found[2]]) or None


COLLECTOR = Collector(
    id="postgresql/own_settings",
    title=Text(
        zh="PostgreSQL 角色和库的单独设置", en="Settings of single PostgreSQL roles and databases"
    ),
    max_age=timedelta(hours=26),
    permissions=("CONNECT",),
    lists=LIST,
    places=("server",),
    subject=("server", "where", "setting"),
    subject_type="postgresql/own_setting",
    columns={
        "server": str,
        "where": str,
        "setting": str,
        "value": str,
        "undoes_the_servers": bool,
        "idle_session_seconds": int,
    },
    fetch=fetch,
    tabulate=tabulate,
)
