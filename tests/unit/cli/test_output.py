from __future__ import annotations

import io
import json
import os
from datetime import UTC, date, datetime

import pytest

from zicha.cli.output import Format, prepare_streams, say, show_json, show_rows

ARN = "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/a-rather-long-name-of-a-trail"
ROWS = [
    {"id": "f-1", "severity": "critical", "subject": ARN, "because": {"zh": "缘由", "en": "why"}},
    {"id": "f-2", "severity": "warning", "subject": "b", "because": None},
]
COLUMNS = ["id", "severity", "subject", "because"]


def test_a_csv_without_rows_still_names_its_columns(capsys):
    show_rows([], ["a"], Format.CSV, every=["a", "b"])

    assert capsys.readouterr().out == "a,b\n"


def test_a_csv_cell_is_no_formula(capsys):
    show_rows([{"a": "=1+1"}, {"a": " ＝1"}, {"a": "-1"}], ["a"], Format.CSV)

    assert capsys.readouterr().out.splitlines()[1:] == ["'=1+1", "' ＝1", "'-1"]


def test_json_writes_moments_as_the_standard_does_and_leaves_the_rest_of_the_screen_alone(capsys):
    at = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

    show_json({"at": at, "due": date(2026, 12, 1), "zh": "云"})

    wrote = capsys.readouterr()
    assert json.loads(wrote.out) == {
        "at": "2026-11-22T04:00:00+00:00",
        "due": "2026-12-01",
        "zh": "云",
    }
    assert "云" in wrote.out
    assert wrote.err == ""


def test_a_table_is_in_columns_where_it_fits(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")

    show_rows(ROWS, COLUMNS, Format.TABLE)

    wrote = capsys.readouterr()
    assert "┃" in wrote.out
    assert ARN in wrote.out
    assert wrote.err == "2 rows\n"


def test_a_table_too_wide_for_the_screen_puts_long_cells_below(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")

    show_rows(ROWS, COLUMNS, Format.TABLE)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["id", "severity", "because"]
    assert lines[1].split() == ["f-1", "critical", "缘由"]
    assert f"subject:{ARN}" in "".join("".join(lines).split())
    assert max(len(line) for line in lines) <= 40


def test_hostile_names_do_not_reach_the_terminal(capsys):
    show_rows([{"id": "\x1b[2Ja\u202eb[red]"}], ["id"], Format.TABLE)

    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[red]" in shown


def test_a_sentence_stays_on_one_line(capsys):
    say("word " * 60)

    assert len(capsys.readouterr().err.splitlines()) == 1


def test_nobody_reading_is_no_failure(monkeypatch):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as nobody:
        stdout = os.dup(1)
        try:
            monkeypatch.setattr("sys.stdout", nobody)
            show_json(["a"] * 100_000)
        finally:
            os.dup2(stdout, 1)
            os.close(stdout)
            os.dup2(os.open(os.devnull, os.O_WRONLY), write)


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "iso-8859-1", "utf-8"])
def test_a_document_is_json_for_whoever_reads_it_whatever_the_locale(encoding, monkeypatch):
    said, shown = {"name": "计费系统 😀"}, io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(shown, encoding=encoding))

    prepare_streams()
    show_json(said)

    assert json.loads(shown.getvalue().decode("utf-8")) == said


def test_a_letter_that_the_screen_has_not_is_spelt(monkeypatch):
    shown = io.BytesIO()
    monkeypatch.setattr("sys.stderr", io.TextIOWrapper(shown, encoding="ascii"))

    prepare_streams()
    say("体检 / done")

    assert shown.getvalue() == b"\\u4f53\\u68c0 / done\n"


def test_a_closed_screen_breaks_no_command(monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)

    prepare_streams()
    show_json([])
    say("done")
