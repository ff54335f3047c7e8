"""The sheet that people fill: written safely, read whole or not at all."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import date

import openpyxl
import pytest

from fakes.scopes import files, scope
from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.frameworks import load_frameworks
from zicha.model.errors import ConfigError
from zicha.reports.attestation_columns import COLUMNS, SHEET
from zicha.reports.attestation_sheet import read_sheet, write_template

KEYS = [column.key for column in COLUMNS]
FRAMEWORKS = load_frameworks()
L3 = FRAMEWORKS["mlps-l3"]


@pytest.fixture
def sheet(tmp_path):
    """A template for the small scope, and a way to fill and read it."""
    return Sheet(tmp_path)


class Sheet:
    def __init__(self, folder):
        self.scope = scope(folder / "scope")
        self.system = self.scope.system("billing")
        self.path = folder / "sheet.xlsx"
        write_template(L3, self.system, self.path, self.scope.objects_in("billing"))
        (folder / "paper.pdf").write_bytes(b"paper")

    def rows(self):
        book = openpyxl.load_workbook(self.path)
        return [dict(zip(KEYS, row, strict=True)) for row in book[SHEET].values][1:]

    def row_of(self, kind):
        return next(n for n, row in enumerate(self.rows(), start=2) if row["kind"] == kind)

    def fill(self, number, **values):
        book = openpyxl.load_workbook(self.path)
        for key, value in values.items():
            book[SHEET].cell(number, KEYS.index(key) + 1).value = value
        book.save(self.path)

    def read(self):
        return read_sheet(self.path, self.scope, FRAMEWORKS)


GIVEN = {
    "answer": "符合 holds",
    "statement": "已核查",
    "author": "甲",
    "second_signer": "乙",
    "dated": "2026-03-31",
    "document": "paper.pdf",
}


def test_each_item_that_may_need_a_person_has_a_row(sheet):
    held = {o.type for o in sheet.scope.objects_in("billing")}
    wanted = [
        (item.id, link.kind)
        for item in L3.items
        if held & set(item.applies_to)
        for link in item.attestations
    ]

    assert [(row["item"], row["kind"]) for row in sheet.rows()] == wanted


def test_off_the_cloud_its_items_are_left_out(tmp_path, sheet):
    contents = files()
    contents["systems"]["systems"][0]["cloud"] = False
    dry = scope(tmp_path / "dry", **contents)

    write_template(L3, dry.system("billing"), sheet.path)

    refs = {row["ref"] for row in sheet.rows()}
    assert not [ref for ref in refs if ref.startswith("L3-8.2.")]


def test_an_empty_sheet_answers_nothing(sheet):
    assert sheet.read() == []


def test_a_filled_row_is_an_attestation(sheet):
    number = sheet.row_of("account-review")
    item = sheet.rows()[number - 2]["item"]
    sheet.fill(number, **GIVEN, objects="switch，hosts")

    (found,) = sheet.read()

    assert found.items == (item,)
    assert found.objects == ("hosts", "switch")
    assert found.valid_until == date(2026, 9, 30)
    assert found.digest == f"sha256:{hashlib.sha256(b'paper').hexdigest()}"
    assert found.is_countersigned


def test_a_date_typed_as_a_date_is_read(sheet):
    sheet.fill(sheet.row_of("account-review"), **GIVEN | {"dated": date(2026, 1, 2)})

    assert sheet.read()[0].dated == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": "yes"}, "choose one from the list"),
        ({"answer": None}, "choose one from the list"),
        ({"author": None}, "author"),
        ({"second_signer": "甲"}, "someone other than the author"),
        ({"document": None}, "document is missing"),
        ({"document": "lost.pdf"}, "is not a file beside this sheet"),
        ({"document": "../sheet.xlsx"}, "is not a file beside this sheet"),
        ({"document": "scope/../../x"}, "is not a file beside this sheet"),
        ({"digest": "sha256:" + "0" * 64}, "digest is not that of the document"),
        ({"dated": "31.03.2026"}, "dated is '31.03.2026'"),
        ({"valid_until": "2030-01-01"}, "later than 6 months"),
        ({"valid_until": "2026-01-01"}, "lies before dated"),
        ({"objects": "nobody"}, "nobody is not an object of billing"),
        ({"item": "mlps-l3/9.9.9.9.z"}, "leave these columns alone"),
        ({"kind": "training-records"}, "leave these columns alone"),
        ({"statement": '=HYPERLINK("x")'}, "statement is a formula"),
    ],
)
def test_a_mistake_is_named_by_its_row(sheet, change, says):
    number = sheet.row_of("account-review")
    sheet.fill(number, **GIVEN | change)

    with pytest.raises(ConfigError) as caught:
        sheet.read()

    assert f"row {number}: " in str(caught.value)
    assert says in str(caught.value)


def test_every_mistake_is_named_at_once_and_nothing_is_returned(sheet):
    first, second = sheet.row_of("account-review"), sheet.row_of("malware-defence-record")
    sheet.fill(first, **GIVEN | {"answer": "maybe"})
    sheet.fill(second, **GIVEN | {"dated": "soon"})
    sheet.fill(second + 1, **GIVEN)

    with pytest.raises(ConfigError) as caught:
        sheet.read()

    assert f"row {first}:" in str(caught.value)
    assert f"row {second}:" in str(caught.value)


def test_what_is_no_sheet_of_ours_is_refused(tmp_path, sheet):
    other = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(other)
    (tmp_path / "text.xlsx").write_text("hello")
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(sheet.path) as good, zipfile.ZipFile(bomb, "w") as bad:
        for name in good.namelist():
            text = good.read(name)
            if name == "xl/workbook.xml":
                text = text.replace(b"<workbook", b'<!DOCTYPE w [<!ENTITY a "a">]><workbook', 1)
            bad.writestr(name, text)

    for path, says in (
        (other, "start from a new template"),
        (tmp_path / "text.xlsx", "cannot be read as a sheet"),
        (tmp_path / "none.xlsx", "does not exist"),
        (bomb, "XML declaration"),
    ):
        with pytest.raises(ConfigError, match=says):
            read_sheet(path, sheet.scope, FRAMEWORKS)


def test_changed_headings_are_refused(sheet):
    sheet.fill(1, answer="Answer")

    with pytest.raises(ConfigError, match="headings were changed"):
        sheet.read()


def test_hostile_names_stay_text(tmp_path, sheet):
    contents = files()
    hostile = '=cmd|"/c calc"!A1\u202e'
    for object_ in contents["objects"]["objects"]:
        object_["name"] = {"zh": hostile, "en": hostile}
    found = scope(tmp_path / "hostile", **contents)
    kinds = load_attestation_kinds()

    write_template(L3, found.system("billing"), sheet.path, found.objects_in("billing"), kinds)

    cells = [c for row in openpyxl.load_workbook(sheet.path)[SHEET].iter_rows() for c in row]
    assert {c.data_type for c in cells} <= {"s", "n"}
    assert not any("\u202e" in str(c.value) for c in cells)


def test_a_template_is_there_whole_or_not_at_all(tmp_path, sheet):
    before = sheet.path.read_bytes()
    broken = L3.model_copy(update={"items": (*L3.items[:3], None)})

    with pytest.raises(AttributeError):
        write_template(broken, sheet.system, sheet.path)

    assert sheet.path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["paper.pdf", "scope", "sheet.xlsx"]
