"""A planted secret of every kind appears nowhere after a whole day, and its pseudonym joins."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import zipfile
from pathlib import Path

import pytest
import zstandard
from typer.testing import CliRunner

from fakes.canaries import BARE, CANARIES, MOBILE, NAMED, RECORDED, said, scope_with_canaries
from fakes.database_switch import WANTED as ON_A_SERVER
from fakes.slack_server import fake_slack
from integration.one_day import NOON
from zicha.custody.redaction import Redactor
from zicha.custody.rows import from_parquet
from zicha.pipeline import (
    announce,
    close_collection,
    collect,
    judge,
    open_workplace,
    plan_collection,
    report,
)
from zicha.storage import evidence, runs
from zicha_airflow.workplace import TaskLog

ZSTD = b"\x28\xb5\x2f\xfd"
SPACE = re.compile(rb"\s|\\n")
LISTS = (
    ("sources",),
    ("systems",),
    ("outcomes", "--format", "json"),
    ("outcomes", "--format", "csv"),
    ("outcomes",),
    ("gaps", "--format", "json"),
    ("gaps",),
    ("findings", "list", "--all", "--format", "json"),
    ("findings",),
    ("verify", "--format", "json"),
    ("retention", "list", "--objects", "--format", "json"),
)


class Day:
    """What a whole day leaves behind, printed and said."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.printed = ""
        self.posted: list[object] = []
        self.environ = {
            "ZICHA_DATA": str(self.data),
            "ZICHA_SCOPE": str(scope_with_canaries(folder)),
            "ZICHA_SLACK_CHANNEL": "C1",
            "ZICHA_SLACK_HEALTH_CHANNEL": "C2",
            "ZICHA_CREDENTIAL_SLACK": "xoxb-1-another-token",
        }

    def run(self) -> None:
        heard = io.StringIO()
        listener = logging.StreamHandler(heard)
        root = logging.getLogger()
        level = root.level
        root.addHandler(listener)
        root.setLevel(logging.DEBUG)
        try:
            with (
                fake_slack() as slack,
                contextlib.redirect_stdout(heard),
                contextlib.redirect_stderr(heard),
            ):
                self.environ["ZICHA_SLACK_URL"] = slack.url
                self._inspect()
                self._look()
                self.posted = list(slack.posted)
        finally:
            root.removeHandler(listener)
            root.setLevel(level)
        self.printed += heard.getvalue()

    def place(self):
        return open_workplace(self.environ, progress=TaskLog(), clock=lambda: NOON)

    def _inspect(self) -> None:
        place = self.place()
        day = place.today()
        for batch in plan_collection(place, day, sources=RECORDED):
            collect(place, batch)
        close_collection(place, day)
        judge(place, day)
        report(place, day)
        announce(place, day)

    def _look(self) -> None:
        from zicha.cli.main import app

        for words in LISTS:
            shown = CliRunner(env=self.environ).invoke(app, list(words))
            assert shown.exit_code == 0, shown.output
            self.printed += shown.output


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    found = Day(tmp_path_factory.mktemp("canaries"))
    found.run()
    return found


def contents(data: bytes, name: str):
    """The bytes, and what they hold when they are unfolded, at any depth."""
    yield name, data
    if data.startswith(ZSTD):
        yield from contents(zstandard.ZstdDecompressor().decompress(data), f"{name}!")
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from contents(archive.read(member), f"{name}!{member}")
    elif data.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        table = pq.read_table(io.BytesIO(data))
        yield f"{name}!rows", str(table.to_pylist()).encode()
        yield f"{name}!meta", str(table.schema.metadata).encode()
    elif data.startswith(b"%PDF"):
        from pypdf import PdfReader

        pages = PdfReader(io.BytesIO(data)).pages
        yield f"{name}!text", "".join(page.extract_text() for page in pages).encode()


def everything(day):
    for path in sorted(day.data.rglob("*")):
        if path.is_file():
            yield from contents(path.read_bytes(), path.relative_to(day.data).as_posix())
    yield "printed and logged", day.printed.encode()
    yield "posted", str(day.posted).encode()


def test_the_day_is_whole_so_that_there_is_something_to_search(day):
    names = [name for name, _ in everything(day)]

    for part in (".docx!word/document.xml", ".xlsx!xl/worksheets/sheet1.xml", ".html", "!rows"):
        assert any(name.endswith(part) for name in names), part
    assert ON_A_SERVER or "zicha.sqlite" in names
    assert day.posted
    assert "announced" in day.printed
    assert "suite-judged" in day.printed


def test_a_canary_of_each_kind_appears_nowhere(day):
    wanted = {kind: SPACE.sub(b"", secret.encode()) for kind, secret in CANARIES.items()}
    found = set()

    for name, data in everything(day):
        bare = SPACE.sub(b"", data)
        found |= {(kind, name) for kind, secret in wanted.items() if secret in bare}

    assert sorted(found) == []


def test_the_same_secret_is_the_same_pseudonym_in_every_table(day):
    place = day.place()
    pseudonym = Redactor(place.keys.pseudonyms).text(MOBILE)

    cells = {
        "linux/accounts": "account",
        "linux/listening_sockets": "process",
        "cloudtrail/events": "source_address",
    }
    with place.database.read() as connection:
        held = evidence.of_run(connection, runs.latest(connection).id)
    for record in held:
        if record.table_id in cells:
            table = from_parquet(place.store.get(record.rows_digest))
            column = cells.pop(record.table_id)
            assert pseudonym in [row[column] for row in table.rows], record.table_id
    assert cells == {}


def test_what_was_replaced_is_counted_by_kind(day):
    place = day.place()
    with place.database.read() as connection:
        held = evidence.of_run(connection, runs.latest(connection).id)
    counted = {rule for record in held for rule in record.redaction}

    assert {
        "aws-key-id",
        "alibaba-key-id",
        "tencent-key-id",
        "slack-token",
        "jwt",
        "bearer",
        "mobile",
        "identity-number",
        "bank-card",
    } <= counted


@pytest.mark.parametrize("kind", CANARIES)
def test_every_kind_is_replaced_in_a_text_and_in_a_field(kind):
    redactor = Redactor(b"k" * 32)
    text, field = said(kind), NAMED.get(kind, "value")

    assert CANARIES[kind] not in redactor.text(text)
    assert kind not in {*BARE, *NAMED} or CANARIES[kind] not in str(
        redactor.value({field: CANARIES[kind]})
    )
