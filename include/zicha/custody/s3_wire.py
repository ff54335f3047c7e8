"""The wire to the bucket: boto3's client, bounded attempts, and its errors as ours."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from zicha.custody.s3_settings import S3Settings
from zicha.model.errors import (
    ConfigError,
    MissingEvidenceError,
    StoreError,
    StoreUnavailableError,
    ZichaError,
)
from zicha.model.verdict import Reason
from zicha.sources.aws_words import action_of, translated

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

T = TypeVar("T")
ATTEMPTS = 4
CONNECT_SECONDS = 5
READ_SECONDS = 60
PAUSE = 0.1
HOW_TO = "see docs/how-to/evidence-in-s3.md"

TAKEN = {"PreconditionFailed", "412"}
ABSENT = {"NoSuchKey", "404", "MethodNotAllowed", "405"}
# Two writers at once, or bytes that changed on the way: the same call may well succeed.
AGAIN = {"ConditionalRequestConflict", "409", "BadDigest", "XAmzContentChecksumMismatch"}
ELSEWHERE = {
    "301",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
}
PERMISSIONS = {
    "list_objects_v2": "s3:ListBucket",
    "head_bucket": "s3:ListBucket",
    "put_object": "s3:PutObject",
    "list_object_versions": "s3:ListBucketVersions",
    "delete_object": "s3:DeleteObjectVersion, once the lock has ended",
}
LOCKED_PUT = "s3:PutObject and s3:PutObjectRetention"


class S3Wire:
    """One bucket, asked through one client per process."""

    def __init__(
        self,
        settings: S3Settings,
        session: Callable[[], Any],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is asked yet, and boto3 is not yet imported."""
        self.settings = settings
        self._session = session
        self._pause = pause
        self._clients: dict[int, Any] = {}

    @property
    def client(self) -> Any:
        """The boto3 client of this process: a forked child must not share its parent's sockets."""
        found = self._clients.get(os.getpid())
        if found is None:
            found = self._made()
            self._clients = {os.getpid(): found}
        return found

    def put(self, key: str, body: bytes, locked_until: datetime | None = None) -> bool:
        """Put the bytes unless something stands there; whether the bucket said it holds them.

        When it did not, what stands there must be read: an answer may get lost, and then the
        second attempt finds what the first one put; or a proxy may have answered in its place.
        """
        asked: dict[str, Any] = {
            "Key": key,
            "Body": body,
            "IfNoneMatch": "*",
            "ChecksumAlgorithm": "SHA256",
            "ChecksumSHA256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        }
        if locked_until:
            asked["ObjectLockMode"] = self.settings.lock_mode
            asked["ObjectLockRetainUntilDate"] = locked_until
        return self._attempted("put_object", lambda: self._put(asked))

    def get(self, key: str) -> bytes:
        """All bytes under this key.

        Raises:
            MissingEvidenceError: nothing stands there.
        """
        return self._attempted("get_object", lambda: self._get(key))

    def keys(self, prefix: str, page: int = 1000) -> Iterator[str]:
        """Every key that begins so, sorted; a page that does not come is an error, never an end."""
        start = ""
        while True:
            after = {"StartAfter": start} if start else {}
            said = self.ask("list_objects_v2", Prefix=prefix, MaxKeys=page, **after)
            if "IsTruncated" not in said:
                raise StoreError(
                    f"{self.settings.url}: the listing was answered by something else: look for a "
                    "proxy in between",
                    Reason.MALFORMED,
                )
            found = [str(one["Key"]) for one in said.get("Contents", [])]
            yield from found
            if not said.get("IsTruncated"):
                return
            if not found or found[-1] <= start:
                raise StoreError(
                    f"{self.settings.url}: the listing goes round: run again, then report it",
                    Reason.MALFORMED,
                )
            start = found[-1]

    def remove(self, key: str) -> int:
        """Delete every version under this key, delete markers too; how many there were.

        Raises:
            StoreError: the bucket refused, as it does while a version is locked.
        """
        said = self.ask("list_object_versions", Prefix=key)
        if said.get("IsTruncated"):
            raise StoreError(
                f"{self.settings.url} holds too many versions of {key}: remove them by hand",
                Reason.PARTIAL,
            )
        found = [*said.get("Versions", []), *said.get("DeleteMarkers", [])]
        own = [one for one in found if one["Key"] == key]
        for one in own:
            self.ask("delete_object", Key=key, VersionId=one["VersionId"])
        return len(own)

    def ask(self, call: str, **parameters: Any) -> Mapping[str, Any]:
        """Any other call about the bucket."""
        return self._attempted(call, lambda: self._call(call, parameters))

    def _put(self, asked: Mapping[str, Any]) -> bool:
        from botocore.exceptions import ClientError

        try:
            said = self._call("put_object", asked)
        except ClientError as error:
            if _code(error) in TAKEN:
                return False
            raise
        return bool(said.get("ChecksumSHA256") == asked["ChecksumSHA256"])

    def _get(self, key: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            body = self._call("get_object", {"Key": key})["Body"]
        except ClientError as error:
            if _code(error) in ABSENT:
                raise MissingEvidenceError(
                    f"nothing stands under {key} in {self.settings.url}"
                ) from error
            raise
        try:
            return bytes(body.read())
        except BotoCoreError as error:
            raise _BrokenOffError(type(error).__name__) from error
        finally:
            body.close()

    def _call(self, call: str, parameters: Mapping[str, Any]) -> Any:
        return getattr(self.client, call)(Bucket=self.settings.bucket, **parameters)

    def _attempted(self, call: str, act: Callable[[], T]) -> T:
        """Try again what botocore does not: a body that breaks off, two writers at once."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        attempt = 0
        while True:
            attempt += 1
            try:
                return act()
            except (ClientError, _BrokenOffError) as error:
                if attempt >= ATTEMPTS or (isinstance(error, ClientError) and _final(error)):
                    raise self._ours(error, call) from error
            except (BotoCoreError, ResponseParserError) as error:
                raise self._ours(error, call) from error
            self._pause(PAUSE * 2**attempt)

    def _ours(self, error: Exception, call: str) -> ZichaError:
        """Our own error for one of botocore's, with what to do."""
        from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004

        said = f"{self.settings.url} {call}"
        if isinstance(error, ClientError):
            return self._answered(error, call, said)
        kind = type(error).__name__
        if isinstance(error, HTTPClientError | ConnectionError | _BrokenOffError):
            return StoreUnavailableError(
                f"{said}: no whole answer in {ATTEMPTS} attempts ({kind}): check the network and "
                "the bucket's region, then run again",
                Reason.UNREACHABLE,
            )
        if "Credential" in kind or "Profile" in kind or "Token" in kind:
            return StoreError(
                f"{said}: no credential ({kind}): configure the one that ZICHA_STORE_CREDENTIAL "
                "names, or boto's usual chain",
                Reason.REFUSED,
            )
        return StoreError(f"{said} was not possible ({kind}): {HOW_TO}", Reason.MALFORMED)

    def _answered(self, error: ClientError, call: str, said: str) -> ZichaError:
        code = _code(error)
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code == "NoSuchBucket" or (call == "head_bucket" and code == "404"):
            return ConfigError(
                f"there is no bucket {self.settings.bucket}: correct ZICHA_STORE, or make it "
                f"({HOW_TO})"
            )
        if code in ELSEWHERE:
            return ConfigError(
                f"{said}: the bucket is in another region than {self.settings.region}: "
                "correct ZICHA_STORE_REGION"
            )
        if code == "InvalidRequest" and self.settings.lock_days and call == "put_object":
            return ConfigError(
                f"{said}: the bucket takes no retention: switch Object Lock on ({HOW_TO}), or "
                "unset ZICHA_STORE_LOCK_DAYS"
            )
        if code in {"NotImplemented", "501"}:
            return ConfigError(f"{said}: this store cannot do it: use one that can ({HOW_TO})")
        known = "AccessDenied" if code == "403" else code
        ours = translated(said, known, status, self._wanted(call))
        passing = ours.reason in {Reason.THROTTLED, Reason.UNREACHABLE}
        kind = StoreUnavailableError if passing else StoreError
        return kind(str(ours).replace("collect again", "run again"), ours.reason, ours.permission)

    def _wanted(self, call: str) -> str:
        if call == "put_object" and self.settings.lock_days:
            return LOCKED_PUT
        return PERMISSIONS.get(call, action_of("s3", call))

    def _made(self) -> Any:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        own = self.settings.endpoint
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            s3={"addressing_style": "path" if own else "auto"},
            # We give the checksum ourselves, and hash whatever comes back.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            user_agent_extra="zicha",
        )
        where = {"region_name": self.settings.region, "endpoint_url": own or None}
        try:
            return self._session().client("s3", config=config, **where)
        except BotoCoreError as error:
            raise self._ours(error, "session") from error


class _BrokenOffError(Exception):
    """An answer whose body ended before its announced length."""


def _final(error: ClientError) -> bool:
    return _code(error) not in AGAIN


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
