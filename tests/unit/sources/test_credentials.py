from __future__ import annotations

import pytest

from zicha.model.errors import ConfigError
from zicha.sources.credentials import EnvironmentCredentials, variable

PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----"


def test_a_secret_comes_from_the_variable_of_its_name():
    found = EnvironmentCredentials({"ZICHA_CREDENTIAL_SLACK_BOT": "xoxb"})

    assert variable("slack-bot") == "ZICHA_CREDENTIAL_SLACK_BOT"
    assert found.secret("slack-bot") == "xoxb"


def test_a_missing_secret_says_which_variable_to_set():
    with pytest.raises(ConfigError, match="ZICHA_CREDENTIAL_DB_SSH_FILE"):
        EnvironmentCredentials({}).ssh_key("db-ssh")


def test_a_key_comes_from_a_file_that_only_its_owner_can_read(tmp_path):
    path = tmp_path / "key"
    path.write_text(PEM + "\n", encoding="utf-8")
    found = EnvironmentCredentials({"ZICHA_CREDENTIAL_DB_SSH_FILE": str(path)})

    path.chmod(0o600)
    assert found.ssh_key("db-ssh") == PEM + "\n"
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        found.ssh_key("db-ssh")


def test_a_file_that_is_not_there_is_named(tmp_path):
    found = EnvironmentCredentials({"ZICHA_CREDENTIAL_X_FILE": str(tmp_path / "none")})

    with pytest.raises(ConfigError, match=r"none.*ZICHA_CREDENTIAL_X_FILE"):
        found.secret("x")


def test_what_is_no_key_is_refused_without_showing_it():
    with pytest.raises(ConfigError) as caught:
        EnvironmentCredentials({"ZICHA_CREDENTIAL_X": "hunter2"}).ssh_key("x")

    assert "hunter2" not in str(caught.value)


def test_nothing_secret_is_shown():
    found = EnvironmentCredentials({"ZICHA_CREDENTIAL_X": "hunter2"})

    assert "hunter2" not in repr(found) + str(vars(found).keys())


def test_a_profile_of_the_credentials_name_is_used_and_else_the_default_chain(
    tmp_path, monkeypatch
):
    config = tmp_path / "config"
    config.write_text("[profile prod-audit]\nregion = cn-north-1\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    found = EnvironmentCredentials({})

    assert found.aws_session("prod-audit").profile_name == "prod-audit"
    assert found.aws_session("another").profile_name == "default"
