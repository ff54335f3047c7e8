"""What a script reads and types about inspections and orders."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from fakes.ledgers import EXAMPLE, FIRST, a_day, place_in
from zicha.cli.main import app
from zicha.cli.people import actor
from zicha.model.errors import ConfigError

RUN = CliRunner()


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZICHA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZICHA_SCOPE", str(EXAMPLE))
    monkeypatch.delenv("ZICHA_DATABASE_URL", raising=False)


def asked(*words):
    found = RUN.invoke(app, [*words, "--format", "json"])
    assert found.exit_code == 0, found.output + str(found.exception)
    return json.loads(found.stdout)


def template(what, tmp_path):
    """The shipped template, received long ago whatever the clock of the test's machine."""
    text = RUN.invoke(app, [what, "template"]).stdout
    path = tmp_path / f"{what}.yaml"
    path.write_text(text.replace("2026-11-20T10:00", "2024-11-20T10:00"), encoding="utf-8")
    return str(path)


def test_the_order_that_is_shipped_as_a_template_can_be_entered(tmp_path):
    found = asked("order", "enter", "--file", template("order", tmp_path))
    id_ = found["order"]

    asked("order", "link", id_, "--item", "2", "--measures", "补充演练记录")
    asked(
        *("order", "extend", id_, "--item", "1", "--until", "2099-01-01"),
        *("--because", "设备未到货"),
    )
    asked("order", "extension", id_, "--item", "1", "--refused", "--word", "不同意")

    (row,) = asked("order", "list")
    assert [item["id"] for item in row["items"]] == ["1", "2"]
    shown = asked("order", "show", id_)
    assert [event["act"] for event in shown["events"]] == [
        *("enter", "link", "ask-extension", "refuse-extension"),
    ]
    assert {event["actor"] for event in shown["events"]} == {actor()}
    due = {r["obligation"]: r["state"] for r in asked("calendar")}
    assert due[f"rectification-order:billing:{id_}.1"] == "overdue"
    for words in (("list",), ("show", id_)):
        assert RUN.invoke(app, ["order", *words]).exit_code == 0
    assert asked("order", "withdraw", id_, "--because", "机关撤销")["state"] == "withdrawn"
    assert asked("order", "reopen", id_, "--because", "机关恢复")["state"] == "returned"


def test_the_notice_that_is_shipped_as_a_template_opens_an_inspection(tmp_path):
    a_day(place_in(tmp_path / "data", FIRST - timedelta(days=731)))
    id_ = asked("inspection", "open", "--file", template("inspection", tmp_path))["inspection"]

    rows = asked("inspection", "collect", id_)
    asked("inspection", "question", id_, "--text", "日志留存多久", "--by", "王某")
    asked("inspection", "answer", id_, "--question", "1", "--text", "184 天")
    asked("inspection", "person", id_, "--name", "王某", "--side", "authority")
    found = asked("inspection", "close", id_, "--result", "未发现问题")

    assert {row["id"]: row["state"] for row in rows}["emergency-drill"] == "missing"
    assert (found["state"], found["result"]) == ("closed", "未发现问题")
    assert asked("inspection", "list")[0]["unanswered"] == 0
    for words in (("list",), ("show", id_)):
        assert RUN.invoke(app, ["inspection", *words]).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("order", "enter", "--file", "nothing.yaml"), "is not a file"),
        (("order", "show", "ord-1"), "no order has the id ord-1"),
        (("order", "item", "close", "ord-1", "--item", "1"), "no order has the id ord-1"),
        (("order", "close", "ord-1", "--result", " "), "say what the authority concluded"),
        (("order", "extension", "ord-1", "--item", "1", "--word", "x"), "--granted or --refused"),
        (
            (
                *("order", "extension", "ord-1", "--item", "1", "--word", "x"),
                *("--refused", "--until", "2026-12-01"),
            ),
            "goes with --granted only",
        ),
        (
            ("order", "extend", "o", "--item", "1", "--until", "2026-11-31", "--because", "x"),
            "is no moment",
        ),
        (("order", "reply", "ord-1", "--out", ".", "--lang", "fr"), "no language"),
        (
            (
                *("order", "submitted", "ord-1", "--by", "x", "--channel", "x"),
                *("--at", "2199-01-01"),
            ),
            "has not come yet",
        ),
        (
            (
                *("order", "returned", "ord-1", "--because", "x"),
                *("--due", "2026-12-01", "--working-days", "3"),
            ),
            "no order has the id",
        ),
        (("inspection", "open", "--file", "nothing.yaml"), "is not a file"),
        (("inspection", "show", "insp-1"), "no inspection has the id insp-1"),
        (("inspection", "question", "insp-1", "--text", " "), "say what was asked"),
        (("inspection", "person", "insp-1", "--name", "x", "--side", "both"), "authority or ours"),
        (("inspection", "handover", "insp-1", "--out", "x"), "no inspection has the id"),
    ],
)
def test_wrong_input_is_one_sentence(words, said):
    found = RUN.invoke(app, [*words])

    assert isinstance(found.exception, ConfigError), found.output
    assert said in str(found.exception)
    assert "\n" not in str(found.exception)
