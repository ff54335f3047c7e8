"""The command line over one recorded day: a real process inspects, many commands read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from fakes.command_line import EXAMPLE, CommandLine
from fakes.database_switch import copy_place, environment_of

RECORDED = ("recorded-host", "demo-cloudtrail", "demo-register")
OUTCOME = [
    *("run", "day", "measured_at", "standing_since", "source", "account", "region"),
    *("subject_type", "subject_id", "suite", "expectation", "controls", "severity", "status"),
    *("reason", "evidence_digest"),
]
FINDING = [
    *("id", "state", "severity", "risk", "subject", "expectation", "systems", "opened", "due"),
    "owner",
]
ITEM = ["id", "ref", "controls", "expectations", "attestations", "status", "objects", "since"]
ZICHA = Path(sys.executable).with_name("zicha")


def environ(data):
    kept = {"PATH": os.environ["PATH"], "HOME": str(data), "PYTHONUTF8": "1"}
    kept |= {name: os.environ[name] for name in ("PYTHONPATH", "ZICHA_HOME") if name in os.environ}
    kept |= {"ZICHA_DATA": str(data), "ZICHA_SCOPE": str(EXAMPLE)}
    return kept | environment_of(data)


def process(data, *words):
    return subprocess.run(
        [ZICHA, *words], env=environ(data), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The data folder of one inspected day, and what `zicha run` said."""
    data = tmp_path_factory.mktemp("day") / "data with spaces"
    ran = process(data, "run", *(word for id_ in RECORDED for word in ("--source", id_)))
    assert ran.returncode == 0, ran.stderr
    return data, ran


@pytest.fixture(scope="module")
def zicha(day):
    return CommandLine(day[0])


@pytest.fixture
def copied(day, tmp_path):
    """A copy of the day, for whoever changes it."""
    return CommandLine(copy_place(day[0], tmp_path / "copy"))


def test_a_run_prints_one_document_and_tells_its_steps_beside_it(day):
    _, ran = day
    told = json.loads(ran.stdout)

    assert {"run", "day", "evidence", "gaps", "outcomes", "findings", "reports"} <= told.keys()
    assert set(told["outcomes"]) == {"pass", "fail", "unknown", "not-applicable"}
    assert told["evidence"] > 0
    assert all(Path(path).is_file() for path in told["reports"])
    for step in ("planned", "collected source=recorded-host", "suite-judged", "reported"):
        assert step in ran.stderr


def test_the_same_day_again_reuses_what_is_sealed(zicha, day):
    ran = zicha("collect", "--source", "recorded-host", "--format", "json")

    assert ran.code == 0
    assert ran.json["run"] == json.loads(day[1].stdout)["run"]
    assert "was collected already" in ran.err


def test_a_source_that_the_day_left_out_is_not_quietly_skipped(zicha):
    ran = zicha("collect", "--source", "this-machine")

    assert ran.code == 2
    assert "--again" in ran.sentence


def test_outcomes_have_the_promised_keys_and_counts(zicha, day):
    rows = zicha("outcomes", "--format", "json").json
    counted = json.loads(day[1].stdout)["outcomes"]

    assert set(OUTCOME) <= rows[0].keys()
    for status, count in counted.items():
        assert sum(row["status"] == status for row in rows) == count
    assert all(row["standing_since"] for row in rows)


def test_outcomes_are_chosen_by_status_suite_and_run(zicha):
    failed = zicha("outcomes", "--status", "fail", "--format", "json").json
    suite = failed[0]["suite"]
    mine = zicha("outcomes", "--suite", suite, "--format", "json").json
    again = zicha("outcomes", "--run", failed[0]["run"], "--status", "fail", "--format", "json")

    assert {row["status"] for row in failed} == {"fail"}
    assert {row["suite"] for row in mine} == {suite}
    assert again.json == failed


def test_the_newest_known_are_what_this_only_run_found(zicha):
    latest = zicha("outcomes", "--latest", "--format", "json").json
    rows = zicha("outcomes", "--format", "json").json

    names = ("source", "suite", "expectation", "subject_id", "status")
    assert sorted([r[n] for n in names] for r in latest) == sorted(
        [r[n] for n in names] for r in rows
    )


