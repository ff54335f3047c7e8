"""The register of attestations: facts in columns, gaps where nothing could be read."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from zicha.catalog.yaml_files import load_yaml
from zicha.collectors.register.attestations import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources.register import Register

DIGEST = f"sha256:{hashlib.sha256(b'paper').hexdigest()}"


@pytest.fixture
def table(tmp_path):
    def of(*entries, text=None):
        (tmp_path / "paper.txt").write_bytes(b"paper")
        lines = [
            f"  - {{{', '.join(f'{k}: {v}' for k, v in (ENTRY | entry).items())}}}"
            for entry in entries
        ]
        held = "attestations:\n" + "\n".join(lines) if lines else "attestations: []"
        file = tmp_path / "register.yaml"
        file.write_text(held if text is None else text, encoding="utf-8")
        register = Register(
            "r", file, load_yaml, two_signers={"policy"}, documents={"policy", "plan"}
        )
        return COLLECTOR.table(COLLECTOR.fetch(register))

    return of


ENTRY = {
    "id": "a",
    "kind": "policy",
    "system": "billing",
    "author": "甲",
    "second_signer": "乙",
    "dated": "2026-01-01",
    "valid_until": "2026-12-31",
    "document": "paper.txt",
    "digest": DIGEST,
}


def test_an_attestation_is_a_row_of_facts(table):
    (row,) = table({}).rows

    assert row["is_countersigned"] is True
    assert row["needs_second_signer"] is True
    assert row["document_matches"] is True
    assert row["valid_until_at"] == datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "column", "expected"),
    [
        ({"digest": "sha256:" + "0" * 64}, "document_matches", False),
        ({"document": "lost.txt"}, "document_is_there", False),
        ({"document": "lost.txt"}, "document_matches", False),
        ({"second_signer": "甲"}, "is_countersigned", False),
        ({"second_signer": '""'}, "is_countersigned", False),
        ({"kind": "other"}, "needs_second_signer", False),
        ({"document": '""'}, "has_document", False),
    ],
)
def test_what_is_wrong_with_it_is_a_fact(table, change, column, expected):
    (row,) = table(change).rows

    assert row[column] is expected


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"document": "../outside.txt"}, "document_matches"),
        ({"document": "."}, "document_is_there"),
        ({"valid_until": "soon"}, "valid_until_at"),
    ],
)
def test_what_cannot_be_read_is_unread_and_costs_its_cells_only(table, change, column):
    (row,) = table(change).rows

    assert isinstance(row[column], Unread)
    assert row[column].reason is Reason.MALFORMED
    assert row["is_countersigned"] is True


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("attestations: none", Reason.MALFORMED),
        ("other: []", Reason.MALFORMED),
        ("attestations: [", Reason.MALFORMED),
        ("attestations:\n  - {kind: policy}", Reason.MALFORMED),
        ("attestations:\n  - {id: a}\n  - {id: a}", Reason.MALFORMED),
    ],
)
def test_a_register_that_makes_no_sense_is_malformed_as_a_whole(table, text, reason):
    found = table(text=text)

    assert found.rows == ()
    assert found.states["r",].reason is reason


def test_a_register_that_is_not_there_is_unreachable(tmp_path):
    register = Register("r", tmp_path / "none.yaml", load_yaml)

    found = COLLECTOR.table(COLLECTOR.fetch(register))

    assert found.states["r",].reason is Reason.UNREACHABLE


def test_an_empty_register_is_a_complete_answer(table):
    found = table()

    assert found.rows == ()
    assert found.states["r",].reason is None
