"""Every command names the role it takes; who lacks it is refused before anything is done."""

from __future__ import annotations

import os
import socket

import pytest
import typer

from fakes import roles as fakes
from fakes.command_line import CommandLine
from zicha.catalog.roles import door_refusal, load_roles
from zicha.cli import gate
from zicha.cli.main import app
from zicha.cli.place import declared, here
from zicha.model.errors import ConfigError
from zicha.pipeline.findings.refusals import refusal_check

ME = f"os:{os.getuid()}@{socket.gethostname()}"
TABLE = load_roles()
COMMANDS = fakes.commands()
STRANGER = "unlisted: {os: []}\n"
OFFICER_OF_BILLING = f"""
roles:
  - id: mine
    title: {{zh: 计费, en: billing}}
    actors: ["{ME}"]
    systems: [billing]
    acts_as: [officer]
"""
ORDER = """
authority: provincial-ca
number: no. 7
received: 2025-12-01
of: {of}
items:
  - {{id: "1", text: mend it, due: {{days: 30}}}}
"""


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """A shell whose scope has this roles.yaml."""

    def shell(roles):
        line = CommandLine(tmp_path / "data", fakes.scope(tmp_path / "scope", roles))
        monkeypatch.setenv("ZICHA_DATA", str(line.data))
        monkeypatch.setenv("ZICHA_SCOPE", str(line.scope))
        return line

    return shell


def refusals(line):
    """What was refused, as somebody sees it who may look: the scope without a roles.yaml."""
    seeing = CommandLine(line.data, line.data.parent / "seeing")
    if not seeing.scope.exists():
        fakes.scope(seeing.scope)
    return seeing("refusals", "--format", "json").json


def test_every_command_is_named_by_an_act_and_every_act_by_a_command_that_there_is():
    named = {words for act in TABLE.acts for words in act.commands}

    assert sorted(named) == COMMANDS


def test_a_command_that_no_act_names_is_shut_to_everybody(typed):
    typed(None)

    with pytest.raises(ConfigError, match="names the command brand new: add it"):
        gate.ask("brand new", {})


def test_the_gate_stands_before_every_command_of_the_tree():
    def left_out(command, words=""):
        parts = getattr(command, "commands", None)
        if parts is None:
            return [] if hasattr(command.callback, "__wrapped__") else [words]
        return [w for name, part in parts.items() for w in left_out(part, f"{words} {name}")]

    assert left_out(gate.gated(typer.main.get_command(app))) == []


def test_whoever_has_no_roles_file_is_asked_nothing_new(typed):
    typed(None)

    assert [gate.ask(words, {}) for words in COMMANDS] == [None] * len(COMMANDS)


def test_whoever_may_not_even_look_gets_through_no_door_and_is_on_record(typed):
    line = typed(STRANGER)
    shut = [
        words for words in COMMANDS if not any(a.anybody for a in TABLE.acts_at("command", words))
    ]

    for words in shut:
        assert door_refusal(declared(), ME, TABLE.acts_at("command", words), tuple)
    for words in ("gaps", "findings approve", "order item close"):
        with pytest.raises(ConfigError, match=f"{ME} may not do this"):
            gate.ask(words, {"id_": "x"} if words == "order item close" else {})

    rows = refusals(line)
    assert {row["about"] for row in rows} == {"zicha gaps", "zicha findings approve", "x"}
    assert {(row["actor"], row["verified"]) for row in rows} == {(ME, False)}


def test_a_refused_command_says_one_sentence_and_does_nothing(typed):
    line = typed(STRANGER)

    ran = line("findings")

    assert (ran.code, ran.out) == (2, "")
    assert "it takes the role viewer" in ran.sentence
    assert line("version").code == 0


def test_an_auditor_reads_and_holds_but_neither_runs_nor_deletes(typed):
    line = typed(
        OFFICER_OF_BILLING.replace("officer", "auditor").replace("    systems: [billing]\n", "")
    )

    assert line("gaps").code == 0
    assert line("retention", "hold", "--everything", "--because", "audit").code == 0
    for words in (("run",), ("retention", "expire"), ("rotate-key",), ("heartbeat",)):
        ran = line(*words)
        assert (ran.code, ran.out) == (2, "")
        assert "officer" in ran.sentence
    assert len(refusals(line)) == 4


def test_a_role_for_one_system_reaches_its_orders_and_no_others(typed, tmp_path):
    line = typed(OFFICER_OF_BILLING)
    mine, theirs = tmp_path / "mine.yaml", tmp_path / "theirs.yaml"
    mine.write_text(ORDER.format(of="billing"), encoding="utf-8")
    theirs.write_text(ORDER.format(of="portal"), encoding="utf-8")

    entered = line("order", "enter", "--file", str(mine))
    assert entered.code == 0, entered.err
    refused = line("order", "enter", "--file", str(theirs))
    (order,) = line("order", "list", "--format", "json").json

    assert (refused.code, order["of"]) == (2, "billing")
    assert "it takes the role officer" in refused.sentence
    assert "no order has the id" in line("order", "show", "nothing").sentence
    assert [row["act"] for row in refusals(line)] == ["run-order"]


def test_a_role_for_one_system_does_not_run_the_whole_inspection(typed):
    line = typed(OFFICER_OF_BILLING)

    assert line("run").code == 2
    assert [row["act"] for row in refusals(line)] == ["inspect"]


def test_what_was_refused_is_counted_in_doctor_too(typed):
    typed(STRANGER)("run")

    check = refusal_check(here())

    assert check.ok
    assert check.detail.startswith("1 attempts refused within 7 days, of 1 known actors")
