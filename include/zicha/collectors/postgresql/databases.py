"""Databases of a PostgreSQL server: what everybody may do in each of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.sql_rows import field, only_row
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.database import DatabaseServer

LIST, GRANTS = "pg_database", "grants to everybody"
MAY_CONNECT = "GRANT CONNECT ON DATABASE … TO {user}"
MOST = 100
"""Each database takes a connection of its own: a server of more is cut, and says so."""

# has_schema_privilege would answer for a role that holds more: `public` stands for everybody.
EVERYBODY = """
SELECT has_schema_privilege('public', n.oid, 'CREATE') AS creates,
 (SELECT count(*) FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND s.nspname <> 'information_schema'
  AND s.nspname NOT LIKE 'pg\\_%' AND (has_table_privilege('public', c.oid, 'SELECT')
  OR has_any_column_privilege('public', c.oid, 'SELECT'))) AS readable,
 (SELECT count(*) FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND s.nspname <> 'information_schema'
  AND s.nspname NOT LIKE 'pg\\_%' AND has_table_privilege('public', c.oid,
  'INSERT, UPDATE, DELETE, TRUNCATE')) AS writable
FROM (SELECT 0) AS one LEFT JOIN pg_namespace n ON n.nspname = 'public'
"""


def fetch(server: DatabaseServer) -> Iterator[Reply]:
    """List the databases that accept connections, and ask in each what everybody may do."""
    listing = server.ask(
        LIST,
        "SELECT datname AS name, has_database_privilege('public', oid, 'CONNECT') AS connects"
        " FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY oid",
        limit=MOST,
    )
    yield listing
    for row in listing.each("rows") if isinstance(listing, Answer) else ():
        name = row.get("name")
        if isinstance(name, str):
            yield server.ask(GRANTS, EVERYBODY, about=name, database=name)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per database; one that lets us not in keeps its cells unread."""
    for listing in replies.to(LIST):
        for row in listing.each("rows"):
            name = row["name"]
            grants = only_row(replies.about(name, GRANTS))
            readable, writable = field(grants, "readable"), field(grants, "writable")
            yield {
                "server": listing.place[0],
                "database": name,
                "everybody_connects": field(row, "connects"),
                # Without a schema `public` there is nothing to create in.
                "everybody_creates": False
                if field(grants, "creates") is None
                else field(grants, "creates"),
                "tables_everybody_reads": readable,
                "tables_everybody_writes": writable,
            }


COLLECTOR = Collector(
    id="postgresql/databases",
    title=Text(zh="PostgreSQL 各数据库的公共权限", en="What everybody may do in each database"),
    max_age=timedelta(hours=26),
    permissions=(MAY_CONNECT,),
    lists=LIST,
    places=("server",),
    subject=("server", "database"),
    subject_type="postgresql/database",
    columns={
        "server": str,
        "database": str,
        "everybody_connects": bool,
        "everybody_creates": bool,
        "tables_everybody_reads": int,
        "tables_everybody_writes": int,
    },
    fetch=fetch,
    tabulate=tabulate,
)
