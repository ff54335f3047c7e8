"""Where evidence is asked for: accounts, hosts, servers, logs, registers, the public face."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from zicha.catalog.registers import RegisterId, registers
from zicha.catalog.scope_entities import Named
from zicha.catalog.scope_public import (
    Contact,
    MailDomain,
    NameResolver,
    Port,
    PublicAddress,
    PublicApp,
    TlsEndpoint,
    WebSite,
    Zone,
)
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


class PublicSource(_Source):
    """What the public sees of us: declared names and addresses, and nothing beside them."""

    kind: Literal["public"]
    contact: Contact
    looks_from: Literal["outside", "inside"]
    """Whether the machine that looks stands outside our own network."""
    egress_is_open: bool = False
    """Nothing on the way out of that machine drops connections: silence is the other side's."""
    resolver: NameResolver | None = None
    trusted_roots: str = ""
    """A PEM file of roots in place of this machine's own."""
    pause_seconds: Annotated[float, Field(ge=0.2, le=60)] = 0.5
    """Between two connections to the same host."""
    tls: tuple[TlsEndpoint, ...] = ()
    sites: tuple[WebSite, ...] = ()
    addresses: tuple[PublicAddress, ...] = ()
    also_ports: Annotated[tuple[Port, ...], Field(max_length=100)] = ()
    """Ports to ask of every address besides the declared ones and our own list."""
    mail_domains: tuple[MailDomain, ...] = ()
    zones: tuple[Zone, ...] = ()
    apps: tuple[PublicApp, ...] = ()

    @model_validator(mode="after")
    def _declares_each_once(self) -> PublicSource:
        found = {key: list(names) for key, names in self.names.items()}
        if not any(found.values()):
            raise ValueError("declares nothing: add tls, sites, addresses or another list")
        for key, names in found.items():
            if twice := next((name for name in names if names.count(name) > 1), ""):
                raise ValueError(f"{key} names {twice} twice: keep one")
        return self

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """What each list declares, by the name that its rows will have."""
        return {
            "tls": tuple(f"{each.name}:{each.port}" for each in self.tls),
            "sites": tuple(each.name for each in self.sites),
            "addresses": tuple(each.address for each in self.addresses),
            "mail_domains": tuple(each.name for each in self.mail_domains),
            "zones": tuple(each.name for each in self.zones),
            "apps": tuple(each.id for each in self.apps),
        }


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


class DropSource(_Source):
    """A register that others deliver as a file: into a folder, into S3, or behind a GET."""

    kind: Literal["drop"]
    holds: RegisterId
    """Which register it is: the name of a file of `include/catalog/registers`."""
    reach: Literal["folder", "s3", "http"]
    folder: str = ""
    file: str = ""
    """Relative to the folder; with `*`, the newest that fits. In S3, the key."""
    aws: str = ""
    """The AWS source through whose session a bucket is read."""
    bucket: str = ""
    url: str = ""
    credential: str = ""
    """The name of the bearer token."""
    ca_file: str = ""

    @model_validator(mode="after")
    def _says_how_it_is_reached(self) -> DropSource:
        if self.holds not in registers():
            known = ", ".join(registers())
            raise ValueError(f"holds {self.holds}, which is no register: there is {known}")
        needs = {"folder": ("folder", "file"), "s3": ("aws", "bucket", "file"), "http": ("url",)}
        if missing := [key for key in needs[self.reach] if not getattr(self, key)]:
            raise ValueError(f"reach {self.reach} needs {' and '.join(missing)}: add it")
        if self.reach == "folder" and (self.file.startswith("/") or ".." in self.file.split("/")):
            raise ValueError("file leads out of the folder: name it relative to the folder")
        if self.url:
            _check_url(self.url)
        return self


class DirectorySource(_Source):
    """A directory of accounts over LDAP; encrypted, but for a test on this machine."""

    kind: Literal["directory"]
    address: Named
    port: Annotated[int, Field(ge=1, le=65535)] = 389
    tls: Literal["starttls", "ldaps", "none-on-loopback"] = "starttls"
    base: Named
    """The entry under which the accounts stand."""
    user: str = ""
    """The entry that asks; empty: anonymously."""
    credential: str = ""
    ca_file: str = ""
    account_filter: str = (
        "(|(objectClass=posixAccount)(objectClass=inetOrgPerson)"
        "(&(objectClass=user)(!(objectClass=computer))))"
    )
    privileged_groups: tuple[Named, ...] = ()
    """Groups whose members are administrators, by their common name or their entry."""

    @model_validator(mode="after")
    def _is_safe(self) -> DirectorySource:
        if self.tls == "none-on-loopback" and not _is_loopback(self.address):
            raise ValueError("tls none-on-loopback is for this machine only: use starttls or ldaps")
        if bool(self.user) != bool(self.credential):
            raise ValueError("user and credential belong together: give both or neither")
        return self


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ValueError("url holds a name or a password: use credential instead")
    if parts.scheme != "https" and not (
        parts.scheme == "http" and _is_loopback(parts.hostname or "")
    ):
        raise ValueError("url must begin with https://, so that the token stays secret")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


OneSource = (
    AwsSource
    | LinuxSource
    | CloudTrailSource
    | RegisterSource
    | PostgresqlSource
    | MysqlSource
    | DropSource
    | DirectorySource
    | PublicSource
)
Source = Annotated[OneSource, Field(discriminator="kind")]


_ALONE = {
    "linux": "host",
    "register": "register",
    "postgresql": "server",
    "mysql": "server",
    "directory": "directory",
    "public": "face",
}


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
    if isinstance(source, DropSource):
        # Under its register's name too: a table of one register has no place in a drop of another.
        return [{"drop": source.id, source.holds: source.id}]
    return [{_ALONE[source.kind]: source.id}]
