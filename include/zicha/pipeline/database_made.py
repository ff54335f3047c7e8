"""Bring our own database to this version before anything else starts: `init` of the compose file.

`python -m zicha.pipeline.database_made` needs `ZICHA_DATABASE_URL` and neither scope nor data.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from zicha.model.errors import ConfigError
from zicha.storage.database import open_database
from zicha.storage.migrate import migrate
from zicha.storage.schema import HEAD

NAME = "ZICHA_DATABASE_URL"


def make_database(environ: Mapping[str, str]) -> str:
    """Migrate the database that the environment names; a sentence that says what was done.

    Raises:
        ConfigError: no database is named, it cannot be opened, or it is newer than this version.
    """
    if not environ.get(NAME):
        raise ConfigError(f"{NAME} is not set: name the database, postgresql://user:password@…")
    database = open_database(environ[NAME])
    try:
        done = "brought to" if migrate(database) else "stands at"
        return f"{database.address} {done} {HEAD}"
    finally:
        database.close()


def main() -> int:
    """0 well, 2 wrong input."""
    try:
        sys.stdout.write(f"{make_database(os.environ)}\n")
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
