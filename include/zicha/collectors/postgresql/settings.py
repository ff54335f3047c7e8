"""A PostgreSQL server's settings in force: TLS, logging, passwords, time-outs, archiving."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.sql_rows import field, moment, only_row, support_end
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.database import DatabaseServer

LIST, RIGHTS, ARCHIVER, REPLICAS = "pg_settings", "rights", "pg_stat_archiver", "replication"
ALL_SETTINGS = "GRANT pg_read_all_settings TO {user}"
ALL_STATISTICS = "GRANT pg_read_all_stats TO {user}"

# Every server has these, and shows them to everybody.
SHOWN = {
    "archive_mode",
    "data_checksums",
    "listen_addresses",
    "log_connections",
    "log_destination",
    "log_line_prefix",
    "log_statement",
    "log_truncate_on_rotation",
    "logging_collector",
    "password_encryption",
    "server_version",
    "ssl",
    "wal_level",
}
# The view leaves these out, without a word, for whoever may not read them.
LIBRARIES = ("session_preload_libraries", "shared_preload_libraries")
HIDDEN = ("log_filename", "ssl_min_protocol_version", *LIBRARIES)
# These come with a version or a loaded library.
PERHAPS = {
    "archive_command",
    "archive_library",
    "credcheck.max_auth_failure",
    "credcheck.password_min_length",
    "idle_session_timeout",
    "passwordcheck.min_password_length",
    "pgaudit.log",
}

# Where a value comes from, if not from the server.
OF_A_ROLE = {"user", "database", "database user", "session"}

PASSWORD_CHECKS = ("passwordcheck", "credcheck", "passwordpolicy", "passwordcheck_extra")
WRITES, DEFINES = {"mod", "all"}, {"ddl", "mod", "all"}
UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
OWN_SYNTAX_CHECK = 8
"""The length below which the library passwordcheck refuses, where it has no setting for it."""


def _settings_sql() -> str:
    names = ", ".join(f"'{name}'" for name in sorted((*SHOWN, *HIDDEN, *PERHAPS)))
    return (
        f"SELECT name, setting, unit, source FROM pg_settings WHERE name IN ({names}) ORDER BY name"  # noqa: S608
    )


def fetch(server: DatabaseServer) -> Iterator[Reply]:
    """Ask for the settings, and what of them and of the statistics may be hidden from us."""
    yield server.ask(LIST, _settings_sql())
    yield server.ask(
        RIGHTS,
        "SELECT pg_has_role(current_user, 'pg_read_all_settings', 'USAGE') AS reads_settings,"
        " pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS reads_statistics,"
        " quote_ident(session_user) AS asks_as",
    )
    yield server.ask(
        ARCHIVER,
        "SELECT extract(epoch FROM last_archived_time)::bigint AS last_archived,"
        " extract(epoch FROM last_failed_time)::bigint AS last_failed FROM pg_stat_archiver",
    )
    yield server.ask(
        REPLICAS,
        "SELECT count(*) FILTER (WHERE state = 'streaming') AS streaming,"
        " pg_is_in_recovery() AS is_standby FROM pg_stat_replication",
    )


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per server; what a missing grant hides is unread, and names the grant."""
    for listing in replies.to(LIST):
        rights = only_row(replies.about("", RIGHTS))
        said = _Settings(listing, rights)
        version = str(said.text("server_version")).split()[0]
        libraries = said.libraries()
        yield {
            "server": listing.place[0],
            "version": version,
            "support_ends_at": support_end("postgresql", version),
            "tls_is_on": said.flag("ssl"),
            "tls_min_version": said.text("ssl_min_protocol_version"),
            "listens_beyond_loopback": _is_beyond(said.text("listen_addresses")),
            "password_encryption": said.text("password_encryption"),
            "checks_new_passwords": _loads(libraries, *PASSWORD_CHECKS),
            "password_min_length": _min_length(said, libraries),
            "login_failures_before_lock": _limit(said, libraries),
            "idle_session_seconds": said.seconds("idle_session_timeout"),
            "logs_connections": _logs(said.text("log_connections")),
            "records_definitions": _records(said, libraries, DEFINES, {"ddl", "role", "all"}),
            "records_changes": _records(said, libraries, WRITES, {"write", "all"}),
            "names_who_and_where": _names_who(said),
            "log_days_before_overwriting": _days_kept(said),
            "archives_changes": _archives(said),
            **_archive_moments(said, only_row(replies.about("", ARCHIVER))),
            "has_live_copy": _has_live_copy(only_row(replies.about("", REPLICAS)), rights),
            "detects_damage": said.flag("data_checksums"),
        }


