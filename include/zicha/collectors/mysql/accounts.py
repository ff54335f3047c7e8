"""MySQL and MariaDB accounts: who, from where, with which rights and what kind of password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.mysql.servers import SERVER, ask_server, grantee_of, product_of
from zicha.collectors.sql_rows import answered, field, moment, rows_of
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.database import DatabaseServer

LIST, LIFETIME = "accounts", "default life of a password"
VIEW = "GRANT SELECT ON zicha.account_states TO {user}"
FROM_VIEW = "SELECT * FROM zicha.account_states ORDER BY user, host"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
DEFAULT = -1
"""The life of a password that follows the server's default, as MariaDB writes it."""

# The server computes the state: a password's hash never leaves it. The one for "its own name" is
# what mysql_native_password makes of it.
_STATE = """
CASE WHEN plugin IN ('unix_socket', 'auth_socket', 'pam', 'auth_pam', 'gssapi', 'named_pipe')
 THEN 'external'
 WHEN plugin = 'mysql_no_login' OR secret = 'invalid' THEN 'none' WHEN secret = '' THEN 'empty'
 WHEN plugin = 'mysql_old_password' THEN 'old'
 WHEN secret = CONCAT('*', UPPER(SHA1(UNHEX(SHA1(user))))) THEN 'its own name'
 WHEN plugin IN ('', 'mysql_native_password') THEN 'double sha1'
 WHEN plugin IN ('ed25519', 'parsec', 'caching_sha2_password', 'sha256_password') THEN plugin
 ELSE 'other' END
"""
_ON = "COALESCE(JSON_VALUE(Priv, '$.{}') IN ('1', 'true'), 0)"
_BIT = "(COALESCE(JSON_VALUE(Priv, '$.access'), 0) & {}) > 0"
# S608: what is put together here are words of ours.
MARIADB = f"""
SELECT user, host, is_role, is_locked, {_STATE} AS state, changed, lifetime, administers, may_grant,
 reaches_files, tries, needs_tls FROM (SELECT User AS user, Host AS host,
 {_ON.format("is_role")} AS is_role, {_ON.format("account_locked")} AS is_locked,
 COALESCE(JSON_VALUE(Priv, '$.plugin'), '') AS plugin,
 COALESCE(JSON_VALUE(Priv, '$.authentication_string'), '') AS secret,
 JSON_VALUE(Priv, '$.password_last_changed') + 0 AS changed,
 JSON_VALUE(Priv, '$.password_lifetime') + 0 AS lifetime,
 {_BIT.format(32768)} AS administers, {_BIT.format(1024)} AS may_grant,
 {_BIT.format(512)} AS reaches_files, NULL AS tries,
 COALESCE(JSON_VALUE(Priv, '$.ssl_type'), 0) > 0 AS needs_tls FROM mysql.global_priv) AS it
ORDER BY user, host
"""  # noqa: S608
MYSQL = f"""
SELECT user, host, is_role, is_locked, {_STATE} AS state, changed, lifetime, administers, may_grant,
 reaches_files, tries, needs_tls FROM (SELECT User AS user, Host AS host, 0 AS is_role,
 account_locked = 'Y' AS is_locked, plugin, COALESCE(authentication_string, '') AS secret,
 UNIX_TIMESTAMP(password_last_changed) AS changed, password_lifetime AS lifetime,
 Super_priv = 'Y' AS administers, Grant_priv = 'Y' AS may_grant, File_priv = 'Y' AS reaches_files,
 JSON_EXTRACT(User_attributes, '$.Password_locking.failed_login_attempts') + 0 AS tries,
 ssl_type <> '' AS needs_tls FROM mysql.user) AS it
ORDER BY user, host
"""  # noqa: S608


def fetch(server: DatabaseServer) -> Iterator[Reply]:
    """Ask who answers, then list the accounts: from the tables, or from the view made for us."""
    about = ask_server(server)
    yield about
    # Older versions know no default: then there is none, and the answer is no row.
    variable = "SHOW GLOBAL VARIABLES WHERE Variable_name = 'default_password_lifetime'"
    yield server.ask(LIFETIME, variable)
    grant = VIEW.replace("{user}", grantee_of(about))
    sql = MARIADB if product_of(about) == "mariadb" else MYSQL
    direct = server.ask(LIST, sql, grant=grant)
    if isinstance(rows_of(direct), Unread):
        direct = answered(direct, server.ask(LIST, FROM_VIEW, grant=grant))
    yield direct


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per account, named as SQL names it."""
    for listing in replies.to(LIST):
        said = replies.about("", SERVER)
        default = _default(replies.about("", LIFETIME))
        for account in listing.each("rows"):
            user, host = str(account["user"]), str(account["host"])
            is_role, state = bool(account["is_role"]), account["state"]
            is_open = not (is_role or account["is_locked"]) and state != "none"
            is_remote = host not in LOOPBACK
            yield {
                "server": listing.place[0],
                "account": _name(user) if is_role else f"{_name(user)}@{_name(host)}",
                "product": product_of(said),
                "can_log_in": is_open,
                "has_a_name": bool(user),
                "is_remote": is_remote and not is_role,
                "comes_from_anywhere": is_open and host in {"", "%"},
                "is_administrator": bool(account["administers"]),
                "is_root": user == "root",
                "is_remote_administrator": is_open and is_remote and bool(account["administers"]),
                "passes_rights_on": bool(account["may_grant"]),
                "reaches_files": bool(account["reaches_files"]),
                "password_state": state,
                "logs_in_with_password": is_open and state not in {"none", "external"},
                "password_changed_at": moment(account["changed"] or None),
                "password_max_days": _lifetime(account, default),
                "login_failures_before_lock": _whole(account["tries"]) or None,
                "needs_tls": bool(account["needs_tls"]),
            }


def _name(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _whole(said: Any) -> Any:
    return None if said is None else int(said)


def _lifetime(account: Mapping[str, Any], default: Any) -> Any:
    """The account's own, else the server's default; nought is for ever, and a null."""
    own = _whole(account["lifetime"])
    if own is not None and own != DEFAULT:
        return own or None
    return default


def _default(said: Reply) -> Any:
    rows = rows_of(said)
    if isinstance(rows, Unread) or not rows:
        return rows or None
    value = field(rows[0], "Value")
    return value if isinstance(value, Unread) else int(value) or None


COLLECTOR = Collector(
    id="mysql/accounts",
    title=Text(zh="MySQL/MariaDB 账户", en="Accounts of a MySQL or MariaDB server"),
    max_age=timedelta(hours=26),
    permissions=(VIEW,),
    lists=LIST,
    places=("server",),
    subject=("server", "account"),
    subject_type="mysql/account",
    columns={
        "server": str,
        "account": str,
        "product": str,
        "can_log_in": bool,
        "has_a_name": bool,
        "is_remote": bool,
        "comes_from_anywhere": bool,
        "is_administrator": bool,
        "is_root": bool,
        "is_remote_administrator": bool,
        "passes_rights_on": bool,
        "reaches_files": bool,
        "password_state": str,
        "logs_in_with_password": bool,
        "password_changed_at": datetime,
        "password_max_days": int,
        "login_failures_before_lock": int,
        "needs_tls": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
