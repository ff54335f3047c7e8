"""A database server: questions in SQL, each with an answer or a gap, in a session that reads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from zicha.model.errors import (
    ConfigError,
    MalformedAnswerError,
    SourceError,
    UnreachableError,
)
from zicha.model.evidence import Answer, Gap, Reply
from zicha.model.verdict import Reason

SECONDS = 20.0
STATEMENT_SECONDS = 15
CONNECT_SECONDS = 10
ATTEMPTS = 2
ROWS = 10_000
CHARACTERS = 8_000_000

Fields = Mapping[str, Any]


class RefusedSqlError(SourceError):
    """The server answered, and the grant for this question is missing."""

    reason = Reason.REFUSED


class MissingThingError(SourceError):
    """What is asked about does not exist on this server."""

    reason = Reason.NOT_COLLECTED


class Session(Protocol):
    """One open connection to one database of the server."""

    @property
    def heard(self) -> Mapping[str, str]:
        """What proves where the answers come from."""

    @property
    def is_lost(self) -> bool:
        """Whether nothing more can be asked through it."""

    def rows(self, sql: str, limit: int) -> list[Fields]:
        """At most so many rows; raises a `SourceError` when there is no answer."""

    def abort(self) -> None:
        """Cut the wire, whoever is waiting on it."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and how it ended, as a recording keeps it."""

    database: str
    sql: str
    rows: tuple[Fields, ...] = ()
    error: SourceError | None = None
    is_cut: bool = False


@dataclass(slots=True)
class DatabaseServer:
    """A server by its id in the scope; it is connected to when it is asked.

    Args:
        id: the source's id.
        user: the role or account that asks, as a GRANT writes it.
        connect: opens a session to a database of this name; "" is the one of the scope.
    """

    id: str
    user: str
    connect: Callable[[str], Session]
    tape: list[Asked] = field(default_factory=list)
    _sessions: dict[str, Session | SourceError] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, ...]:
        """The place of every answer: the server itself."""
        return (self.id,)

    def ask(
        self,
        call: str,
        sql: str,
        *,
        about: str = "",
        database: str = "",
        grant: str = "",
        limit: int = ROWS,
    ) -> Reply:
        """Ask once; the body is `{"rows": […]}`.

        Args:
            call: the name under which the reply is found again.
            sql: one reading statement, without LIMIT; the session adds one.
            about: the thing asked about; empty for a listing.
            database: the database to ask in; "" is the one of the scope.
            grant: the statement that allows the question, `{user}` standing for our name.
            limit: more rows than these are cut, and the answer says so.
        """
        permission = grant.replace("{user}", self.user)
        asked = self._ask(" ".join(sql.split()), database, limit)
        self.tape.append(asked)
        if asked.error:
            return self._gap(call, about, asked.error, permission)
        session = self._sessions[database]
        heard = {
            "sql": asked.sql,
            **(session.heard if not isinstance(session, SourceError) else {}),
        }
        body = {"rows": [dict(row) for row in asked.rows]}
        if not asked.is_cut:
            return Answer(self.place, call, about, body, heard)
        remedy = f"{self.id}: {call} is longer than is read ({limit} rows): shorten it, or split it"
        return Answer(self.place, call, about, body, heard, Reason.PARTIAL, remedy)

    def close(self) -> None:
        """End every session."""
        for session in self._sessions.values():
            if not isinstance(session, SourceError):
                session.close()

    def _gap(self, call: str, about: str, error: SourceError, permission: str) -> Gap:
        if error.reason is Reason.REFUSED and permission:
            remedy = f"{self.id} refused ({error}): run `{permission}` as its administrator"
            return Gap(self.place, call, about, Reason.REFUSED, remedy, permission)
        remedy = f"{self.id}: {error}"
        return Gap(self.place, call, about, error.reason, remedy, error.permission)

    def _ask(self, sql: str, database: str, limit: int) -> Asked:
        try:
            session = self._session(database)
            with _deadline(session):
                rows = session.rows(sql, limit + 1)
            kept, is_cut = _bounded([_plain(row) for row in rows], limit)
        except SourceError as error:
            self._forget(database, error)
            return Asked(database, sql, error=error)
        return Asked(database, sql, tuple(kept), is_cut=is_cut)

    def _session(self, database: str) -> Session:
        if database not in self._sessions:
            self._leave_the_last()
            self._sessions[database] = self._connected(database)
        found = self._sessions[database]
        if isinstance(found, SourceError):
            raise found
        return found

    def _leave_the_last(self) -> None:
        """A role is allowed few connections: besides the first, one database at a time."""
        for name, session in list(self._sessions.items()):
            if name and not isinstance(session, SourceError):
                session.close()
                del self._sessions[name]

    def _connected(self, database: str) -> Session | SourceError:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self.connect(database)
            except UnreachableError as error:
                if attempt == ATTEMPTS:
                    return error
            except SourceError as error:
                return error
        raise AssertionError

    def _forget(self, database: str, error: SourceError) -> None:
        """A lost connection answers no further question of this run: one wait is enough."""
        session = self._sessions.get(database)
        if session is not None and not isinstance(session, SourceError) and session.is_lost:
            session.close()
            self._sessions[database] = error


@contextmanager
def _deadline(session: Session) -> Iterator[None]:
    # The limits of the session bind a server that keeps them; this one binds us.
    timer = threading.Timer(SECONDS, session.abort)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _bounded(rows: list[Fields], limit: int) -> tuple[list[Fields], bool]:
    kept: list[Fields] = []
    length = 0
    for row in rows[:limit]:
        length += sum(len(cell) for cell in row.values() if isinstance(cell, str))
        if length > CHARACTERS:
            return kept, True
        kept.append(row)
    return kept, len(rows) > limit


def _plain(row: Fields) -> Fields:
    return {name: _value(name, cell) for name, cell in row.items()}


def _value(name: str, cell: Any) -> Any:
    if cell is None or isinstance(cell, str | int | float | bool):
        return cell
    if isinstance(cell, Decimal):
        return int(cell) if cell == int(cell) else float(cell)
    if isinstance(cell, bytes | bytearray):
        try:
            return bytes(cell).decode()
        except UnicodeDecodeError as error:
            raise MalformedAnswerError(f"{name} holds bytes that are no UTF-8") from error
    if isinstance(cell, list) and all(isinstance(each, str) for each in cell):
        return cell
    raise MalformedAnswerError(f"{name} is a {type(cell).__name__}, which no question asks for")


def open_database(source: Any, credentials: Any, base_folder: Path) -> DatabaseServer:
    """Open the server that a source of the scope describes; nothing is connected to yet.

    Args:
        source: of the kind postgresql or mysql.
        credentials: resolves `source.credential` with `.secret(name)`.
        base_folder: the scope's folder, from which file names are meant.
    """
    if source.file:
        from zicha.sources.database_recorded import recorded_server

        return recorded_server(source.id, _file(base_folder, source.file, source.id))
    authority = str(_file(base_folder, source.ca_file, source.id)) if source.ca_file else ""
    password = credentials.secret(source.credential)
    if source.kind == "postgresql":
        from zicha.sources import postgresql

        return postgresql.server(source, password, authority)
    from zicha.sources import mysql

    return mysql.server(source, password, authority)


def _file(folder: Path, name: str, id_: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ConfigError(f"source {id_}: {name} is not a file in {folder.name}/")
    return path
