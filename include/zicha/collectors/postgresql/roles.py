"""PostgreSQL roles: who may log in, who is or becomes a superuser, how passwords are kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.sql_rows import answered, field, moment, rows_of
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.database import DatabaseServer

LIST, MEMBERS, STATES = "pg_roles", "powers through membership", "password states"
BOOTSTRAP = 10
VIEW = "GRANT SELECT ON zicha.password_states TO {user}"

# `infinity` has no number, and says that nothing ends.
ROLES = """
SELECT oid::bigint AS oid, rolname AS role, rolsuper AS is_superuser,
 rolcreaterole AS creates_roles, rolcreatedb AS creates_databases, rolreplication AS replicates,
 rolbypassrls AS bypasses_row_security, rolcanlogin AS can_log_in,
 rolname LIKE 'pg\\_%' AS is_predefined,
 CASE WHEN isfinite(rolvaliduntil) THEN extract(epoch FROM rolvaliduntil)::bigint END AS ends
FROM pg_roles ORDER BY oid
"""

# Membership is followed to its end: who may SET ROLE to a superuser is one.
POWERS = """
WITH RECURSIVE reach(member, role) AS (
 SELECT member, roleid FROM pg_auth_members
 UNION SELECT reach.member, up.roleid FROM reach JOIN pg_auth_members up ON up.member = reach.role)
SELECT DISTINCT theirs.rolname AS role,
 CASE WHEN granted.rolsuper THEN 'superuser' ELSE granted.rolname END AS power
FROM reach JOIN pg_roles theirs ON theirs.oid = reach.member
 JOIN pg_roles granted ON granted.oid = reach.role
WHERE granted.rolsuper OR granted.rolname IN ('pg_execute_server_program',
 'pg_write_server_files', 'pg_read_server_files') ORDER BY 1, 2
"""

# The server computes the state: a password's hash never leaves it.
STATE = """
CASE WHEN rolpassword IS NULL THEN 'none'
 WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
 WHEN rolpassword = 'md5' || md5(rolname::text || rolname::text) THEN 'md5 of its own name'
 WHEN rolpassword LIKE 'md5%' THEN 'md5' ELSE 'other' END AS state
"""
DIRECT = f"SELECT rolname AS role, {STATE} FROM pg_authid ORDER BY 1"  # noqa: S608
FROM_VIEW = "SELECT role, state FROM zicha.password_states ORDER BY 1"


def fetch(server: DatabaseServer) -> Iterator[Reply]:
    """List the roles, what membership lends them, and the state of their passwords."""
    yield server.ask(LIST, ROLES)
    yield server.ask(MEMBERS, POWERS)
    # A superuser may read the table; anybody else asks the view that its owner made for us.
    direct = server.ask(STATES, DIRECT, grant=VIEW)
    if isinstance(rows_of(direct), Unread):
        view = server.ask(STATES, FROM_VIEW, grant=VIEW)
        direct = answered(direct, view)
    yield direct


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per role that is not predefined; what only the view says is unread without it."""
    for listing in replies.to(LIST):
        powers, states = rows_of(replies.about("", MEMBERS)), rows_of(replies.about("", STATES))
        for role in listing.each("rows"):
            name = role["role"]
            lent = _lent(powers, name)
            if role["is_predefined"]:
                continue
            yield {
                "server": listing.place[0],
                "role": name,
                "can_log_in": field(role, "can_log_in"),
                "is_bootstrap_role": role["oid"] == BOOTSTRAP,
                "is_superuser": field(role, "is_superuser"),
                "becomes_superuser": _has(lent, "superuser"),
                "reaches_operating_system": _reaches(field(role, "is_superuser"), lent),
                "creates_roles": field(role, "creates_roles"),
                "creates_databases": field(role, "creates_databases"),
                "replicates": field(role, "replicates"),
                "bypasses_row_security": field(role, "bypasses_row_security"),
                "password_state": _state(states, name),
                "password_ends_at": moment(field(role, "ends")),
            }


def _lent(powers: Any, name: str) -> Any:
    if isinstance(powers, Unread):
        return powers
    return {field(power, "power") for power in powers if field(power, "role") == name}


def _has(lent: Any, power: str) -> Any:
    return lent if isinstance(lent, Unread) else power in lent


def _reaches(is_superuser: Any, lent: Any) -> Any:
    if is_superuser is True:
        return True
    return derived(is_superuser, lent) or bool(lent)


def _state(states: Any, name: str) -> Any:
    if isinstance(states, Unread):
        return states
    found = [field(state, "state") for state in states if field(state, "role") == name]
    missing = Unread(Reason.PARTIAL, "zicha.password_states leaves a role out: make the view again")
    return found[0] if len(found) == 1 else missing


COLLECTOR = Collector(
    id="postgresql/roles",
    title=Text(zh="PostgreSQL 角色", en="Roles of a PostgreSQL server"),
    max_age=timedelta(hours=26),
    permissions=(VIEW,),
    lists=LIST,
    places=("server",),
    subject=("server", "role"),
    subject_type="postgresql/role",
    columns={
        "server": str,
        "role": str,
        "can_log_in": bool,
        "is_bootstrap_role": bool,
        "is_superuser": bool,
        "becomes_superuser": bool,
        "reaches_operating_system": bool,
        "creates_roles": bool,
        "creates_databases": bool,
        "replicates": bool,
        "bypasses_row_security": bool,
        "password_state": str,
        "password_ends_at": datetime,
    },
    fetch=fetch,
    tabulate=tabulate,
)
