"""MySQL and MariaDB through PyMySQL: a session that only reads, over verified TLS."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import pymysql
from pymysql import err
from pymysql.cursors import SSDictCursor

from zicha.model.errors import (
    AccessDeniedError,
    MalformedAnswerError,
    SourceError,
    ThrottledError,
    UnreachableError,
)
from zicha.sources.database import (
    CONNECT_SECONDS,
    SECONDS,
    STATEMENT_SECONDS,
    DatabaseServer,
    Fields,
    MissingThingError,
    RefusedSqlError,
)

REFUSED_LOGIN = {1044, 1045, 1129, 1130, 1251, 1524, 1698, 1862, 2059, 3118, 4151}
REFUSED = {1044, 1142, 1143, 1227, 1370, 1449}
BUSY = {1040, 1203, 1226}
MISSING = {1049, 1054, 1146, 1193, 1305}
TOO_SLOW = {1205, 1969, 3024}
TLS = 2026
CLEAR = ("mysql_clear_password", "dialog")
"""The plug-ins by which a server asks for the password itself."""


class _NeverInTheClear:
    """A server without TLS that asks for the password itself does not get it."""

    def __init__(self, _: object) -> None:
        """As the driver wants it."""

    def authenticate(self, _: object) -> NoReturn:
        """Refuse."""
        raise err.OperationalError(TLS, "it asks for the password in the clear: set tls: required")


class MysqlSession:
    """One connection, read-only."""

    def __init__(self, connection: pymysql.Connection[SSDictCursor], wire: socket.socket) -> None:
        """Speak through this connection; `wire` is a second handle on its socket."""
        self._connection = connection
        self._wire = wire

    @property
    def heard(self) -> Mapping[str, str]:
        """The server's version and how the wire is protected."""
        is_tls = bool(getattr(self._connection, "ssl", False))
        version = str(self._connection.get_server_info())  # type: ignore[no-untyped-call]
        return {"server_version": version, "wire": "tls" if is_tls else "plain"}

    @property
    def is_lost(self) -> bool:
        """Whether the wire is gone."""
        return not self._connection.open

    def rows(self, sql: str, limit: int) -> list[Fields]:
        """At most so many rows; SHOW knows no LIMIT, so its rest is read and dropped."""
        bounded = f"{sql} LIMIT {limit}" if sql.startswith("SELECT") else sql
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(bounded)
                return [dict(row) for row in cursor.fetchmany(limit)]
        except UnicodeDecodeError as error:
            raise MalformedAnswerError("it answered bytes that are no UTF-8") from error
        except (err.MySQLError, OSError) as error:
            raise _said(error) from error

    def abort(self) -> None:
        """Cut the wire under whoever is waiting."""
        try:
            self._wire.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        if self._connection.open:
            self._connection.close()
        self._wire.close()


def server(source: Any, password: str, authority: str) -> DatabaseServer:
    """The server of a source; it is connected to when it is asked.

    Args:
        source: `id`, `address`, `port`, `database`, `user`, `tls`.
        password: given to a server without TLS only in answer to a challenge.
        authority: the file of the CA that signed the server's certificate; "" is the system's.
    """

    def connect(database: str) -> MysqlSession:
        return _connect(source, database or source.database, password, authority)

    return DatabaseServer(source.id, source.user, connect)


def _connect(source: Any, database: str, password: str, authority: str) -> MysqlSession:
    is_verified = source.tls == "required"
    clear: dict[str, Callable[[Any], Any]] = dict.fromkeys(CLEAR, _NeverInTheClear)
    try:
        context = ssl.create_default_context(cafile=authority or None) if is_verified else None
        wire = socket.create_connection((source.address, source.port), CONNECT_SECONDS)
        again = socket.socket(fileno=os.dup(wire.fileno()))
        connection: pymysql.Connection[SSDictCursor] = pymysql.connect(
            host=source.address,
            port=source.port,
            user=source.user,
            password=password,
            database=database or None,
            charset="utf8mb4",
            ssl=context,
            ssl_disabled=not is_verified,
            auth_plugin_map=None if is_verified else clear,
            read_timeout=SECONDS,
            write_timeout=SECONDS,
            autocommit=True,
            cursorclass=SSDictCursor,
            program_name="zicha",
            defer_connect=True,
        )
        connection.connect(wire)
        _only_read(connection)
    except (err.MySQLError, OSError, ValueError) as error:
        raise _not_connected(source, error) from error
    return MysqlSession(connection, again)


def _only_read(connection: pymysql.Connection[SSDictCursor]) -> None:
    version = str(connection.get_server_info())  # type: ignore[no-untyped-call]
    is_mariadb = "mariadb" in version.lower()
    limit = (
        f"max_statement_time = {STATEMENT_SECONDS}"
        if is_mariadb
        else f"max_execution_time = {STATEMENT_SECONDS * 1000}"
    )
    with connection.cursor() as cursor:
        for statement in ("TRANSACTION READ ONLY", limit, "sql_mode = ''"):
            cursor.execute(f"SET SESSION {statement}")


def _code_and_words(error: Exception) -> tuple[int, str]:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    said = str(error.args[1]) if len(error.args) > 1 else str(error)
    return code, " ".join(said.split())[:300]


def _not_connected(source: Any, error: Exception) -> SourceError:
    code, said = _code_and_words(error)
    is_tls = (
        isinstance(error, ssl.SSLError) or "certificate" in said.lower() or "ssl" in said.lower()
    )
    if code in REFUSED_LOGIN:
        return AccessDeniedError(
            f"login of {source.user} ({said})",
            f"the account {source.user} from this address, and its password",
        )
    if code in BUSY:
        return ThrottledError(f"{said}: free a connection for {source.user}")
    if code == TLS or is_tls:
        return UnreachableError(f"TLS failed ({said}): set ca_file, or turn TLS on at the server")
    if code in MISSING:
        return MissingThingError(f"{said}: correct `database` of the source")
    return UnreachableError(f"{said}: check address, port and firewall")


def _said(error: Exception) -> SourceError:
    code, said = _code_and_words(error)
    if code in REFUSED:
        return RefusedSqlError(said)
    if code in MISSING:
        return MissingThingError(said)
    if code in TOO_SLOW:
        return UnreachableError(f"no answer in {STATEMENT_SECONDS} seconds ({said})")
    if isinstance(error, err.InterfaceError | OSError) or code in {0, 2006, 2013}:
        return UnreachableError(f"the connection broke ({said})")
    return MalformedAnswerError(said)
