from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from zicha.custody.keys import NAME, installation_keys
from zicha.model.errors import ConfigError


def test_the_key_is_made_once_and_kept(tmp_path):
    assert installation_keys(tmp_path) == installation_keys(tmp_path)
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_whoever_comes_second_takes_the_first_ones_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(installation_keys, [tmp_path] * 16))

    assert all(one == keys[0] for one in keys)


def test_each_purpose_has_a_key_of_its_own(tmp_path):
    keys = installation_keys(tmp_path)

    assert keys.pseudonyms != keys.marks


def test_a_key_that_others_can_read_is_refused(tmp_path):
    installation_keys(tmp_path)
    (tmp_path / NAME).chmod(0o644)

    with pytest.raises(ConfigError, match="chmod 600"):
        installation_keys(tmp_path)


def test_a_damaged_key_is_refused(tmp_path):
    installation_keys(tmp_path)
    (tmp_path / NAME).write_bytes(b"short")

    with pytest.raises(ConfigError, match="restore it"):
        installation_keys(tmp_path)


def test_a_key_is_never_shown(tmp_path):
    keys = installation_keys(tmp_path, lambda size: b"k" * size)

    assert repr(keys) == "Keys()"
