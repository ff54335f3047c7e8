from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from zicha.custody.period_keys import LocalKeyEncryption, PeriodKeys, period_of
from zicha.model.errors import ConfigError, ExpiredEvidenceError, TamperedEvidenceError

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
WHY = "logs: six months"


@pytest.fixture
def keys(tmp_path):
    return PeriodKeys(tmp_path / "store-keys")


def test_a_period_is_a_month_in_utc():
    assert period_of(datetime.fromisoformat("2026-12-01T07:59:00+08:00")) == "2026-11"


def test_a_period_has_one_key_which_is_made_at_its_first_use(keys):
    first, other = keys.current("2026-11"), keys.current("2026-12")

    assert keys.current("2026-11") == first
    assert keys.of(first.id) == first.key != other.key
    assert keys.periods() == ["2026-11", "2026-12"]


def test_no_file_shows_a_key_or_can_be_read_by_others(keys):
    key = keys.current("2026-11").key
    files = [path for path in keys.folder.iterdir() if path.is_file()]

    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert not any(key in path.read_bytes() for path in files)


def test_a_key_is_not_shown_by_its_representation(keys):
    made = keys.current("2026-11")

    assert repr(made.key) not in repr(made)


def test_many_writers_of_a_new_month_agree_on_its_key(tmp_path):
    for folder in range(10):

        def key(_, folder=tmp_path / str(folder)):
            return PeriodKeys(folder).current("2026-11")

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(key, range(16)))) == 1


def test_a_destroyed_key_is_gone_and_says_so(keys):
    made = keys.current("2026-10")
    path = keys.folder / "2026-10.key"

    assert keys.destroy("2026-10", NOW, WHY) == made.id
    assert not path.exists()
    assert keys.periods() == []
    with pytest.raises(ExpiredEvidenceError, match=r"expired by destroyed key.*six months"):
        keys.of(made.id)
    with pytest.raises(ConfigError, match="was destroyed"):
        keys.current("2026-10")


def test_a_key_that_comes_back_from_a_copy_stays_destroyed(keys):
    made = keys.current("2026-10")
    path = keys.folder / "2026-10.key"
    kept = path.read_bytes()
    keys.destroy("2026-10", NOW, WHY)
    path.write_bytes(kept)
    path.chmod(0o600)

    with pytest.raises(ExpiredEvidenceError):
        keys.of(made.id)
    # Destroying again finishes what a kill or a careless restore left.
    assert keys.destroy("2026-10", NOW, "other words") == made.id
    assert not path.exists()
    with pytest.raises(ExpiredEvidenceError, match="six months"):
        keys.of(made.id)


@pytest.mark.parametrize("period", ["2026-11", "2026-12", "2026-13", "october", "../2026-10"])
def test_the_key_of_a_month_that_is_not_over_is_never_destroyed(keys, period):
    keys.current("2026-11")

    with pytest.raises(ConfigError, match="no past month"):
        keys.destroy(period, NOW, WHY)
    assert keys.periods() == ["2026-11"]


def test_a_lost_key_is_lost_and_not_expired(keys):
    made = keys.current("2026-10")
    (keys.folder / "2026-10.key").unlink()

    with pytest.raises(ConfigError, match=r"is lost.*restore it"):
        keys.of(made.id)
    with pytest.raises(ConfigError, match="is lost"):
        keys.destroy("2026-10", NOW, WHY)


def test_an_id_that_no_key_ever_had_is_tampering_even_after_the_key_was_destroyed(keys):
    keys.current("2026-10")
    for _ in range(2):
        with pytest.raises(TamperedEvidenceError):
            keys.of("2026-10/0000000000000000")
        keys.destroy("2026-10", NOW, WHY)
    with pytest.raises(TamperedEvidenceError):
        keys.of("../../etc/passwd")


def test_the_key_of_another_month_in_its_place_is_noticed(keys):
    keys.current("2026-10")
    made = keys.current("2026-11")
    folder = keys.folder
    (folder / "2026-11.key").write_bytes((folder / "2026-10.key").read_bytes())

    with pytest.raises(ConfigError, match="restore"):
        keys.of(made.id)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b'{"key": 1, "wrapped": "%", "period": 1}'])
def test_a_damaged_file_is_named(keys, damage):
    made = keys.current("2026-10")
    (keys.folder / "2026-10.key").write_bytes(damage)

    with pytest.raises(ConfigError, match="2026-10"):
        keys.of(made.id)


def test_a_lost_wrapping_key_is_never_replaced_silently(keys):
    made = keys.current("2026-10")
    (keys.folder / "wrapping.key").unlink()

    with pytest.raises(ConfigError, match="restore it"):
        keys.of(made.id)
    with pytest.raises(ConfigError, match="restore it"):
        keys.current("2026-11")


def test_another_wrapping_key_opens_nothing(keys, tmp_path):
    made = keys.current("2026-10")
    other = LocalKeyEncryption(tmp_path / "other" / "wrapping.key")
    other.wrap(b"x" * 32, "2026-10")

    with pytest.raises(ConfigError, match="restore"):
        PeriodKeys(keys.folder, other).of(made.id)


def test_a_key_that_others_can_read_is_refused(keys):
    made = keys.current("2026-10")
    (keys.folder / "2026-10.key").chmod(0o644)

    with pytest.raises(ConfigError, match="chmod 600"):
        keys.of(made.id)


class Service:
    """A key service: it keeps its key to itself."""

    id = "service/1"

    def wrap(self, key, context):
        return bytes(byte ^ 0x5A for byte in key) + context.encode()

    def unwrap(self, wrapped, context):
        if wrapped[32:] != context.encode():
            raise ConfigError("another context")
        return bytes(byte ^ 0x5A for byte in wrapped[:32])


def test_a_key_service_can_stand_in_for_the_file(tmp_path):
    keys = PeriodKeys(tmp_path, Service())
    made = keys.current("2026-10")

    assert PeriodKeys(tmp_path, Service()).of(made.id) == made.key
    assert b"service/1" in (tmp_path / "2026-10.key").read_bytes()
    assert not (tmp_path / "wrapping.key").exists()
