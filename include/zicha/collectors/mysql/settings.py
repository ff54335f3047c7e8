"""Settings of a MySQL or MariaDB server: TLS, audit, passwords, time-outs, binary log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.mysql.servers import SERVER, ask_server, grantee_of, product_of
from zicha.collectors.sql_rows import field, only_row, support_end
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.database import DatabaseServer

LIST, REPLICAS = "SHOW GLOBAL VARIABLES", "binlog dump threads"
MAY_SEE_THREADS = "GRANT PROCESS ON *.* TO {user}"

# Every server has these; the others come with a product, a version or a plug-in.
SHOWN = {"general_log", "interactive_timeout", "local_infile", "log_bin"}
SHOWN |= {"secure_file_priv", "version", "wait_timeout"}
PERHAPS = {
    "audit_log_policy",
    "bind_address",
    "binlog_expire_logs_seconds",
    "cracklib_password_check_dictionary",
    "default_password_lifetime",
    "expire_logs_days",
    "have_ssl",
    "innodb_encrypt_tables",
    "max_password_errors",
    "require_secure_transport",
    "server_audit_events",
    "server_audit_excl_users",
    "server_audit_logging",
    "server_audit_output_type",
    "simple_password_check_minimal_length",
    "skip_networking",
    "ssl_cert",
    "tls_version",
    "validate_password.length",
    "validate_password_length",
}
LENGTHS = (
    "validate_password.length",
    "validate_password_length",
    "simple_password_check_minimal_length",
)
CHECKS = (*LENGTHS, "cracklib_password_check_dictionary")
DAY = 86400
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# No event named is every event; `query` holds the two below it.
DEFINES, WRITES = {"", "query", "query_ddl"}, {"", "query", "query_dml", "query_dml_no_select"}
CONNECTS = {"", "connect"}


def fetch(server: DatabaseServer) -> Iterator[Reply]:
    """Ask for the variables in force, who answers, and how many replicas read from it."""
    names = ", ".join(f"'{name}'" for name in sorted(SHOWN | PERHAPS))
    yield server.ask(LIST, f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})")
    yield ask_server(server)
    # Without PROCESS only our own threads are in this list: the count is nought, and means nothing.
    yield server.ask(
        REPLICAS,
        "SELECT COUNT(*) AS reading FROM information_schema.processlist"
        " WHERE command LIKE 'Binlog Dump%'",
    )


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per server; where a plug-in's variables are missing, the plug-in is."""
    for listing in replies.to(LIST):
        said = _variables(listing)
        server = replies.about("", SERVER)
        product = product_of(server)
        version = said["version"].partition("-")[0]
        yield {
            "server": listing.place[0],
            "product": product,
            "version": version,
            "support_ends_at": product
            if isinstance(product, Unread)
            else support_end(product, version),
            "listens_beyond_loopback": _is_beyond(said),
            "tls_is_on": _tls_is_on(said),
            "tls_is_required": said.get("require_secure_transport") == "ON",
            "tls_versions": _or_unread(said, "tls_version"),
            "checks_new_passwords": any(name in said for name in CHECKS),
            "password_min_length": _number(*(said.get(name) for name in LENGTHS)),
            "password_max_days": _number(said.get("default_password_lifetime")) or None,
            "login_failures_before_lock": _number(said.get("max_password_errors")),
            "idle_session_seconds": max(
                int(said["wait_timeout"]), int(said["interactive_timeout"])
            ),
            "records_connections": _records(said, CONNECTS),
            "records_definitions": _records(said, DEFINES),
            "records_changes": _records(said, WRITES),
            "leaves_users_out": bool(said.get("server_audit_excl_users")),
            "keeps_changes": said["log_bin"] == "ON",
            "changes_kept_days": _kept_days(said),
            "has_replica": _has_replica(replies.about("", REPLICAS), server),
            "encrypts_new_tables": None
            if "innodb_encrypt_tables" not in said
            else said["innodb_encrypt_tables"] in {"ON", "FORCE"},
            "reads_files_of_clients": said["local_infile"] == "ON",
            "reaches_any_file": said["secure_file_priv"] == "",
        }


