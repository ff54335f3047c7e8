from __future__ import annotations

import pytest

from zicha.custody.envelope import MAGIC, opened, seal
from zicha.custody.period_keys import PeriodKeys
from zicha.custody.store import digest_of
from zicha.model.errors import TamperedEvidenceError

DATA = b"what the source said"
NAME = digest_of(DATA)


@pytest.fixture
def keys(tmp_path):
    return PeriodKeys(tmp_path)


@pytest.fixture
def body(keys):
    return seal(DATA, NAME, keys.current("2026-11"))


def test_what_is_in_an_envelope_comes_back_and_is_not_seen_from_outside(keys, body):
    assert opened(body, NAME, "2026-11", keys) == DATA
    assert DATA not in body
    assert body != seal(DATA, NAME, keys.current("2026-11"))


def test_the_header_says_key_and_nonce_to_whoever_holds_the_key(keys, body):
    header = body.split(b"\n")[1]

    assert body.startswith(MAGIC)
    assert keys.current("2026-11").id.encode() in header
    assert b'"nonce"' in header


def test_nothing_at_all_can_be_enclosed(keys):
    name = digest_of(b"")

    assert opened(seal(b"", name, keys.current("2026-11")), name, "2026-11", keys) == b""


def test_every_flipped_bit_of_the_envelope_is_noticed(keys, body):
    for position in range(len(body)):
        for bit in range(8):
            altered = bytearray(body)
            altered[position] ^= 1 << bit
            with pytest.raises(TamperedEvidenceError):
                opened(bytes(altered), NAME, "2026-11", keys)


def test_every_cut_of_the_envelope_is_noticed(keys, body):
    for length in range(len(body)):
        with pytest.raises(TamperedEvidenceError):
            opened(body[:length], NAME, "2026-11", keys)


def test_an_envelope_under_another_name_or_month_is_noticed(keys, body):
    keys.current("2026-10")

    with pytest.raises(TamperedEvidenceError):
        opened(body, digest_of(b"other"), "2026-11", keys)
    with pytest.raises(TamperedEvidenceError):
        opened(body, NAME, "2026-10", keys)


@pytest.mark.parametrize(
    "header",
    [b"", b"[]", b"null", b'{"alg": "none", "key": "2026-11/x", "nonce": ""}', b'"' * 40],
)
def test_a_header_that_is_none_is_damage_and_no_crash(keys, header):
    keys.current("2026-11")

    with pytest.raises(TamperedEvidenceError):
        opened(MAGIC + header + b"\n" + b"x" * 40, NAME, "2026-11", keys)
