"""Where evidence is asked for: accounts, hosts, folders of logs, registers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.scope_entities import Named
from zicha.catalog.shapes import Said, Slug, Strict

AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]


class _Source(Strict):
    id: Slug
    name: Said
    recorded: bool = False
    """What it says was recorded earlier: nothing is asked today."""


class AwsSource(_Source):
    """One AWS account; the credential is a name that a port of ours resolves."""

    kind: Literal["aws"]
    account: AccountId
    partition: Literal["aws", "aws-cn", "aws-us-gov"] = "aws"
    regions: tuple[Region, ...] = Field(min_length=1)
    credential: str = ""
    role_arn: str = ""
    external_id: str = ""

    @model_validator(mode="after")
    def _holds_together(self) -> AwsSource:
        if self.role_arn and not self.role_arn.startswith(f"arn:{self.partition}:iam::"):
            raise ValueError(f"role_arn does not begin with arn:{self.partition}:iam:: correct it")
        if self.external_id and not self.role_arn:
            raise ValueError("external_id is given without a role_arn: add the role")
        for region in self.regions:
            if region.startswith("cn-") != (self.partition == "aws-cn"):
                raise ValueError(f"{region} does not lie in the partition {self.partition}")
        return self


class LinuxSource(_Source):
    """One Linux host: this machine, another one over SSH, or what one said earlier."""

    kind: Literal["linux"]
    reach: Literal["local", "ssh", "recorded"]
    groups: tuple[Slug, ...] = ()
    """Host groups, by which a selector may name it."""
    file: str = ""
    address: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    user: str = ""
    credential: str = ""
    known_hosts: str = ""
    sudo: bool = False
    """Whether `sudo -n` may be tried after a refusal, for the rules that the account has."""

    @model_validator(mode="after")
    def _says_how_it_is_reached(self) -> LinuxSource:
        needs = {"ssh": ("address", "user", "known_hosts"), "recorded": ("file",), "local": ()}
        missing = [key for key in needs[self.reach] if not getattr(self, key)]
        if missing:
            raise ValueError(f"reach {self.reach} needs {' and '.join(missing)}: add it")
        if (self.reach == "recorded") != self.recorded:
            raise ValueError("recorded must be true where reach is recorded, and only there")
        return self


class CloudTrailSource(_Source):
    """A folder of CloudTrail files as AWS delivers them, with what it is expected to cover."""

    kind: Literal["cloudtrail"]
    folder: Named
    accounts: tuple[AccountId, ...] = Field(min_length=1)
    regions: tuple[Region, ...] = Field(min_length=1)


class RegisterSource(_Source):
    """A register of attestations: one YAML file, with the documents beside it."""

    kind: Literal["register"]
    file: Named


class _DatabaseSource(_Source):
    """One database server, or what one said earlier; the credential is its user's password."""

    address: str = ""
    database: str = ""
    user: str = ""
    credential: str = ""
    tls: Literal["required", "none"] = "required"
    """`none` only says how we connect; the server's own settings are judged all the same."""
    ca_file: str = ""
    """The CA of the server's certificate, beside this file; empty: those the system trusts."""
    file: str = ""

    @model_validator(mode="after")
    def _says_how_it_is_reached(self) -> Self:
        if self.recorded != bool(self.file):
            raise ValueError("recorded must be true where there is a file, and only there")
        missing = [key for key in ("address", "user", "credential") if not getattr(self, key)]
        if missing and not self.file:
            raise ValueError(f"a live server needs {' and '.join(missing)}: add it")
        if self.ca_file and self.tls == "none":
            raise ValueError("ca_file is given and tls is none: take one away")
        return self


class PostgresqlSource(_DatabaseSource):
    """One PostgreSQL server; `database` is where our own view lives and what is asked first."""

    kind: Literal["postgresql"]
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    database: str = "postgres"


class MysqlSource(_DatabaseSource):
    """One MySQL or MariaDB server."""

    kind: Literal["mysql"]
    port: Annotated[int, Field(ge=1, le=65535)] = 3306


Source = Annotated[
    AwsSource | LinuxSource | CloudTrailSource | RegisterSource | PostgresqlSource | MysqlSource,
    Field(discriminator="kind"),
]


_ALONE = {"linux": "host", "register": "register", "postgresql": "server", "mysql": "server"}


def places_of(source: Source) -> list[dict[str, str]]:
    """Every place of one source with all it can be named by."""
    if isinstance(source, AwsSource):
        return [{"account": source.account, "region": region} for region in source.regions]
    if isinstance(source, CloudTrailSource):
        return [
            {"account": account, "region": region}
            for account in source.accounts
            for region in source.regions
        ]
    return [{_ALONE[source.kind]: source.id}]
