"""Credentials from Airflow's connections: the id of a connection is the name that the scope uses.

An AWS connection gives the session (`aws_conn_id`), a Slack connection the token
(`slack_conn_id`), an SSH connection the private key. A name without a connection falls back to
the environment, as on the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zicha.model.errors import ConfigError
from zicha.sources.credentials import EnvironmentCredentials

WITHOUT_VALUE = "connection {name} has no {what}: correct it under Admin, Connections"


def connection_of(name: str) -> Any | None:
    """The connection of this name; None when there is none, or no name to look for."""
    if not name:
        return None
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(name)
    except AirflowNotFoundException:
        return None


async def connection_found(name: str) -> Any | None:
    """The same, where waiting for an answer must not hold up others: in the triggerer."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return await BaseHook.aget_connection(name)
    except AirflowNotFoundException:
        return None


class AirflowCredentials:
    """The port of `zicha.sources.credentials`, for tasks and pages."""

    def __init__(
        self,
        environ: Mapping[str, str],
        find: Callable[[str], Any | None] = connection_of,
    ) -> None:
        """Find connections with `find`; fall back to this environment."""
        self._environment = EnvironmentCredentials(environ)
        self._find = find

    def __repr__(self) -> str:
        return "AirflowCredentials()"

    def aws_session(self, name: str) -> Any:
        """A boto3 session of the AWS connection of this name."""
        if self._find(name) is None:
            return self._environment.aws_session(name)
        from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

        return AwsGenericHook(aws_conn_id=name, client_type="sts").get_session()

    def ssh_key(self, name: str) -> str:
        """The private key of the SSH connection of this name."""
        found = self._find(name)
        if found is None:
            return self._environment.ssh_key(name)
        key = found.extra_dejson.get("private_key") or found.password
        if not key:
            raise ConfigError(WITHOUT_VALUE.format(name=name, what="private_key"))
        return str(key)

    def secret(self, name: str) -> str:
        """The password of the connection of this name: a token, for Slack."""
        found = self._find(name)
        if found is None:
            return self._environment.secret(name)
        if not found.password:
            raise ConfigError(WITHOUT_VALUE.format(name=name, what="password"))
        return str(found.password)
