"""Drops: whatever a file holds, it ends in rows, in faults by line and column, or in a gap."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from fakes.drops import LEAVERS, NOW, drop, serving
from zicha.catalog.registers import RegisterColumn, load_registers
from zicha.collectors import collectors
from zicha.model.errors import ConfigError, SourceError
from zicha.model.evidence import Answer, Gap, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.sources.drop_bytes import from_folder, from_http
from zicha.sources.drop_cells import OddCell, cell

LEAVER = collectors()["drop/hr_leavers"]
DELIVERY = collectors()["drop/deliveries"]
ZONE = ZoneInfo("Asia/Shanghai")


def rows(found):
    return LEAVER.table(LEAVER.fetch(found), NOW).rows


def state(found, collector=LEAVER):
    (only,) = collector.table(collector.fetch(found), NOW).states.values()
    return only


def delivery(found):
    (row,) = DELIVERY.table(DELIVERY.fetch(found), NOW).rows
    return row


def workbook(*lines, merge=""):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    if merge:
        book.active.merge_cells(merge)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def zipped(*parts):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, said in parts:
            packed.writestr(name, said)
    return kept.getvalue()


HEAD = ["工号", "账号", "人员类别", "离岗日期", "证件设备已收回"]
ROW = ["E-1001", "zhang.san", "员工", datetime(2026, 11, 3), "是"]  # noqa: DTZ001 - as workbooks


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plain.csv", LEAVERS.encode()),
        ("bom.csv", b"\xef\xbb\xbf" + LEAVERS.encode()),
        ("office.csv", LEAVERS.encode("gb18030")),
        ("wide.txt", LEAVERS.replace(",", "\t").encode("utf-16")),
        ("semicolons.csv", LEAVERS.replace(",", ";").encode()),
        ("lines.csv", LEAVERS.replace("\n", "\r\n").encode()),
        (
            "rows.json",
            (
                b'[{"person":"E-1001","account":"zhang.san","kind":"employee","left_at":"2026-11-03",'
                b'"returned_equipment":true},{"person":"E-1002","account":"li.si","kind":"contractor",'
                b'"left_at":"2026/11/10","returned_equipment":false}]'
            ),
        ),
        (
            "book.xlsx",
            workbook(
                ["离岗人员台账"],
                HEAD,
                ROW,
                ["E-1002", "li.si", "外包", "2026.11.10", "否"],
                merge="A1:E1",
            ),
        ),
        (
            "two-lines-of-headers.xlsx",
            workbook(
                ["人员", None, None, "离岗日期", "证件设备已收回"],
                ["工号", "账号", "人员类别", None, None],
                ROW,
                ["E-1002", "li.si", "外包", "20261110", "否"],
                merge="A1:C1",
            ),
        ),
    ],
)
def test_whatever_wrote_the_file_the_rows_are_the_same(name, said):
    found = drop(said, name=name)

    assert state(found).reason is None
    assert [(r["account"], r["kind"], str(r["left_at"])) for r in rows(found)] == [
        ("zhang.san", "employee", "2026-11-03 15:59:59+00:00"),
        ("li.si", "contractor", "2026-11-10 15:59:59+00:00"),
    ]
    assert [r["returned_equipment"] for r in rows(found)] == [True, False]


def test_a_person_becomes_a_pseudonym_and_what_the_schema_does_not_know_is_not_kept():
    found = drop(
        "工号,账号,人员类别,离岗日期,证件设备已收回,身份证号\nE-1001,a,员工,2026-11-03,是,110101199003070000\n"
    )

    said = str([*found.read_rows(), found.describe()])
    assert "E-1001" not in said
    assert "110101199003070000" not in said
    assert found.describe().body["left_out"] == ["身份证号"]


def test_a_broken_cell_costs_itself_and_is_named_by_line_and_column():
    found = drop(LEAVERS.replace("2026-11-03", "上个月"))

    first, second = rows(found)
    assert first["left_at"] == Unread(
        Reason.MALFORMED,
        "drop.csv line 2: left_at is no date: write 2026-01-31 or 2026年1月31日",
    )
    assert isinstance(second["left_at"], datetime)
    assert state(found).reason is None
    assert (delivery(found)["broken_rows"], delivery(found)["rows"]) == (1, 2)
    assert delivery(found)["faults"].startswith("line 2: 离岗日期/left_at is no date")


@pytest.mark.parametrize(
    "line",
    [
        ",ghost,员工,2026-11-03,是",
        "E-1001,zhang.san,员工,2026-11-04,是",
        "=1+1,x,员工,2026-11-03,是",
    ],
)
def test_a_line_that_names_no_row_makes_the_whole_listing_partial(line):
    found = drop(LEAVERS + line + "\n")

    assert (state(found).reason, len(rows(found))) == (Reason.PARTIAL, 2)
    assert "line 4" in state(found).remedy
    assert delivery(found)["broken_rows"] == 1


def test_a_formula_is_a_fault_and_never_an_empty_cell():
    found = drop(workbook(HEAD, ROW, ["E-2", "b", "员工", "=TODAY()", "是"]), name="b.xlsx")

    assert rows(found)[1]["left_at"].remedy.endswith("is a formula: write its value")


@pytest.mark.parametrize("trailer", ["#rows=3", "#rows,3", "# Rows：3"])
def test_a_drop_with_fewer_rows_than_it_states_is_truncated(trailer):
    found = drop(LEAVERS + trailer + "\n")

    assert state(found).reason is Reason.TRUNCATED
    assert (delivery(found)["states_its_count"], delivery(found)["count_agrees"]) == (True, False)


def test_a_drop_that_states_its_count_and_holds_it_is_whole():
    found = drop(LEAVERS + "#rows=2\n#as_of=2026-11-20\n")

    assert state(found).reason is None
    assert delivery(found)["count_agrees"] is True
    assert str(delivery(found)["delivered_at"]) == "2026-11-20 15:59:59+00:00"


def test_without_a_stated_count_nothing_agrees_with_it():
    assert delivery(drop(LEAVERS))["count_agrees"] is None


def test_a_drop_far_smaller_than_before_says_so():
    assert delivery(drop(LEAVERS, most_before=50))["percent_of_before"] == 4
    assert delivery(drop(LEAVERS, most_before=None))["percent_of_before"] is None


@pytest.mark.parametrize("said", [LEAVERS, LEAVERS + "#as_of=2026-10-01\n"])
def test_a_stale_drop_is_unknown_and_not_a_pass(said):
    at = NOW - timedelta(days=9) if said == LEAVERS else NOW

    assert state(drop(said, at=at)).reason is Reason.STALE
    assert delivery(drop(said, at=at))["fresh_until"] < NOW


def test_a_drop_of_no_day_is_stale():
    assert state(drop(LEAVERS, at=None)).reason is Reason.STALE
    assert delivery(drop(LEAVERS, at=None))["fresh_until"] is None


def test_an_empty_drop_with_headers_is_an_answer():
    found = drop(LEAVERS.splitlines()[0] + "\n")

    assert (state(found).reason, rows(found)) == (None, ())


def bomb():
    return zipped(("xl/worksheets/sheet1.xml", b"0" * 60_000_000))


@pytest.mark.parametrize(
    ("name", "said", "why"),
    [
        ("none.csv", b"", "no line among the first"),
        ("other.csv", b"a,b\n1,2\n", "has the headers"),
        ("twice.csv", LEAVERS.replace("人员类别", "账户").encode(), "two headers mean account"),
        ("odd.csv", b"\xff\xfa\x81", "neither UTF-8 nor GB18030"),
        ("quotes.csv", (LEAVERS + '"open').encode(), "not CSV"),
        ("old.xlsx", b"\xd0\xcf\x11\xe0rest", "old or a protected workbook"),
        ("cut.xlsx", workbook(HEAD, ROW)[:900], "no workbook, or is cut"),
        ("bomb.xlsx", bomb(), "times its size"),
        ("entity.xlsx", zipped(("a.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]>")), "declarations"),
        ("no.pdf", b"%PDF", "no .csv, .xlsx or .json"),
        ("cut.json", b'[{"person": "a"', "not JSON"),
        ("deep.json", b"[" * 200_000, "not JSON"),
        ("flat.json", b'{"rows": 7}', "no list of rows"),
        ("count.csv", (LEAVERS + "#rows=many\n").encode(), "no number"),
        ("ahead.csv", (LEAVERS + "#as_of=2027-11-20\n").encode(), "dated ahead"),
    ],
)
def test_a_file_that_is_no_register_ends_in_a_gap_with_one_sentence(name, said, why):
    at = NOW if name != "ahead.csv" else None
    found = drop(said, name=name, at=at)

    (reply,) = found.read_rows()
    assert isinstance(reply, Gap)
    assert reply.reason is Reason.MALFORMED
    assert why in reply.remedy
    assert isinstance(found.describe(), Gap)


def test_a_hundred_thousand_rows_come_page_by_page():
    lines = "".join(f"E-{n},account{n},员工,2026-11-03,是\n" for n in range(100_000))
    found = drop(LEAVERS.splitlines()[0] + "\n" + lines + "#rows=100000\n")

    pages = list(found.read_rows())
    assert (len(pages), sum(len(page.body["rows"]) for page in pages)) == (20, 100_000)
    assert all(isinstance(page, Answer) and page.cut is None for page in pages)


def test_a_missing_page_makes_the_listing_malformed():
    lines = "".join(f"E-{n},account{n},员工,2026-11-03,是\n" for n in range(10_001))
    first, _, last = drop(LEAVERS.splitlines()[0] + "\n" + lines).read_rows()

    (only,) = LEAVER.table([first, last], NOW).states.values()
    assert only.reason is Reason.MALFORMED


def column(kind, **more):
    return RegisterColumn(title=Text("列", "column"), type=kind, **more)


@pytest.mark.parametrize(
    ("kind", "said", "wanted"),
    [
        ("datetime", "2026-1-3", "2026-01-02T16:00:00+00:00"),
        ("datetime", "2026年1月3日", "2026-01-02T16:00:00+00:00"),
        ("datetime", "二〇二六年十一月二十二日", "2026-11-21T16:00:00+00:00"),
        ("datetime", "２０２６/１/３ 08:30", "2026-01-03T00:30:00+00:00"),
        ("datetime", "2026年1月3日8时30分", "2026-01-03T00:30:00+00:00"),
        ("datetime", "2026-01-03T08:30:00Z", "2026-01-03T08:30:00+00:00"),
        ("datetime", datetime(2026, 1, 3, 8, 30), "2026-01-03T00:30:00+00:00"),  # noqa: DTZ001
        ("int", "1,024", 1024),
        ("int", 7.0, 7),
        ("float", "０.5", 0.5),
        ("bool", "√", True),
        ("bool", 0, False),
        ("str", 1001.0, "1001"),
        ("str", "  张三 ", "张三"),
        ("str", "", None),
    ],
)
def test_a_cell_is_read_as_people_write_it(kind, said, wanted):
    assert cell(said, column(kind), ZONE) == wanted


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("datetime", "2026-02-30"),
        ("datetime", "11/12/2026"),
        ("datetime", "2026年11月"),
        ("datetime", 45000),
        ("datetime", datetime(1899, 12, 30)),  # noqa: DTZ001
        ("datetime", "2026-01-03T08:30:00+99:00"),
        ("int", "1.5"),
        ("int", True),
        ("int", "1e9"),
        ("float", float("nan")),
        ("float", "inf"),
        ("bool", "maybe"),
        ("str", "=cmd|' /C calc'!A0"),
        ("str", "a\x00b"),
        ("str", "x" * 2001),
        ("str", {"a": 1}),
    ],
)
def test_a_cell_that_is_not_plainly_meant_is_a_fault(kind, said):
    with pytest.raises(OddCell):
        cell(said, column(kind), ZONE)


def test_a_folder_gives_its_newest_file_and_none_outside(tmp_path):
    for n, name in enumerate(("hr-1.csv", "hr-2.csv")):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (1_000_000 + n, 1_000_000 + n))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "hr-3.csv").symlink_to(tmp_path / "hr-1.csv")

    assert from_folder(tmp_path, "hr-*.csv").name == "hr-2.csv"
    with pytest.raises(SourceError, match="outside its folder"):
        from_folder(tmp_path / "in", "hr-3.csv")
    with pytest.raises(SourceError, match="was not delivered"):
        from_folder(tmp_path, "nothing.csv")


def test_a_token_goes_to_the_host_that_was_named_and_to_no_other():
    with serving() as server, serving() as other:
        server.answers["/a.csv"] = (302, {"Location": "/b.csv"}, b"")
        server.answers["/b.csv"] = (
            200,
            {"Last-Modified": "Fri, 20 Nov 2026 00:00:00 GMT"},
            LEAVERS.encode(),
        )
        server.answers["/out.csv"] = (302, {"Location": f"{other.url}/b.csv"}, b"")

        found = from_http(f"{server.url}/a.csv", "token")
        with pytest.raises(SourceError, match="another host"):
            from_http(f"{server.url}/out.csv", "token")

    assert (found.name, found.said, found.at.day) == ("b.csv", LEAVERS.encode(), 20)
    assert {token for _, token in server.heard} == {"Bearer token"}
    assert other.heard == []


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (401, {}, Reason.REFUSED),
        (429, {}, Reason.THROTTLED),
        (404, {}, Reason.UNREACHABLE),
        (200, {"Content-Length": "9999"}, Reason.UNREACHABLE),
        (302, {"Location": "/x.csv"}, Reason.MALFORMED),
    ],
)
def test_an_answer_that_is_no_whole_file_is_a_gap_with_its_reason(status, headers, reason):
    with serving() as server:
        server.answers["/x.csv"] = (status, headers, b"short")
        with pytest.raises(SourceError) as refused:
            from_http(f"{server.url}/x.csv", "t")

    assert refused.value.reason is reason


def test_a_download_is_bounded_in_size_and_time():
    moments = iter([0.0, 100.0, 200.0])
    with serving() as server:
        server.answers["/x.csv"] = (200, {}, b"x" * 1000)
        with pytest.raises(SourceError, match="larger than"):
            from_http(f"{server.url}/x.csv", "", largest=999)
        with pytest.raises(SourceError, match="too long"):
            from_http(f"{server.url}/x.csv", "", clock=lambda: next(moments))


def test_every_register_names_itself_and_no_header_means_two_things(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "id: a\ntitle: {zh: 甲, en: a}\nkey: [x]\nmax_age_hours: 1\nmin_rows: 0\n"
        "columns: {x: {title: {zh: 名, en: X}, required: true}, z: {title: {zh: 名, en: Z}}}\n"
    )

    with pytest.raises(ConfigError, match="means two columns"):
        load_registers(tmp_path)


def test_the_example_of_the_how_to_is_a_whole_register():
    page = Path(__file__).parents[3] / "docs" / "how-to" / "registers.md"
    example = page.read_text(encoding="utf-8").split("```")[1].lstrip("\n")
    found = drop(example)

    assert (state(found).reason, len(rows(found))) == (None, 2)
    assert (delivery(found)["count_agrees"], delivery(found)["broken_rows"]) == (True, 0)
