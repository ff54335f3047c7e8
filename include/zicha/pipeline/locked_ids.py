"""The lock of released ids, held against everything on disk: catalogues, suites, collectors.

`python -m zicha.pipeline.locked_ids --check` is part of `make check`; `--write` adds new ids.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from zicha.catalog.ids import check, lock_path, read_lock, write_lock
from zicha.catalog.released import ids_now
from zicha.collectors import collectors
from zicha.model.errors import ConfigError


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or write the lock: 0 well, 1 ids vanished or are not locked, 2 wrong input."""
    parser = argparse.ArgumentParser(
        prog="python -m zicha.pipeline.locked_ids", description=__doc__
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="compare the lock with the files")
    what.add_argument("--write", action="store_true", help="add the ids that are new")
    asked = parser.parse_args(arguments)
    path = lock_path()
    try:
        locked = read_lock(path)
        ids = ids_now(collectors={c.id: c.formerly for c in collectors().values()})
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if asked.write:
        locked |= ids.current
        write_lock(path, locked)
    faults = check(locked, ids)
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
