"""An inspection over days that were really sealed: frozen, collected, handed over, verified."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.ledgers import FIRST, a_day, days, place_in, tamper
from zicha.custody.entry import commitment, entry_of
from zicha.model.errors import ConfigError
from zicha.pipeline.custody.expiring import expire
from zicha.pipeline.custody.holding import release_hold
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.inspections.documents import collect, supply
from zicha.pipeline.inspections.handing_over import hand_over
from zicha.pipeline.inspections.use_cases import (
    answer,
    ask,
    close_inspection,
    inspection_document,
    inspection_rows,
    meet,
    open_inspection,
    reopen_inspection,
)
from zicha.storage import inspections as stored
from zicha.storage import ledger

ME = "os:1@here"
NOTICE = """
kind: on-site
authority: provincial-ca
number: 通网安〔2026〕88号
received: 2026-11-21
systems: [billing]
documents:
  - {id: self-inspection, title: {zh: 自查报告, en: Self-inspection report}, kind: report}
  - {id: rules, title: {zh: 安全管理制度, en: Policies}, kind: attestation, name: policy-documents}
  - {id: room, title: {zh: 机房门禁, en: Entry}, kind: attestation, name: machine-room-access-records}
  - {id: evidence, title: {zh: 配置证据, en: Evidence}, kind: evidence}
  - {id: filing, title: {zh: 备案回执, en: Filing}, kind: obligation, name: cnp-filing}
  - {id: access, title: {zh: 访问权限, en: Access}, kind: access-policy}
  - {id: drill, title: {zh: 演练影像, en: Recordings of the drill}}