def _variables(listing: Answer) -> dict[str, str]:
    found = {str(r["Variable_name"]).lower(): _text(r["Value"]) for r in listing.each("rows")}
    if missing := sorted(SHOWN - found.keys()):
        raise MalformedAnswerError(f"the variable {missing[0]} is not listed")
    return found


def _text(said: Any) -> str:
    # secure_file_priv is NULL where files are closed altogether, and empty where any is open.
    return "NULL" if said is None else str(said)


def _or_unread(said: dict[str, str], name: str) -> str | Unread:
    remedy = f"this version does not tell {name}: move to one that is supported"
    return said[name].replace(" ", "") if name in said else Unread(Reason.NOT_COLLECTED, remedy)


def _is_beyond(said: dict[str, str]) -> bool | Unread:
    if said.get("skip_networking") == "ON":
        return False
    addresses = _or_unread(said, "bind_address")
    if isinstance(addresses, Unread):
        return addresses
    return not set(addresses.split(",")) <= LOOPBACK


def _tls_is_on(said: dict[str, str]) -> bool:
    # From MySQL 8.4 on there is no have_ssl: a certificate is what makes TLS.
    return said["have_ssl"] == "YES" if "have_ssl" in said else bool(said.get("ssl_cert"))


def _number(*said: str | None) -> int | None:
    return next((int(each) for each in said if each and each.isdigit()), None)


def _records(said: dict[str, str], events: set[str]) -> bool:
    if said.get("general_log") == "ON" or said.get("audit_log_policy") in {"ALL", "QUERIES"}:
        return True
    if said.get("server_audit_logging") != "ON":
        return events == CONNECTS and said.get("audit_log_policy") == "LOGINS"
    named = {each.strip().lower() for each in said.get("server_audit_events", "").split(",")}
    return bool(named & events)


def _kept_days(said: dict[str, str]) -> int | None:
    """Days after which the server deletes its binary log; a null where it never does."""
    if said["log_bin"] != "ON":
        return None
    seconds = said.get("binlog_expire_logs_seconds")
    days = int(float(seconds)) // DAY if seconds else int(float(said.get("expire_logs_days", "0")))
    return days or None


def _has_replica(said: Reply, server: Reply) -> Any:
    reading, sees = field(only_row(said), "reading"), field(only_row(server), "sees_processes")
    unread = derived(reading, sees)
    if unread or reading:
        return unread or True
    if sees:
        return False
    permission = MAY_SEE_THREADS.replace("{user}", grantee_of(server))
    remedy = f"replicas are hidden from us: run `{permission}` as the server's administrator"
    return Unread(Reason.REFUSED, remedy, permission)


COLLECTOR = Collector(
    id="mysql/settings",
    title=Text(zh="MySQL/MariaDB 生效配置", en="Settings of a MySQL or MariaDB server"),
    max_age=timedelta(hours=26),
    permissions=(MAY_SEE_THREADS,),
    lists=LIST,
    places=("server",),
    subject=("server",),
    subject_type="mysql/server",
    columns={
        "server": str,
        "product": str,
        "version": str,
        "support_ends_at": datetime,
        "listens_beyond_loopback": bool,
        "tls_is_on": bool,
        "tls_is_required": bool,
        "tls_versions": str,
        "checks_new_passwords": bool,
        "password_min_length": int,
        "password_max_days": int,
        "login_failures_before_lock": int,
        "idle_session_seconds": int,
        "records_connections": bool,
        "records_definitions": bool,
        "records_changes": bool,
        "leaves_users_out": bool,
        "keeps_changes": bool,
        "changes_kept_days": int,
        "has_replica": bool,
        "encrypts_new_tables": bool,
        "reads_files_of_clients": bool,
        "reaches_any_file": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
