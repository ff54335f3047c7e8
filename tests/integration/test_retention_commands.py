"""`zicha retention`: the words a person types, and what comes back."""

from __future__ import annotations

import json
import os
import socket
import sys

import pytest

from fakes.ledgers import EXAMPLE, FIRST, a_day, place_in
from zicha.cli import main as cli
from zicha.storage import ledger


@pytest.fixture
def zicha(tmp_path, monkeypatch, capsys):
    """Run one command as `main` does; its exit code, output and messages."""
    folder = tmp_path / "data"
    a_day(place_in(folder))
    monkeypatch.setenv("ZICHA_DATA", str(folder))
    monkeypatch.setenv("ZICHA_SCOPE", str(EXAMPLE))
    monkeypatch.delenv("ZICHA_DATABASE_URL", raising=False)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["zicha", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


def test_the_classes_are_listed_with_their_floors(zicha):
    code, out, _ = zicha("retention", "list", "--format", "json")

    rows = {row["id"]: row for row in json.loads(out)}
    assert code == 0
    assert (rows["logs"]["days"], rows["logs"]["floor"]) == (400, 184)
    assert rows["configuration"]["objects"] == 8


def test_a_hold_is_placed_listed_and_released_by_who_is_logged_in(zicha, tmp_path):
    run = "2026-11-20-001"
    assert zicha("retention", "hold", "--run", run, "--because", "an inspection")[0] == 0
    _, out, _ = zicha("retention", "list", "--holds", "--format", "json")
    (hold,) = json.loads(out)

    assert (hold["covers"], hold["because"]) == ({"run": run}, "an inspection")
    assert zicha("retention", "release", hold["id"], "--because", "it is over")[0] == 0
    assert json.loads(zicha("retention", "list", "--holds", "--format", "json")[1]) == []
    with place_in(tmp_path / "data", FIRST).database.write() as connection:
        who = f"os:{os.getuid()}@{socket.gethostname()}"
        assert ledger.person_id(connection, who, bytes) != "p-" + "0" * 16


def test_a_dry_run_deletes_nothing_and_says_how_to(zicha):
    code, out, err = zicha("retention", "expire")

    assert (code, "expired" in out) == (0, False)
    assert "0 objects would be deleted: --really --because WHY" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("expire", "--really"), "say why"),
        (("hold", "--because", "x"), "say what to hold"),
        (("hold", "--because", "x", "--everything", "--run", "r"), "say what to hold"),
        (("hold", "--because", "x", "--run", "r"), "nothing that is kept has the run r"),
        (("release", "h-0", "--because", "x"), "no hold h-0 is in force"),
        (("list", "--objects", "--holds"), "two lists"),
    ],
)
def test_a_slip_is_one_sentence_and_exit_2(zicha, words, says):
    code, _, err = zicha("retention", *words)

    assert code == 2
    assert says in err.replace("\n", " ")
