"""Sources of the scope for database servers of a test, and credentials that hold one password."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zicha.catalog.scope_sources import MysqlSource, PostgresqlSource
from zicha.model.text import Text
from zicha.sources.database import DatabaseServer, Fields

DOCUMENT = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-database.md"
PASSWORD = "correct horse battery staple 77"


class OnePassword:
    """Every credential is this password."""

    def __init__(self, password: str = PASSWORD) -> None:
        self._password = password

    def secret(self, _: str) -> str:
        return self._password


def source_of(url: str, user: str, /, **more: Any) -> PostgresqlSource | MysqlSource:
    """The source for a test's server, as the scope would declare it."""
    found = urlsplit(url)
    kind = PostgresqlSource if found.scheme == "postgresql" else MysqlSource
    said: dict[str, Any] = {
        "id": "db",
        "kind": found.scheme,
        "name": Text(zh="测试库", en="test server"),
        "address": found.hostname,
        "port": found.port,
        "user": user,
        "credential": "db",
        "tls": "none",
    }
    return kind.model_validate(said | more)


class FakeSession:
    """Answers every question with the same rows or error, and remembers the questions."""

    def __init__(self, said: list[Fields] | Exception) -> None:
        self.said = said
        self.asked: list[str] = []
        self.is_lost = False
        self.heard: dict[str, str] = {}

    def rows(self, sql: str, limit: int) -> list[Fields]:
        self.asked.append(sql)
        if isinstance(self.said, Exception):
            raise self.said
        return self.said[:limit]

    def abort(self) -> None:
        self.is_lost = True

    def close(self) -> None:
        self.is_lost = True


def fake_server(said: list[Fields] | Exception) -> tuple[DatabaseServer, FakeSession]:
    """A server whose one session is a fake."""
    session = FakeSession(said)
    return DatabaseServer("db", '"zicha"', lambda _: session), session


def documented_sql(number: int, *changes: tuple[str, str]) -> list[str]:
    """The statements of one SQL block of the how-to page, for another name than ours."""
    block = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)[number]
    for old, new in changes:
        assert old in block, f"the page no longer says {old}"
        block = block.replace(old, new)
    return [each for each in block.split(";\n") if each.strip()]
