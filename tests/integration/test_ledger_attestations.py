"""What a person declares is entered into the ledger, without the person's name."""

from __future__ import annotations

import openpyxl
import pytest

from fakes.ledgers import place_in, tamper
from zicha.custody.entry import Kind, entry_of
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.people import attestation_template, load_attestations
from zicha.reports.attestation_columns import COLUMNS, SHEET
from zicha.storage import ledger

KEYS = [column.key for column in COLUMNS]
GIVEN = {
    "answer": "符合 holds",
    "statement": "已核查",
    "author": "李雷",
    "second_signer": "韩梅梅",
    "dated": "2026-03-31",
    "document": "paper.pdf",
}
AUTHOR = "os:1000@lileis-laptop"


@pytest.fixture
def place(tmp_path):
    place = place_in(tmp_path / "data")
    path = attestation_template(place, "billing", tmp_path / "sheet.xlsx")
    (tmp_path / "paper.pdf").write_bytes(b"paper")
    book = openpyxl.load_workbook(path)
    rows = [dict(zip(KEYS, row, strict=True)) for row in book[SHEET].values][1:]
    number = next(n for n, row in enumerate(rows, start=2) if row["kind"] == "account-review")
    for key, value in GIVEN.items():
        book[SHEET].cell(number, KEYS.index(key) + 1).value = value
    book.save(path)
    load_attestations(place, path, AUTHOR)
    load_attestations(place, path, AUTHOR)
    seal_ledger(place)
    return place


def bodies(place):
    with place.database.read() as connection:
        return [line.body for line in ledger.lines(connection)]


def test_a_sheet_and_each_declaration_are_entered_once(place):
    kinds = [entry_of(body).kind for body in bodies(place)]

    assert kinds == [Kind.ATTESTATION, Kind.ATTESTATION, Kind.KEY]
    assert verify(place)["faults"] == []


def test_no_entry_says_who_it_was(place):
    said = b"".join(bodies(place)).decode()

    for name in ("李雷", "韩梅梅", "lilei", "已核查", "paper.pdf", "sheet.xlsx"):
        assert name not in said
    assert {entry_of(body).by[:2] for body in bodies(place)} == {"p-", ""}


def test_forgetting_the_person_leaves_the_ledger_whole(place):
    with place.database.write() as connection:
        assert ledger.erase_person(connection, AUTHOR)

    assert verify(place)["faults"] == []


def test_a_declaration_that_was_reworded_afterwards_is_named(place, tmp_path):
    tamper(
        tmp_path / "data",
        lambda c: c.execute("UPDATE declarations SET body = replace(body, '已核查', '未核查')"),
    )

    found = {fault["kind"]: fault for fault in verify(place)["faults"]}

    assert found.keys() == {"unledgered", "row-missing"}
    assert found["unledgered"]["where"].startswith("attestation ")


def test_a_declaration_that_was_removed_is_named(place, tmp_path):
    tamper(tmp_path / "data", lambda c: c.execute("DELETE FROM declarations"))

    assert [fault["kind"] for fault in verify(place)["faults"]] == ["row-missing"]


def sheet_without_answer(tmp_path):
    path = tmp_path / "sheet.xlsx"
    held = path.read_bytes()
    book = openpyxl.load_workbook(path)
    for cells in book[SHEET].iter_rows(min_row=2):
        for name in GIVEN:
            cells[KEYS.index(name)].value = None
    book.save(path)
    return path, held


def acts(place):
    said = [entry_of(body).about.get("act") for body in bodies(place)]
    return [each for each in said if each]


def test_what_a_file_no_longer_declares_is_entered_as_withdrawn_and_its_return_too(place, tmp_path):
    path, held = sheet_without_answer(tmp_path)

    load_attestations(place, path, AUTHOR)
    assert verify(place)["faults"] == []
    seal_ledger(place)

    assert acts(place) == ["withdrawn"]
    assert verify(place)["faults"] == []

    path.write_bytes(held)
    load_attestations(place, path, AUTHOR)
    assert verify(place)["faults"] == []
    seal_ledger(place)

    assert acts(place) == ["withdrawn", "declared-again"]
    assert verify(place)["faults"] == []


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("withdrawn_at", "2026-11-20T04:00:00.000000Z", "unledgered"),
        ("valid_until", "2036-01-01", "row-altered"),
        ("valid_from", "2020-01-01", "row-altered"),
    ],
)
def test_a_declaration_that_was_withdrawn_or_prolonged_in_its_row_only_is_named(
    place, tmp_path, column, value, kind
):
    statement = f"UPDATE declarations SET {column} = '{value}'"
    tamper(tmp_path / "data", lambda c: c.execute(statement))

    (fault,) = verify(place)["faults"]
    assert fault["kind"] == kind
    assert fault["where"].startswith("attestation ")


def test_a_withdrawn_declaration_that_stands_again_in_its_row_only_is_named(place, tmp_path):
    path, _ = sheet_without_answer(tmp_path)
    load_attestations(place, path, AUTHOR)
    seal_ledger(place)
    tamper(tmp_path / "data", lambda c: c.execute("UPDATE declarations SET withdrawn_at = NULL"))

    (fault,) = verify(place)["faults"]
    assert fault["detail"] == "it was withdrawn, and stands again in its row only"