def test_a_csv_of_outcomes_begins_with_the_promised_columns(zicha):
    heading = zicha("outcomes", "--format", "csv").out.splitlines()[0].split(",")

    assert [column for column in heading if column in OUTCOME] == [
        column for column in heading if column not in {"observed", "remedy", "waived"}
    ]
    assert set(OUTCOME) <= set(heading)


def test_every_open_finding_names_its_systems(zicha):
    rows = zicha("findings", "--format", "json").json

    assert set(FINDING) <= rows[0].keys()
    assert [row for row in rows if row["source"] == "recorded-host" and not row["systems"]] == []
    assert {row["state"] for row in rows} == {"open"}
    order = ["critical", "warning", "info"]
    assert [order.index(row["severity"]) for row in rows] == sorted(
        order.index(row["severity"]) for row in rows
    )


def test_coverage_shows_every_item_of_both_levels(zicha):
    third = zicha("coverage", "--framework", "mlps-l3", "--format", "json").json
    second = zicha("coverage", "--system", "portal", "--format", "json").json

    assert (third["framework"], len(third["items"])) == ("mlps-l3", 257)
    assert (second["framework"], len(second["items"])) == ("mlps-l2", 164)
    assert set(ITEM) <= third["items"][0].keys()
    for item in third["items"]:
        named = [expectation["id"] for expectation in item["expectations"]]
        assert len(named) == len(set(named))


def test_a_sound_store_is_verified(zicha):
    found = zicha("verify", "--format", "json")

    assert (found.code, found.json["ok"], found.json["faults"]) == (0, True, [])
    assert found.json["items"] > 10


def objects(data):
    return sorted((data / "evidence" / "objects").glob("*/*/*"))


def test_a_flipped_bit_and_a_deleted_object_are_found_with_their_day(copied, day):
    flipped, deleted = objects(copied.data)[:2]
    flipped.chmod(0o600)
    altered = bytearray(flipped.read_bytes())
    altered[len(altered) // 2] ^= 1
    flipped.write_bytes(altered)
    deleted.unlink()

    found = copied("verify", "--format", "json")

    assert found.code == 1
    faults = {fault["kind"]: fault for fault in found.json["faults"]}
    assert faults.keys() == {"altered", "missing"}
    assert faults["altered"]["where"].endswith(flipped.name)
    assert faults["missing"]["where"].endswith(deleted.name)
    zone = ZoneInfo("Asia/Shanghai")
    since = {datetime.fromisoformat(fault["since"]).astimezone(zone) for fault in faults.values()}
    assert {at.date().isoformat() for at in since} == {json.loads(day[1].stdout)["day"]}


def test_one_object_is_verified_by_its_digest(zicha):
    digest = zicha("findings", "--format", "json").json[0]["evidence_digest"]

    assert zicha("verify", "--item", digest, "--format", "json").json["items"] == 1


def test_a_report_is_written_where_it_is_asked_for(zicha, tmp_path):
    ran = zicha("report", "miit-self-inspection", "--system", "portal", "--out", str(tmp_path))

    assert ran.code == 0
    for made in ran.json:
        assert set(made) == {"path", "format", "digest"}
        assert Path(made["path"]).parent == tmp_path


@pytest.mark.parametrize(
    ("form", "about", "of"),
    [
        ("cnp-unit-filing", "--system", "billing"),
        ("miit-self-examination", "--entity", "yunqiao"),
    ],
)
def test_a_document_of_a_form_is_written_of_a_system_or_an_entity(zicha, tmp_path, form, about, of):
    ran = zicha("report", form, about, of, "--lang", "zh", "--out", str(tmp_path))

    assert {"docx", "xlsx", "html"} <= {row["format"] for row in ran.json}
    page = (tmp_path / f"{form}.{of}.zh.html").read_text(encoding="utf-8")
    assert "演示数据" in page
    assert "【部分填写】" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cnp-unit-filing",), "--system is missing"),
        (("cnp-unit-filing", "--entity", "nobody"), "no entity nobody"),
        (("self-inspection", "--entity", "yunqiao"), "--entity goes with a document"),
        (("cnp-unit-filing", "--system", "portal", "--entity", "yunqiao"), "without --system"),
        (("cnp-unit-filing", "--system", "portal", "--run", "none"), "none"),
        (("nonsense", "--system", "portal"), "no report nonsense"),
    ],
)
def test_a_document_about_nobody_is_one_sentence(zicha, tmp_path, words, said):
    ran = zicha("report", *words, "--out", str(tmp_path / "out"))

    assert ran.code == 2
    assert said in ran.sentence
    assert not (tmp_path / "out").exists()