"""


@pytest.fixture
def write(tmp_path):
    def written(text=NOTICE):
        path = tmp_path / "notice.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def place(tmp_path):
    return days(tmp_path / "data", 3)


@pytest.fixture
def opened(place, write):
    return open_inspection(place, write(), ME)


@pytest.fixture
def no_pages(monkeypatch):
    """Without the slow layout: what the list is made of is tested, not how it looks."""
    monkeypatch.setattr("zicha.pipeline.inspections.handing_over.SHAPES", ("xlsx",))


def later(place, more=1):
    return replace(place, clock=lambda: place.clock() + timedelta(days=more))


def frozen_of(place, id_):
    with place.database.read() as connection:
        return stored.inspection(connection, id_).opened


def verified(folder, *words):
    ran = subprocess.run(
        ["sh", str(folder / "verify.sh"), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_the_scope_is_frozen_with_its_root_its_digests_and_a_hold(place, opened):
    frozen = opened["frozen"]

    assert frozen["runs"] == ["2026-11-20-001", "2026-11-21-001", "2026-11-22-001"]
    assert frozen["period"] == {"from": "2026-11-20", "until": "2026-11-22"}
    assert frozen["evidence"] == 12
    assert verify(place, root=frozen["ledger"]["short"])["faults"] == []


def test_later_runs_do_not_change_what_is_frozen_nor_what_is_handed_over(
    place, opened, tmp_path, no_pages
):
    before = frozen_of(place, opened["inspection"])
    first = hand_over(place, opened["inspection"], tmp_path / "first", ME)
    tomorrow = later(place)
    a_day(tomorrow)
    a_day(replace(place, clock=lambda: place.clock() + timedelta(hours=1)))

    second = hand_over(tomorrow, opened["inspection"], tmp_path / "second", ME)

    assert frozen_of(tomorrow, opened["inspection"]) == before

    def sealed(folder):
        data = folder / "data" / "evidence" / "billing.mlps-l3" / "data"
        kept = [*(data / "entries").iterdir(), *(data / "objects").iterdir()]
        return {path.name: path.read_bytes() for path in kept}

    assert sealed(tmp_path / "first") == sealed(tmp_path / "second")
    assert [f["path"] for f in first["files"]] == [f["path"] for f in second["files"]]


def test_nothing_of_the_frozen_scope_expires_before_its_hold_is_released(tmp_path, write):
    place = days(tmp_path / "data", 2)
    opened = open_inspection(place, write(), ME)
    in_ten_years = place_in(tmp_path / "data", FIRST + timedelta(days=3650))

    assert expire(in_ten_years)["expired"] == []
    close_inspection(in_ten_years, opened["inspection"], "未发现问题", ME)
    assert expire(in_ten_years)["expired"] == []
    release_hold(in_ten_years, opened["frozen"]["hold"], "检查结束", ME)
    assert expire(in_ten_years)["expired"] != []


def test_the_same_notice_opens_one_inspection_and_other_words_under_its_number_are_refused(
    place, opened, write
):
    assert open_inspection(place, write(), ME)["inspection"] == opened["inspection"]
    with pytest.raises(ConfigError, match=f"is inspection {opened['inspection']} already"):
        open_inspection(place, write(NOTICE.replace("on-site", "interview")), ME)
    assert len(inspection_rows(place)) == 1


def test_each_listed_document_is_found_or_named_as_missing_with_a_reason(place, opened):
    rows = {row["id"]: row for row in collect(place, opened["inspection"], ME)}

    assert {id_: row["state"] for id_, row in rows.items()} == {
        "self-inspection": "missing",
        "rules": "missing",  # the register was never read on these days
        "room": "missing",
        "evidence": "found",
        "filing": "missing",
        "access": "found",
        "drill": "missing",
    }
    for row in rows.values():
        assert (row["state"] == "found") == (row["lacks"] == [])
        for lack in row["lacks"]:
            assert all((lack["zh"], lack["en"], lack["do"]["zh"], lack["do"]["en"]))


def test_collecting_again_enters_only_what_changed(place, opened, tmp_path):
    id_ = opened["inspection"]
    collect(place, id_, ME)
    collect(place, id_, ME)
    file = tmp_path / "演练 <1>.txt"
    file.write_text("演练记录", encoding="utf-8")
    for _ in range(2):
        rows = supply(place, id_, "drill", file, by="林某", actor=ME)

    assert next(row for row in rows if row["id"] == "drill")["state"] == "found"
    acts = [event["act"] for event in inspection_document(place, id_)["events"]]
    assert acts == ["open", "collect", "supply", "collect"]


def test_a_hand_over_verifies_offline_and_a_changed_byte_shows(place, opened, tmp_path, no_pages):
    id_ = opened["inspection"]
    file = tmp_path / "../演练.txt"
    file.write_text("演练记录", encoding="utf-8")
    supply(place, id_, "drill", file, by="", actor=ME)
    out = tmp_path / "out"

    found = hand_over(place, id_, out, ME)

    root = opened["frozen"]["ledger"]["short"]
    code, said = verified(out, root)
    assert code == 0, said
    listed = {each["path"]: each for each in found["files"]}
    supplied = "data/documents/drill/演练.txt"
    assert listed[supplied]["sha256"] == commitment(file.read_bytes()).sha256
    assert (out / "data" / "list" / "handover-list.zh.xlsx").is_file()

    for name in (supplied, "data/list/handover-list.zh.xlsx"):
        copy = tmp_path / "copy"
        shutil.copytree(out, copy)
        (copy / name).write_bytes((copy / name).read_bytes() + b" ")
        code, said = verified(copy)
        assert (code, f"altered or missing file: {name}" in said) == (1, True)
        shutil.rmtree(copy)


def test_a_bundle_that_was_altered_and_listed_anew_still_shows(place, opened, tmp_path, no_pages):
    from zicha.custody.bag import close_bag

    out = tmp_path / "out"
    hand_over(place, opened["inspection"], out, ME)
    bundle = out / "data" / "evidence" / "billing.mlps-l3"
    entry = sorted((bundle / "data" / "entries").iterdir())[1]
    entry.write_bytes(entry.read_bytes().replace(b'"rows":1', b'"rows":2'))
    for folder in (bundle, out):
        for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            (folder / name).unlink()
        close_bag(folder, {})

    code, said = verified(out)

    assert code == 1
    assert "the bundle did not pass" in said


def test_a_hand_over_is_whole_or_not_there(place, opened, tmp_path, no_pages, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr("zicha.pipeline.inspections.handing_over.close_bag", _dies)

    with pytest.raises(InterruptedError):
        hand_over(place, opened["inspection"], out, ME)

    assert not out.exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []
    assert inspection_document(place, opened["inspection"])["handed_over"] == []
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not empty"):
        hand_over(place, opened["inspection"], tmp_path / "full", ME)


def _dies(*_):
    raise InterruptedError


def test_people_stand_in_rows_and_ledger_under_ids_that_can_be_erased(place, opened):
    id_ = opened["inspection"]
    meet(place, id_, "王某", role="组长", side="authority", actor=ME)
    ask(place, id_, "日志留存多久", "王某", ME)
    answer(place, id_, 1, "184 天", by="林某", actor=ME)

    shown = inspection_document(place, id_)
    assert [each["name"] for each in shown["people"]] == ["王某"]
    assert shown["questions"][0]["by"] == "王某"
    assert shown["questions"][0]["answers"][0]["by"] == "林某"
    with place.database.read() as connection:
        rows = [str(row["body"]) for _, row in stored.kept(connection)]
        bodies = [entry_of(b).to_bytes().decode() for _, b in ledger.bodies(connection, "")]
    assert not any("王某" in text or "林某" in text for text in [*rows, *bodies])

    with place.database.write() as connection:
        assert ledger.erase_person(connection, "person:王某")

    erased = inspection_document(place, id_)
    assert erased["people"][0]["name"] == "已抹除 / erased"
    assert verify(place)["faults"] == []


def test_an_answer_needs_its_question_and_an_ended_inspection_takes_none(place, opened):
    id_ = opened["inspection"]
    with pytest.raises(ConfigError, match="has no question 1"):
        answer(place, id_, 1, "x", by="", actor=ME)
    close_inspection(place, id_, "未发现问题", ME)
    with pytest.raises(ConfigError, match="is closed: question is not possible, only reopen"):
        ask(place, id_, "x", "", ME)
    reopen_inspection(place, id_, "补充询问", ME)
    assert ask(place, id_, "x", "", ME)["unanswered"] == 1


def test_a_row_that_was_altered_behind_the_ledger_s_back_is_named(place, opened, tmp_path):
    ask(place, opened["inspection"], "日志留存多久", "", ME)

    def change(connection):
        connection.execute("UPDATE inspection_events SET body = replace(body, '多久', '几年')")

    tamper(tmp_path / "data", change)

    faults = verify(place)["faults"]
    assert any("question" in fault["where"] for fault in faults), faults


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("provincial-ca", "nobody"), "no authority nobody"),
        (("[billing]", "[billings]"), "no system billings"),
        (("2026-11-21", "2026-11-31"), "received"),
        (("2026-11-21", "2026-12-31"), "has not come yet"),
        (("policy-documents", "no-such-kind"), "no kind of attestation no-such-kind"),
        (("cnp-filing", "no-such-duty"), "no duty no-such-duty"),
        (("on-site", "raid"), "kind"),
        (("id: drill", "id: access"), "document access stands twice"),
        (("systems:", "period: {from: 2025-01-01, until: 2025-12-31}\nsystems:"), "was judged"),
        (("systems:", "period: {from: 2027-01-01}\nsystems:"), "reaches beyond today"),
    ],
)
def test_bad_input_is_one_sentence_and_opens_nothing(place, write, change, why):
    with pytest.raises(ConfigError, match=why) as refused:
        open_inspection(place, write(NOTICE.replace(*change)), ME)

    assert "\n" not in str(refused.value)
    assert inspection_rows(place) == []