class _Settings:
    """The settings by name, each with why it may be missing."""

    def __init__(self, listing: Answer, rights: Any) -> None:
        rows = {str(row["name"]): row for row in listing.each("rows")}
        if "server_version" not in rows:
            raise MalformedAnswerError("pg_settings does not say server_version")
        self._rows = rows
        self._rights = rights

    def text(self, name: str) -> Any:
        """The value as the server writes it; None where this version has no such setting."""
        if name in self._rows:
            of_our_own = self._rows[name].get("source") in OF_A_ROLE
            return _own(name) if of_our_own else self._rows[name]["setting"]
        if name in PERHAPS:
            return None
        may = field(self._rights, "reads_settings")
        if isinstance(may, Unread):
            return may
        if may is False:
            asks_as = field(self._rights, "asks_as")
            return _hidden(ALL_SETTINGS, asks_as, name)
        return Unread(Reason.MALFORMED, f"pg_settings does not list {name}")

    def flag(self, name: str) -> Any:
        """On or off."""
        said = self.text(name)
        missing = Unread(Reason.MALFORMED, f"{name} is neither on nor off")
        return said if isinstance(said, Unread) else {"on": True, "off": False}.get(said, missing)

    def seconds(self, name: str) -> Any:
        """A length of time; zero switches it off, and what is off is a null."""
        said = self.text(name)
        if said is None or isinstance(said, Unread):
            return said
        return int(float(said) * UNITS[self._rows[name]["unit"]]) or None

    def libraries(self) -> Any:
        """What is loaded into every session, by the last part of each name."""
        said = [self.text(name) for name in LIBRARIES]
        unread = derived(*said)
        if unread:
            return unread
        names = ",".join(said).replace('"', "").split(",")
        return {name.strip().rpartition("/")[2].removesuffix(".so") for name in names}


def _own(name: str) -> Unread:
    remedy = (
        f"{name} is set for the role or database that asks, which hides the server's: run "
        f"ALTER ROLE … RESET {name} (or ALTER DATABASE) for it"
    )
    return Unread(Reason.PARTIAL, remedy)


def _hidden(grant: str, asks_as: Any, name: str) -> Unread:
    permission = grant.replace("{user}", str(asks_as))
    remedy = f"{name} is hidden from {asks_as}: run `{permission}` as the server's administrator"
    return Unread(Reason.REFUSED, remedy, permission)


def _is_beyond(said: Any) -> Any:
    if not isinstance(said, str):
        return said
    addresses = {each.strip() for each in said.split(",")} - {""}
    return bool(addresses - {"localhost", "127.0.0.1", "::1"})


def _loads(libraries: Any, *names: str) -> Any:
    return libraries if isinstance(libraries, Unread) else bool(libraries & set(names))


def _min_length(said: _Settings, libraries: Any) -> Any:
    """What a library holds new passwords to; a null where none is loaded."""
    if isinstance(libraries, Unread):
        return libraries
    if "credcheck" in libraries:
        return _number(said.text("credcheck.password_min_length"))
    if "passwordcheck" in libraries:
        return _number(said.text("passwordcheck.min_password_length")) or OWN_SYNTAX_CHECK
    return None


def _limit(said: _Settings, libraries: Any) -> Any:
    """After how many failures an account is locked; a null where it never is."""
    if isinstance(libraries, Unread) or "credcheck" not in libraries:
        return libraries if isinstance(libraries, Unread) else None
    return _number(said.text("credcheck.max_auth_failure")) or None


def _number(said: Any) -> Any:
    return int(said) if isinstance(said, str) and said.isdigit() else None


def _logs(said: Any) -> Any:
    # From version 18 on it is a list of stages, of which this is the one that names the user.
    if not isinstance(said, str):
        return said
    return bool({"on", "true", "1", "all", "authorization"} & set(re.split(r"[,\s]+", said)))


def _records(said: _Settings, libraries: Any, by_log: set[str], by_audit: set[str]) -> Any:
    statement = said.text("log_statement")
    if isinstance(statement, Unread) or statement in by_log:
        return statement if isinstance(statement, Unread) else True
    if isinstance(libraries, Unread):
        return libraries
    classes = {word.strip().lower() for word in str(said.text("pgaudit.log") or "").split(",")}
    taken = {word.removeprefix("-") for word in classes if word.startswith("-")}
    return "pgaudit" in libraries and bool((by_audit & classes) - taken) and not by_audit & taken


