"""Small days that are sealed for real, without an engine: what tampering is tried upon."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fakes.database_switch import WANTED, address_of
from fakes.tampering import OnAServer, unguarded
from zicha.custody.entry import commitment
from zicha.custody.merkle import leaf_hash
from zicha.custody.pack import pack
from zicha.custody.redaction import Redactor
from zicha.custody.rows import to_parquet
from zicha.model.collector import PlaceState, Table
from zicha.model.evidence import Answer
from zicha.pipeline import open_workplace
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, ledger, ledgered, runs
from zicha.storage.database import open_database

EXAMPLE = Path(__file__).parents[2] / "include" / "scope" / "example"
FIRST = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TABLES = 4
GUARDED = (
    "ledger_records",
    "ledger",
    "checkpoints",
    "evidence",
    "finding_events",
    "inspection_events",
    "retirements",
)


def place_in(
    folder: Path,
    now: datetime = FIRST,
    url: str = "",
    second: Path | None = None,
    **more: str,
) -> Workplace:
    """A workplace whose clock stands still."""
    environ = {
        "ZICHA_DATA": str(folder),
        "ZICHA_SCOPE": str(EXAMPLE),
        "ZICHA_DATABASE_URL": url,
        "ZICHA_SECOND_STORE": str(second) if second else "",
        **more,
    }
    return open_workplace(environ, clock=lambda: now)


def a_day(place: Workplace, *, seal: bool = True, tables: int = TABLES) -> str:
    """Seal some tables of one run, as collecting does, and sign the ledger."""
    day = place.today()
    with place.database.write() as connection:
        of_day = runs.of_day(connection, day)
        run = runs.open_run(
            connection,
            run=f"{day}-{len(of_day) + 1:03d}",
            day=day,
            trigger="manual",
            scope_digest="sha256:" + "0" * 64,
            scope={},
            at=place.clock(),
            again=True,
        )
    for n in range(tables):
        a_table(place, run.id, f"table-{n}")
    with place.database.write() as connection:
        runs.move(connection, run.id, runs.JUDGED, place.clock())
    if seal:
        seal_ledger(place)
    return run.id


def a_table(place: Workplace, run: str, table: str) -> None:
    """Seal one table: its objects, its row, its record."""
    said, rows = objects_of(place, run, table)
    sealed = place.store.put(said), place.store.put(rows)
    with place.database.write() as connection:
        record = evidence.record(
            connection,
            run=run,
            source="recorded-host",
            table=table,
            pack=sealed[0],
            rows=sealed[1],
            content_mark="mark:0",
            row_count=1,
            gap_count=0,
            redaction={},
            collected_at=place.clock(),
            sealed_at=place.clock(),
        )
        draft = ledgered.of_evidence(record, commitment(said), commitment(rows))
        ledger.append(connection, [draft], place.clock())


def objects_of(place: Workplace, run: str, table: str) -> tuple[bytes, bytes]:
    """An answer as it is sealed, and its row."""
    answer = Answer(("recorded-host",), "ask", "", {"run": run, "table": table})
    held = pack([answer], {"run": run, "table": table}, Redactor(b"k" * 32))
    row = {"host": "recorded-host", "name": table}
    states = {("recorded-host",): PlaceState(collected_at=place.clock())}
    laid = Table(table, {"host": str, "name": str}, ("host", "name"), ("host",), (row,), states)
    return held, to_parquet(laid)


def days(folder: Path, count: int = 3, second: Path | None = None) -> Workplace:
    """Some days in a row; the workplace of the last one."""
    for n in range(count):
        place = place_in(folder, FIRST + timedelta(days=n), second=second)
        a_day(place)
    return place


def tamper(folder: Path, change: Callable[[sqlite3.Connection], None]) -> None:
    """Change the database behind our back, as somebody with its file can."""
    if WANTED:
        _tamper_on_a_server(folder, change)
        return
    connection = sqlite3.connect(folder / "zicha.sqlite")
    for table in GUARDED:
        for act in ("update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_{act}")
    with connection:
        change(connection)
    connection.close()


def _tamper_on_a_server(folder: Path, change: Callable[[Any], object]) -> None:
    database = open_database(address_of(folder))
    with unguarded(database) as connection:
        change(OnAServer(connection))
    database.close()


def rewrite(folder: Path, change: Callable[[list[str]], None]) -> None:
    """Change the list of entries, and number it anew as the sequencer would."""

    def run(connection: sqlite3.Connection) -> None:
        held = connection.execute(
            "SELECT key, body FROM ledger_records JOIN ledger ON record = id ORDER BY seq"
        ).fetchall()
        bodies = [body for _, body in held]
        keys = {body: key for key, body in held}
        change(bodies)
        connection.execute("DELETE FROM ledger")
        connection.execute("DELETE FROM ledger_records")
        for n, body in enumerate(bodies):
            key = keys.get(body, f"forged/{n}")
            connection.execute("INSERT INTO ledger_records VALUES (?, ?, ?)", (n + 1, key, body))
            leaf = leaf_hash(body.encode()).hex()
            connection.execute("INSERT INTO ledger VALUES (?, ?, ?)", (n, n + 1, leaf))

    tamper(folder, run)


def flip(path: Path, at: int = -1) -> None:
    """Flip one bit of a file, whatever its mode."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    mode = path.stat().st_mode
    path.chmod(0o600)
    path.write_bytes(bytes(data))
    path.chmod(mode)


def forge_signature(path: Path) -> None:
    """Put another signature of the same form on a signed note, so that only a key can tell."""
    text = path.read_text()
    at = len(text) - 20
    mode = path.stat().st_mode
    path.chmod(0o600)
    path.write_text(text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :])
    path.chmod(mode)


def copy_of(folder: Path, to: Path) -> Path:
    """A copy of everything, as a backup holds it."""
    shutil.copytree(folder, to)
    os.sync()
    return to
