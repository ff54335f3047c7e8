"""PostgreSQL through psycopg: a session that only reads, with limits of time, over verified TLS."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.rows import dict_row

from zicha.model.errors import (
    AccessDeniedError,
    MalformedAnswerError,
    SourceError,
    ThrottledError,
    UnreachableError,
)
from zicha.sources.database import (
    CONNECT_SECONDS,
    STATEMENT_SECONDS,
    DatabaseServer,
    Fields,
    MissingThingError,
    RefusedSqlError,
)

# search_path: a function or operator that somebody put into `public` must not answer for us.
OPTIONS = (
    "-c default_transaction_read_only=on -c search_path=pg_catalog -c lock_timeout=5s "
    f"-c statement_timeout={STATEMENT_SECONDS}s"
)
CA_FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")

# A failed connection has no error code, only the server's words, in the server's language.
REFUSED = ("authentication failed", "认证失败", "no pg_hba.conf entry", "not permitted to log in")
REFUSED_BY_US = ("authentication method requirement", "server did not complete authentication")
ABSENT = ("database", "does not exist")
BUSY = ("too many", "remaining connection slots")
TLS = ("certificate", "does not support ssl", "ssl error", "sslv3", "tlsv1")


class PostgresSession:
    """One connection, read-only."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        """Speak through this connection."""
        self._connection = connection

    @property
    def heard(self) -> Mapping[str, str]:
        """The server's version and how the wire is protected."""
        found = self._connection.info
        return {
            "server_version": f"{found.server_version}",
            "wire": "tls" if self._connection.pgconn.ssl_in_use else "plain",
        }

    @property
    def is_lost(self) -> bool:
        """Whether the wire is gone."""
        return bool(self._connection.closed)

    def rows(self, statement: str, limit: int) -> list[Fields]:
        """At most so many rows; the server cuts, not we."""
        # No part of a statement comes from outside: collectors ask with words of their own.
        text = sql.SQL(f"{statement} LIMIT {limit}")
        try:
            return list(self._connection.execute(text).fetchall())
        except psycopg.Error as error:
            raise _said(error) from error
        except UnicodeDecodeError as error:
            raise MalformedAnswerError("it answered bytes that are no UTF-8") from error

    def abort(self) -> None:
        """Cut the wire under whoever is waiting."""
        try:
            copy = socket.socket(fileno=os.dup(self._connection.fileno()))
        except (psycopg.Error, OSError):
            return
        with copy:
            copy.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye."""
        self._connection.close()


def server(source: Any, password: str, authority: str) -> DatabaseServer:
    """The server of a source; each database of it is connected to when it is asked.

    Args:
        source: `id`, `address`, `port`, `database`, `user`, `tls`.
        password: without TLS it is used for SCRAM only, neither in the clear nor as MD5.
        authority: the file of the CA that signed the server's certificate; "" is the system's.
    """

    def connect(database: str) -> PostgresSession:
        return _connect(source, database or source.database, password, authority)

    return DatabaseServer(source.id, quoted(source.user), connect)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _trusted() -> str:
    """The file of the CAs that this machine trusts: the driver brings its own OpenSSL along."""
    found = (ssl.get_default_verify_paths().cafile, *CA_FILES)
    return next((each for each in found if each and Path(each).is_file()), "system")


def _connect(source: Any, database: str, password: str, authority: str) -> PostgresSession:
    is_verified = source.tls == "required"
    try:
        connection = psycopg.connect(
            host=source.address,
            port=source.port,
            dbname=database,
            user=source.user,
            password=password,
            sslmode="verify-full" if is_verified else "disable",
            sslrootcert=(authority or _trusted()) if is_verified else None,
            require_auth=None if is_verified else "scram-sha-256,none",
            gssencmode="disable",
            client_encoding="UTF8",
            application_name="zicha",
            connect_timeout=CONNECT_SECONDS,
            options=OPTIONS,
            autocommit=True,
            prepare_threshold=None,
            row_factory=dict_row,
        )
    except psycopg.Error as error:
        raise _not_connected(source, database, error) from error
    return PostgresSession(connection)


def _not_connected(source: Any, database: str, error: psycopg.Error) -> SourceError:
    said = " ".join(str(error).split())[-300:]
    lower = said.lower()
    if any(word in lower for word in (*REFUSED, *REFUSED_BY_US)):
        return AccessDeniedError(
            f"login of {source.user} ({said})",
            f"the line of pg_hba.conf and the password (SCRAM) of {source.user}",
        )
    if any(word in lower for word in BUSY):
        return ThrottledError(f"{said}: free a connection for {source.user}")
    if any(word in lower for word in TLS):
        return UnreachableError(f"TLS failed ({said}): set ca_file, or turn TLS on at the server")
    if all(word in lower for word in ABSENT):
        return MissingThingError(f"{said}: correct `database` of the source")
    if "permission denied for database" in lower:
        permission = f"GRANT CONNECT ON DATABASE {quoted(database)} TO {quoted(source.user)}"
        return AccessDeniedError(f"database {database}", permission)
    return UnreachableError(f"{said}: check address, port and firewall")


def _said(error: psycopg.Error) -> SourceError:
    said = " ".join((error.diag.message_primary or str(error)).split())[:300]
    if isinstance(error, errors.InsufficientPrivilege):
        return RefusedSqlError(said)
    if isinstance(
        error, errors.UndefinedTable | errors.UndefinedFunction | errors.InvalidSchemaName
    ):
        return MissingThingError(said)
    if isinstance(error, errors.QueryCanceled | errors.LockNotAvailable):
        return UnreachableError(f"no answer in {STATEMENT_SECONDS} seconds ({said})")
    if isinstance(error, psycopg.OperationalError):
        return UnreachableError(f"the connection broke ({said})")
    return MalformedAnswerError(said)
