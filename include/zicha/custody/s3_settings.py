"""Where the object store is: a bucket that the environment names, else a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from zicha.model.errors import ConfigError

PREFIX = "ZICHA_STORE"
KNOWN = ("REGION", "CREDENTIAL", "ENDPOINT", "LOCK_DAYS", "LOCK_MODE", "ENCRYPTION")
BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9]|[.-](?![.-]))+[a-z0-9]")
LONGEST_BUCKET = 63
FOLDERS = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*/)*")
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
MODES = ("COMPLIANCE", "GOVERNANCE")
LONGEST_LOCK = 36_500
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class S3Settings:
    """A bucket as the store.

    Args:
        bucket: its name.
        prefix: what all names begin with; empty, or ends in a slash.
        region: where it is.
        credential: the name that the credentials port resolves; empty for the usual chain.
        endpoint: another address, for a store that speaks S3's language.
        lock_days: how long after its month an object cannot be deleted; 0 without Object Lock.
        lock_mode: COMPLIANCE binds everybody, GOVERNANCE all but those with a permission.
        encrypted: whether we encrypt before anything leaves this machine.
    """

    bucket: str
    region: str
    prefix: str = ""
    credential: str = ""
    endpoint: str = ""
    lock_days: int = 0
    lock_mode: str = MODES[0]
    encrypted: bool = True

    @property
    def url(self) -> str:
        """The store as the environment names it."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def s3_settings(environ: Mapping[str, str]) -> S3Settings | None:
    """The bucket that `ZICHA_STORE` names; None where the store is a folder.

    Raises:
        ConfigError: a variable is wrong, unknown, or stands alone.
    """
    said = {name: value for name, value in environ.items() if name.startswith(f"{PREFIX}_")}
    given = {name.removeprefix(f"{PREFIX}_"): value for name, value in said.items() if value}
    unknown = sorted(given.keys() - set(KNOWN))
    if unknown:
        raise ConfigError(
            f"{PREFIX}_{unknown[0]} is no setting: there is {', '.join(map(_variable, KNOWN))}"
        )
    address = environ.get(PREFIX, "")
    if not address:
        if given:
            raise ConfigError(
                f"{_variable(min(given))} is set and {PREFIX} is not: name the bucket as "
                f"{PREFIX}=s3://bucket/prefix, or unset it"
            )
        return None
    bucket, prefix = _address(address)
    mode = given.get("LOCK_MODE", MODES[0])
    days = _days(given.get("LOCK_DAYS", ""))
    if mode not in MODES:
        raise ConfigError(f"{_variable('LOCK_MODE')}={mode}: give one of {', '.join(MODES)}")
    if "LOCK_MODE" in given and not days:
        raise ConfigError(f"{_variable('LOCK_MODE')} needs {_variable('LOCK_DAYS')}: set both")
    return S3Settings(
        bucket,
        _region(given.get("REGION", "")),
        prefix,
        given.get("CREDENTIAL", ""),
        _endpoint(given.get("ENDPOINT", "")),
        days,
        mode,
        _is_encrypted(given.get("ENCRYPTION", "")),
    )


def _address(address: str) -> tuple[str, str]:
    scheme, _, rest = address.partition("://")
    bucket, _, path = rest.partition("/")
    prefix = f"{path.rstrip('/')}/" if path.rstrip("/") else ""
    right = scheme == "s3" and BUCKET.fullmatch(bucket) and len(bucket) <= LONGEST_BUCKET
    if not right or not FOLDERS.fullmatch(prefix):
        raise ConfigError(
            f"{PREFIX}={address} is no address of a bucket: write s3://bucket/prefix, the prefix "
            "of letters, digits, dots, dashes and slashes"
        )
    return bucket, prefix


def _region(region: str) -> str:
    if not REGION.fullmatch(region):
        raise ConfigError(
            f"{_variable('REGION')}={region} is no region: name the bucket's own, as cn-north-1"
        )
    return region


def _days(days: str) -> int:
    if not days:
        return 0
    if not days.isascii() or not days.isdigit() or not 0 < int(days) <= LONGEST_LOCK:
        raise ConfigError(
            f"{_variable('LOCK_DAYS')}={days}: give whole days from 1 to {LONGEST_LOCK}"
        )
    return int(days)


def _endpoint(endpoint: str) -> str:
    try:
        parts = urlsplit(endpoint)
        host, scheme = parts.hostname or "", parts.scheme
    except ValueError:
        host, scheme = "", "?"
    if endpoint and (not host or scheme not in {"https", "http"}):
        raise ConfigError(
            f"{_variable('ENDPOINT')}={endpoint}: write https://host or https://host:port"
        )
    if scheme == "http" and host not in LOOPBACK:
        raise ConfigError(f"{_variable('ENDPOINT')}={endpoint} is not encrypted: write https://…")
    return endpoint


def _is_encrypted(said: str) -> bool:
    if said not in {"", "envelope", "none"}:
        raise ConfigError(f"{_variable('ENCRYPTION')}={said}: give envelope or none")
    return said != "none"


def _variable(name: str) -> str:
    return f"{PREFIX}_{name}"