def _names_who(said: _Settings) -> Any:
    """Whether each line says when, who, in which database and from where."""
    prefix, destination = said.text("log_line_prefix"), said.text("log_destination")
    unread = derived(prefix, destination)
    if unread:
        return unread
    destinations = {each.strip() for each in destination.split(",")}
    if destinations <= {"csvlog", "jsonlog"}:
        return True
    signs = set(re.findall(r"%-?\d*([a-zA-Z])", prefix))
    return {"u", "d"} <= signs and bool(signs & set("hr")) and bool(signs & set("tmn"))


def _days_kept(said: _Settings) -> Any:
    """After how many days a file's name returns and is emptied; a null where it never is."""
    collects, empties = said.flag("logging_collector"), said.flag("log_truncate_on_rotation")
    destination = said.text("log_destination")
    unread = derived(collects, empties, destination)
    if unread:
        return unread
    if not collects:
        remedy = (
            f"the server hands its log on ({destination}) and does not know how long it is kept: "
            "turn on logging_collector, or have the host inspected"
        )
        return Unread(Reason.NOT_COLLECTED, remedy)
    name = said.text("log_filename")
    return name if isinstance(name, Unread) else _days_until_it_returns(name) if empties else None


def _days_until_it_returns(name: str) -> int | None:
    signs = set(re.findall(r"%([a-zA-Z])", name))
    if signs & set("YyGgCsFDcx"):
        return None
    if signs & set("jUWV") or (signs & set("mbB") and signs & set("de")):
        return 365
    return 28 if signs & set("de") else 7 if signs & set("aAuw") else 1


def _archives(said: _Settings) -> Any:
    mode, level = said.text("archive_mode"), said.text("wal_level")
    unread = derived(mode, level)
    if unread:
        return unread
    ways = (said.text("archive_command"), said.text("archive_library"))
    has_way = any(way and way != "(disabled)" for way in ways)
    return mode in {"on", "always"} and level != "minimal" and has_way


def _archive_moments(said: _Settings, archiver: Any) -> dict[str, Any]:
    done, failed = (field(archiver, name) for name in ("last_archived", "last_failed"))
    unread = derived(done, failed)
    is_failing = unread or (failed is not None and failed > (done or 0))
    archives = _archives(said)
    if archives is False:
        is_failing = unread  # an old failure of what is switched off says nothing
    return {"last_archived_at": moment(done), "archiving_fails": is_failing}


def _has_live_copy(said: Any, rights: Any) -> Any:
    """Whether a standby follows, or this is one."""
    streaming, is_standby = (field(said, name) for name in ("streaming", "is_standby"))
    unread = derived(streaming, is_standby)
    if unread or streaming or is_standby:
        return unread or True
    # Without the grant the state of every standby reads as null: a zero means nothing then.
    may = field(rights, "reads_statistics")
    if may is False:
        return _hidden(ALL_STATISTICS, field(rights, "asks_as"), "pg_stat_replication.state")
    return may if isinstance(may, Unread) else False


COLLECTOR = Collector(
    id="postgresql/settings",
    title=Text(zh="PostgreSQL 生效配置", en="Settings of a PostgreSQL server"),
    max_age=timedelta(hours=26),
    permissions=(ALL_SETTINGS, ALL_STATISTICS),
    lists=LIST,
    places=("server",),
    subject=("server",),
    subject_type="postgresql/server",
    columns={
        "server": str,
        "version": str,
        "support_ends_at": datetime,
        "tls_is_on": bool,
        "tls_min_version": str,
        "listens_beyond_loopback": bool,
        "password_encryption": str,
        "checks_new_passwords": bool,
        "password_min_length": int,
        "login_failures_before_lock": int,
        "idle_session_seconds": int,
        "logs_connections": bool,
        "records_definitions": bool,
        "records_changes": bool,
        "names_who_and_where": bool,
        "log_days_before_overwriting": int,
        "archives_changes": bool,
        "last_archived_at": datetime,
        "archiving_fails": bool,
        "has_live_copy": bool,
        "detects_damage": bool,
    },
    volatile=("last_archived_at",),
    fetch=fetch,
    tabulate=tabulate,
)
