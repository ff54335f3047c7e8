"""What `init` of the compose file does to our own database."""

from __future__ import annotations

import pytest

from zicha.model.errors import ConfigError
from zicha.pipeline.database_made import make_database
from zicha.storage.database import sqlite_url
from zicha.storage.schema import HEAD


def test_a_new_database_is_brought_to_this_version_and_then_left_alone(tmp_path):
    environ = {"ZICHA_DATABASE_URL": sqlite_url(tmp_path / "zicha.sqlite")}

    assert make_database(environ).endswith(f"brought to {HEAD}")
    assert make_database(environ).endswith(f"stands at {HEAD}")


def test_without_an_address_it_says_which_variable_is_missing():
    with pytest.raises(ConfigError, match="ZICHA_DATABASE_URL is not set"):
        make_database({})


def test_a_password_is_never_said(tmp_path):
    with pytest.raises(ConfigError) as error:
        make_database({"ZICHA_DATABASE_URL": "postgresql://zicha:hunter2@127.0.0.1:1/zicha"})

    assert "hunter2" not in str(error.value)
