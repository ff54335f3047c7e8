"""What a script reads and types about incidents."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from zicha.cli.main import app
from zicha.custody.store import digest_of
from zicha.model.errors import ConfigError
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.workplace import open_workplace
from zicha.storage import incidents, ledger

RUN = CliRunner()
FACTS = """
system: billing
who: {cii: false}
discovered_at: "2026-10-02T03:10+08:00"
complete: true
facts: {leak: [confirmed], leaked_persons: 1200000}
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZICHA_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ZICHA_DATABASE_URL", raising=False)
    monkeypatch.delenv("ZICHA_SCOPE", raising=False)


@pytest.fixture
def facts(tmp_path):
    path = tmp_path / "incident.yaml"
    path.write_text(FACTS, encoding="utf-8")
    return str(path)


def asked(*words):
    found = RUN.invoke(app, ["incident", *words, "--format", "json"])
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_an_incident_goes_from_its_facts_to_a_recorded_submission(tmp_path, facts):
    id_ = asked("open", "--facts", facts)["incident"]
    out = tmp_path / "first.json"

    built = asked("report", id_, "--authority", "provincial-cac", "--out", str(out))
    found = asked(
        *("submitted", id_, "--authority", "provincial-cac", "--by", "Li"),
        *("--at", "2026-10-02T06:40+08:00", "--channel", "12387"),
    )

    assert json.loads(out.read_text(encoding="utf-8")) == built
    assert found["state"] == "reported"
    assert [row["incident"] for row in asked("list")] == [id_]
    assert asked("show", id_)["submissions"][0]["submitted_at"] == "2026-10-02T06:40:00+08:00"
    assert asked("grade", id_) == asked("grade", "--facts", facts)
    assert asked("undecided") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grade",), "name an incident, or a file"),
        (("open", "--facts", "nothing.yaml"), "is not a file"),
        (("close", "inc-1"), "no incident has the id inc-1"),
        (("decide", "f-1", "--because", "x"), "--report or --no-report"),
        (("report", "inc-1", "--authority", "cac", "--kind", "last"), "no kind of report"),
        (("report", "inc-1", "--authority", "cac", "--out", "/nowhere/x.json"), "cannot write"),
        (("report", "inc-1", "--authority", "cac", "--out", "/nowhere/x"), "cannot write"),
        (("report", "inc-1", "--authority", "cac", "--lang", "fr"), "give zh or en"),
        (
            (
                "submitted",
                "inc-1",
                "--authority",
                "cac",
                "--at",
                "x",
                "--by",
                "x",
                "--channel",
                "x",
            ),
            "is no moment",
        ),
    ],
)
def test_wrong_input_is_one_sentence(words, said):
    found = RUN.invoke(app, ["incident", *words])

    assert isinstance(found.exception, ConfigError)
    assert said in str(found.exception)


def test_every_table_can_be_printed(facts):
    id_ = asked("open", "--facts", facts)["incident"]

    for words in (("show", id_), ("list",), ("grade", id_), ("undecided",)):
        assert RUN.invoke(app, ["incident", *words]).exit_code == 0


def test_a_report_is_written_as_documents_into_a_folder(tmp_path, facts):
    id_ = asked("open", "--facts", facts)["incident"]
    out = tmp_path / "documents"

    built = asked("report", id_, "--authority", "provincial-cac", "--out", str(out), "--lang", "en")

    names = sorted(path.name for path in out.iterdir())
    stem = f"{id_}.cac-incident-initial.first.en"
    assert {f"{stem}.docx", f"{stem}.xlsx"} <= set(names)
    assert built["kind"] == "first"


def test_the_files_of_a_report_are_sealed_entered_and_listed_once(tmp_path, facts):
    id_ = asked("open", "--facts", facts)["incident"]
    told = ("report", id_, "--authority", "provincial-cac", "--out", str(tmp_path / "d"))

    built = asked(*told, "--lang", "zh")
    place = open_workplace({"ZICHA_DATA": str(tmp_path / "data")})
    with place.database.read() as connection:
        kept = incidents.of_incident(connection, "document", id_)
        entered = [key for key in ledger.keys(connection) if key.startswith("incident/document/")]
    files = {digest_of(path.read_bytes()) for path in (tmp_path / "d").iterdir()}

    assert {row["digest"] for row in kept} == files
    assert {row["report"] for row in kept} == {built["digest"]}
    assert len(entered) == len(files) == len(asked("show", id_)["documents"])
    assert all(place.store.get(row["digest"]) for row in kept)
    seal_ledger(place)
    assert verify(place)["faults"] == []

    hexes = kept[0]["digest"].removeprefix("sha256:")
    (held,) = (tmp_path / "data" / "evidence").rglob(f"*{hexes[-20:]}*")
    held.chmod(0o600)
    held.write_bytes(b"another")
    assert [fault["kind"] for fault in verify(place)["faults"]] == ["altered"]


def test_a_report_without_a_form_says_that_none_is_known(tmp_path, facts):
    id_ = asked("open", "--facts", facts)["incident"]

    found = RUN.invoke(
        app,
        [
            "incident",
            "report",
            id_,
            "--authority",
            "the individuals affected",
            "--out",
            str(tmp_path / "x"),
        ],
    )

    assert isinstance(found.exception, ConfigError)
    assert "no form is known" in str(found.exception)
    assert not (tmp_path / "x").exists()
