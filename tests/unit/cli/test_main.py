from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import pytest
import typer

from fakes.command_line import EXAMPLE, CommandLine
from zicha.cli import main as main_module
from zicha.model.errors import MissingEvidenceError

HEAVY = [
    *("airflow", "boto3", "botocore", "duckdb", "great_expectations", "matplotlib", "moto"),
    *("numpy", "pandas", "pyarrow", "slack_sdk", "asyncssh", "docx", "openpyxl", "typst"),
]


@pytest.fixture
def zicha(tmp_path):
    return CommandLine(tmp_path / "data")


PASSED_ON = ("PYTHONPATH", "ZICHA_HOME")
"""Where the tree under test lies, when it is not the installed one."""


def loaded_by(*words, data):
    code = f"""
import json, sys
sys.argv = {["zicha", *words]!r}
from zicha.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted(sys.modules)))
"""
    environ = {"ZICHA_DATA": str(data), "ZICHA_SCOPE": str(EXAMPLE), "PATH": ""}
    environ |= {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    return set(json.loads(ran.stdout.splitlines()[-1]))


def test_the_help_loads_no_library_that_only_commands_need(tmp_path):
    loaded = loaded_by("--help", data=tmp_path / "data")

    assert loaded & {*HEAVY, "sqlalchemy", "pydantic", "yaml"} == set()


def test_listing_what_is_declared_loads_nothing_heavy_and_makes_no_folder(tmp_path):
    loaded = loaded_by("systems", data=tmp_path / "data")

    assert loaded & set(HEAVY) == set()
    assert not (tmp_path / "data").exists()


def test_the_version_is_an_option_and_a_command(zicha):
    assert zicha("--version").out == zicha("version").out != ""


def test_the_help_names_the_folders_and_the_exit_codes(zicha):
    told = zicha("--help")

    assert told.code == 0
    for word in ("--data", "--scope", "--version", "exit codes", "findings", "coverage"):
        assert word in told.out


@pytest.mark.parametrize(
    "words",
    [
        ["nope"],
        ["coverage", "--nope"],
        ["systems", "--format", "xml"],
        ["attest", "template"],
        ["findings", "show"],
        ["policy", "azure"],
        ["schema", "nope"],
        ["gaps", "--data"],
        ["outcomes", "--status", "nope"],
        ["outcomes", "--run", "r", "--latest"],
        ["report", "--lang", "fr", "--system", "billing"],
        ["report"],
        ["report", "--system", "nope"],
        ["report", "nope", "--system", "billing"],
        ["coverage", "--framework", "nope"],
        ["coverage", "--system", "nope"],
        ["collect", "--source", "nope"],
        ["evaluate", "--day", "yesterday"],
        ["evaluate", "--day", "2020-01-01"],
        ["outcomes"],
        ["outcomes", "--run", "nope"],
        ["findings", "show", "nope"],
        ["attest", "load", "nope.xlsx"],
        ["attest", "template", "--system", "billing", "--out", "sheet.csv"],
        ["verify", "--item", "nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_input_is_one_sentence_and_exit_code_2(zicha, words):
    ran = zicha(*words)

    assert ran.code == 2
    assert ran.out == ""
    assert ran.sentence.startswith("zicha: ")


def test_the_folders_may_stand_anywhere_in_the_line(tmp_path):
    zicha = CommandLine(tmp_path / "unused", tmp_path / "no scope")

    first = zicha("--data", str(tmp_path / "a"), f"--scope={EXAMPLE}", "gaps", "--format", "json")
    last = zicha("gaps", "--format", "json", f"--data={tmp_path / 'b'}", "--scope", str(EXAMPLE))

    assert (first.code, first.json) == (last.code, last.json) == (0, [])
    assert (tmp_path / "a").is_dir()
    assert (tmp_path / "b").is_dir()
    assert not (tmp_path / "unused").exists()


@pytest.fixture
def raising(monkeypatch):
    """A command of its own that raises what it is given."""

    def call(error, **environ):
        app = typer.Typer()

        @app.callback()
        def everywhere():
            pass

        # The gate knows this name, and asks nobody for a role.
        @app.command("version")
        def version():
            raise error

        monkeypatch.setattr(main_module, "app", app)
        return CommandLine(None)("version", **environ)

    return call


def test_an_error_of_ours_is_its_own_sentence(raising):
    ran = raising(MissingEvidenceError("nothing there: run `zicha run`"))

    assert (ran.code, ran.sentence) == (2, "zicha: nothing there: run `zicha run`")


def test_a_file_that_cannot_be_written_is_named(raising):
    ran = raising(PermissionError(13, "Permission denied", "/there"))

    assert ran.code == 2
    assert ran.sentence.startswith("zicha: /there: permission denied")


@pytest.mark.parametrize("where", [(), ("/there",)])
def test_a_full_disk_is_no_fault_of_ours(raising, where):
    ran = raising(OSError(errno.ENOSPC, "No space left on device", *where))

    assert ran.code == 2
    assert "no space left on device: make room" in ran.sentence


def test_a_fault_of_our_own_is_a_sentence_that_names_the_line(raising):
    ran = raising(ZeroDivisionError("division by zero"))

    assert ran.code == 70
    assert "ZeroDivisionError" in ran.sentence
    assert "test_main.py:" in ran.sentence


def test_the_whole_trace_is_shown_to_whoever_asks(raising):
    ran = raising(ZeroDivisionError("division by zero"), ZICHA_TRACE="1")

    assert "Traceback" in ran.err


def test_control_c_says_that_nothing_sealed_is_lost(raising):
    ran = raising(KeyboardInterrupt())

    assert ran.code == 130
    assert "what is sealed stays" in ran.sentence
