from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zicha.custody.entry import (
    LARGEST,
    Entry,
    Kind,
    commitment,
    entry_of,
    has_sm3,
    row_commitment,
    sm3,
)
from zicha.model.errors import ConfigError, TamperedEvidenceError

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ONE = Entry(Kind.EVIDENCE, NOON, "00" * 16, {"run": "r"}, (commitment(b"bytes", "pack"),))

# GB/T 32905, annex A.1: the digest of "abc".
ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_an_entry_comes_back_as_it_was():
    assert entry_of(ONE.to_bytes()) == ONE


def test_the_same_entry_gives_the_same_bytes():
    assert ONE.to_bytes() == Entry(**{n: getattr(ONE, n) for n in ONE.__slots__}).to_bytes()


@given(st.integers(0, len(ONE.to_bytes()) - 1), st.integers(0, 7))
def test_a_flipped_bit_gives_another_entry_or_none(at, bit):
    data = bytearray(ONE.to_bytes())
    data[at] ^= 1 << bit

    try:
        found = entry_of(bytes(data))
    except (TamperedEvidenceError, ConfigError):
        found = None

    assert found != ONE


def test_bytes_in_another_form_are_refused():
    with pytest.raises(TamperedEvidenceError, match="canonical"):
        entry_of(ONE.to_bytes().replace(b'{"about"', b'{ "about"'))


def test_an_entry_with_another_field_is_refused():
    with pytest.raises(TamperedEvidenceError, match="canonical"):
        entry_of(ONE.to_bytes().replace(b'"v":1', b'"v":1,"w":1'))


def test_an_entry_may_speak_chinese():
    one = Entry(Kind.HOLD, NOON, "00", {"案件": "第一号", "z": [1, True, None]})

    assert entry_of(one.to_bytes()) == one


def test_an_entry_that_tiles_cannot_hold_is_refused():
    with pytest.raises(ConfigError, match="commit to an object"):
        Entry(Kind.GAP, NOON, "00", {"said": "x" * LARGEST}).to_bytes()


def test_a_person_is_named_by_an_erasable_id_only():
    with pytest.raises(ConfigError, match="erasable"):
        Entry(Kind.WAIVER, NOON, "00", by="li.lei@example.cn").to_bytes()
    assert Entry(Kind.WAIVER, NOON, "00", by="p-0123456789abcdef").to_bytes()


@pytest.mark.skipif(not has_sm3(), reason="this OpenSSL offers no SM3")
def test_sm3_is_the_one_of_the_standard():
    assert sm3(b"abc") == ABC


def test_a_machine_without_sm3_marks_its_absence(monkeypatch):
    def absent(name, data=b""):
        raise ValueError(name)

    full = commitment(b"bytes")
    monkeypatch.setattr("hashlib.new", absent)
    found = commitment(b"bytes")

    assert (found.sha256, found.sm3) == (full.sha256, "")
    assert full.holds(b"bytes")
    assert found.holds(b"bytes")


def test_either_digest_betrays_other_bytes():
    one = commitment(b"bytes")

    assert not one.holds(b"other")
    if one.sm3:
        other = type(one)(one.name, one.sha256, sm3(b"other"), one.size)
        assert not other.holds(b"bytes")


def test_the_same_row_has_other_digests_under_another_salt():
    assert row_commitment({"a": 1}, "00") != row_commitment({"a": 1}, "01")


def test_an_entry_whose_digest_is_none_is_refused():
    damaged = ONE.to_bytes().replace(ONE.commits[0].sha256.encode(), b"z" * 64)

    with pytest.raises(TamperedEvidenceError, match="no digest"):
        entry_of(damaged)