def test_a_report_that_cannot_be_written_is_one_sentence(zicha, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")

    ran = zicha("report", "--system", "portal", "--out", str(taken))

    assert ran.code == 2
    assert ran.out == ""
    assert str(taken) in ran.err.splitlines()[-1]
    assert taken.read_text(encoding="utf-8") == "mine"


def test_whoever_reads_the_first_line_only_is_not_told_of_a_failure(day):
    data, _ = day
    with subprocess.Popen(
        [ZICHA, "outcomes", "--format", "json"],
        env=environ(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        complained = process.stderr.read()

    assert process.returncode == 0
    assert complained == b""


def filled(sheet, **answers):
    """Fill the row of one item, as a person would."""
    book = openpyxl.load_workbook(sheet)
    page = book.worksheets[0]
    columns = {
        str(cell.value).split("\n")[-1].split(" (")[0].lower(): cell.column for cell in page[1]
    }
    wanted = answers.pop("item")
    row = next(r for r in range(2, page.max_row + 1) if page.cell(r, 1).value == wanted)
    for name, value in answers.items():
        page.cell(row, columns[name.replace("_", " ")]).value = value
    book.save(sheet)


def undetermined(zicha):
    """An item that one attestation would prove whole, and that nothing has proved yet."""
    return next(
        item["id"]
        for item in zicha("coverage", "--framework", "mlps-l3", "--format", "json").json["items"]
        if item["status"] == "undetermined"
        and not item["controls"]
        and [link["proves"] for link in item["attestations"]] == ["full"]
    )


def status_of(zicha, wanted):
    items = zicha("coverage", "--framework", "mlps-l3", "--format", "json").json["items"]
    return next(item["status"] for item in items if item["id"] == wanted)


ANSWER = {
    "answer": "符合 holds",
    "statement": "现场核对无误",
    "author": "zhang.wei",
    "second_signer": "li.na",
    "document": "paper.txt",
}


@pytest.fixture
def sheet(copied, tmp_path):
    out = tmp_path / "sheet.xlsx"
    (tmp_path / "paper.txt").write_text("a paper", encoding="utf-8")
    assert copied("attest", "template", "--system", "billing", "--out", str(out)).code == 0
    return out


def test_what_a_person_attests_changes_the_coverage(copied, sheet, day):
    item = undetermined(copied)
    today = json.loads(day[1].stdout)["day"]
    filled(sheet, item=item, dated=today, **ANSWER)

    ran = copied("attest", "load", str(sheet), "--format", "json")

    assert ran.code == 0, ran.err
    assert [row["items"] for row in ran.json] == [[item]]
    assert status_of(copied, item) == "conforming"


def test_one_wrong_row_leaves_everything_as_it_was(copied, sheet, day):
    item = undetermined(copied)
    today = json.loads(day[1].stdout)["day"]
    filled(sheet, item=item, dated=today, **ANSWER)
    named = [cell.value for cell in openpyxl.load_workbook(sheet).worksheets[0]["A"][1:]]
    filled(sheet, item=next(n for n in named if n != item), dated="soon", **ANSWER)

    ran = copied("attest", "load", str(sheet))

    assert ran.code == 2
    assert "nothing was loaded: row " in ran.sentence
    assert status_of(copied, item) == "undetermined"
