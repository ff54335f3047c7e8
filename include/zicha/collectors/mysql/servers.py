"""Which server answers, and as whom we ask it: what its neighbours need to know first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zicha.collectors.sql_rows import field, only_row
from zicha.model.evidence import Reply, Unread

if TYPE_CHECKING:
    from zicha.sources.database import DatabaseServer

SERVER = "server"

# SHOW GRANTS would print the hash of our own password. What user_privileges shows everybody is
# their own row, so a privilege that is missing in it is missing.
_SQL = """
SELECT version, comment, asks_as, (SELECT COUNT(*) FROM information_schema.user_privileges
 WHERE grantee = asks_as AND privilege_type = 'PROCESS') AS sees_processes
FROM (SELECT VERSION() AS version, @@version_comment AS comment,
 CONCAT('''', LEFT(me, CHAR_LENGTH(me) - CHAR_LENGTH(SUBSTRING_INDEX(me, '@', -1)) - 1), '''@''',
 SUBSTRING_INDEX(me, '@', -1), '''') AS asks_as FROM (SELECT CURRENT_USER() AS me) AS us) AS it
"""


def ask_server(server: DatabaseServer) -> Reply:
    """Ask for the version, and for our own account and rights."""
    return server.ask(SERVER, _SQL)


def product_of(said: Reply) -> Any:
    """`mariadb` or `mysql`."""
    row = only_row(said)
    version, comment = field(row, "version"), field(row, "comment")
    if isinstance(version, Unread) or isinstance(comment, Unread):
        return version if isinstance(version, Unread) else comment
    return "mariadb" if "mariadb" in f"{version} {comment}".lower() else "mysql"


def grantee_of(said: Reply) -> str:
    """Our account as GRANT writes it; a placeholder where the server did not say."""
    found = field(only_row(said), "asks_as")
    return found if isinstance(found, str) else "our account"
