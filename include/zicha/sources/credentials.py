"""Credentials by name: the scope names one, this port resolves it, nothing shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from zicha.model.errors import ConfigError

PREFIX = "ZICHA_CREDENTIAL_"


class Credentials(Protocol):
    """What resolves the names of credentials: the environment, or Airflow's connections."""

    def aws_session(self, name: str) -> Any:
        """A boto3 session for this credential; the account behind it is checked by its user."""

    def ssh_key(self, name: str) -> str:
        """A private key in PEM form."""

    def secret(self, name: str) -> str:
        """A token or a password."""


class EnvironmentCredentials:
    """For the command line: boto's own profiles and chain, and variables of the environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Read from this environment."""
        self._environ = environ

    def __repr__(self) -> str:
        return "EnvironmentCredentials()"

    def aws_session(self, name: str) -> Any:
        """The profile of this name if boto knows one, else boto's default chain."""
        import boto3

        known = boto3.Session().available_profiles
        return boto3.Session(profile_name=name if name in known else None)

    def ssh_key(self, name: str) -> str:
        """The private key from the variable of this name, or from the file that it names."""
        key = self.secret(name) + "\n"
        if "PRIVATE KEY-----" not in key:
            raise ConfigError(
                f"credential {name} is no private key: set {variable(name)}_FILE to the path of one"
            )
        return key

    def secret(self, name: str) -> str:
        """The value of the variable of this name, or of the file that `…_FILE` names."""
        said = self._environ.get(variable(name), "")
        path = self._environ.get(f"{variable(name)}_FILE", "")
        if path:
            # An editor's last line break is no part of a password.
            return _read(Path(path).expanduser(), name).rstrip("\r\n")
        if not said:
            raise ConfigError(
                f"credential {name} is not set: put it into {variable(name)}, "
                f"or the path of its file into {variable(name)}_FILE"
            )
        return said


def variable(name: str) -> str:
    """The variable that holds the credential of this name."""
    return PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


def _read(path: Path, name: str) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"credential {name}: others can read its file: chmod 600 {path}")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"credential {name}: cannot read {path} ({type(error).__name__}): "
            f"correct {variable(name)}_FILE"
        ) from error
