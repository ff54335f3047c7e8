from __future__ import annotations

import pytest

from fakes.command_line import CommandLine
from fakes.database_switch import on_sqlite
from fakes.scopes import files, said, write


@pytest.fixture
def folder(tmp_path):
    made = write(tmp_path / "scope", files())
    (made / "register.yaml").write_text("attestations: []\n", encoding="utf-8")
    return made


@pytest.fixture
def zicha(tmp_path, folder):
    return CommandLine(tmp_path / "data", folder)


def test_systems_have_the_promised_keys(zicha):
    (system,) = zicha("systems", "--format", "json").json

    assert list(system) == ["id", "name", "entity", "level", "kinds", "objects"]
    assert system["name"] == said("计费")
    assert [o["id"] for o in system["objects"]] == ["storage", "account", "hosts", "switch"]


def test_sources_say_what_draws_on_them(zicha):
    found = {source["id"]: source for source in zicha("sources", "--format", "json").json}

    aws = found["aws-one"]
    assert list(aws)[:6] == ["id", "name", "entity", "level", "kinds", "objects"]
    assert (aws["entity"], aws["level"], aws["kinds"]) == ("entity", 3, ["aws"])
    assert [o["id"] for o in aws["objects"]] == ["storage", "account"]
    assert [o["id"] for o in found["host"]["objects"]] == ["hosts"]


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_no_form_of_the_sources_shows_an_external_id(tmp_path, form):
    contents = files()
    contents["sources"]["sources"][0] |= {
        "role_arn": "arn:aws-cn:iam::111122223333:role/reader",
        "external_id": "canary-5d2f",
    }
    folder = write(tmp_path / "scope", contents)
    (folder / "register.yaml").write_text("attestations: []\n", encoding="utf-8")

    ran = CommandLine(tmp_path / "data", folder)("sources", "--format", form)

    assert ran.code == 0
    assert "canary" not in ran.out + ran.err


def test_a_broken_file_is_named_with_its_line(zicha, folder):
    (folder / "systems.yaml").write_text("systems: [\n", encoding="utf-8")

    ran = zicha("run")

    assert ran.code == 2
    assert "systems.yaml" in ran.sentence
    assert not zicha.data.exists()


def test_an_unknown_key_is_named_with_its_file(zicha, folder):
    contents = files()
    contents["systems"]["systems"][0]["levle"] = 3
    write(folder, contents)

    ran = zicha("run")

    assert ran.code == 2
    assert "systems.yaml" in ran.sentence
    assert "systems[0].levle" in ran.sentence


def test_a_scope_that_is_not_there_is_one_sentence(tmp_path):
    ran = CommandLine(tmp_path / "data", tmp_path / "nowhere")("systems")

    assert ran.code == 2
    assert "nowhere" in ran.sentence


def test_demo_and_real_data_never_share_a_folder(zicha, folder):
    assert zicha("gaps").code == 0
    write(folder, {"organisation": {"id": "org", "name": said("单位"), "demo": True}})

    ran = zicha("gaps")

    assert ran.code == 2
    assert "never mixed" in ran.sentence


def test_a_file_where_the_data_folder_should_be_is_one_sentence(zicha):
    zicha.data.write_text("mine", encoding="utf-8")

    ran = zicha("gaps")

    assert ran.code == 2
    assert str(zicha.data) in ran.sentence
    assert zicha.data.read_text(encoding="utf-8") == "mine"


@on_sqlite
def test_a_file_that_is_no_database_is_one_sentence(zicha):
    zicha.data.mkdir()
    (zicha.data / "zicha.sqlite").write_bytes(b"not a database at all" * 200)

    ran = zicha("gaps")

    assert ran.code == 2
    assert "file is not a database" in ran.sentence


@pytest.mark.parametrize("command", [["gaps"], ["findings"], ["findings", "list", "--all"]])
def test_an_empty_list_is_empty_in_every_form(zicha, command):
    assert zicha(*command, "--format", "json").json == []
    assert len(zicha(*command, "--format", "csv").out.splitlines()) == 1
    assert zicha(*command).err == "nothing to list\n"


def test_the_policy_is_one_document(zicha):
    policy = zicha("policy", "aws").json

    assert policy["Version"] == "2012-10-17"
    actions = [action for s in policy["Statement"] for action in s["Action"]]
    assert "cloudtrail:DescribeTrails" in actions


def test_nothing_sealed_is_nothing_verified(zicha):
    ran = zicha("verify", "--format", "json")

    assert ran.code == 77
    assert (ran.json["ok"], ran.json["items"], ran.json["faults"]) == (True, 0, [])
    assert ran.json["ledger"]["entries"] == 0
    assert "nothing is sealed yet" in ran.sentence


def test_a_schema_is_printed_by_its_name(zicha):
    names = zicha("schema").json

    assert zicha("schema", names[0]).json["type"] == "object"


def test_a_sheet_is_not_written_over_a_folder(zicha, tmp_path):
    folder = tmp_path / "sheet.xlsx"
    folder.mkdir()

    ran = zicha("attest", "template", "--system", "billing", "--out", str(folder))

    assert ran.code == 2
    assert "is a folder" in ran.sentence
    assert not list(tmp_path.glob(".sheet*"))
