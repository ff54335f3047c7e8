"""The object store in a bucket: conditional writes, Object Lock, encrypted before it leaves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from zicha.custody import envelope
from zicha.custody.entry import commitment
from zicha.custody.period_keys import PeriodKeys, period_of
from zicha.custody.s3_settings import S3Settings
from zicha.custody.s3_wire import S3Wire
from zicha.custody.store import DIGEST, Sealed, digest_of
from zicha.model.errors import (
    ConfigError,
    ExpiredEvidenceError,
    MissingEvidenceError,
    StoreError,
    TamperedEvidenceError,
)
from zicha.model.verdict import Reason

OBJECTS = "objects/sha256/"
OWNER = "workplace.json"
KEY = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})\.(\d{4}-\d{2})(\.aesgcm)?")
LARGEST = 5 * 2**30
"""What one conditional put can carry."""

REPAIR = (
    "keep the bucket as it is, restore the earlier version that the lock has kept, and find out "
    "who wrote there"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """One object of the bucket: whose bytes it holds, from which period, and how."""

    digest: str
    period: str
    encrypted: bool

    @property
    def name(self) -> str:
        """Its key, without the store's prefix."""
        said = self.digest.removeprefix("sha256:")
        return f"{OBJECTS}{said[:2]}/{said[2:]}.{self.period}{'.aesgcm' if self.encrypted else ''}"


class S3Store:
    """A store in a bucket. Each month holds its own copy, under its own key and lock.

    So a month can expire whole: nothing that a later month sealed again goes with it.
    """

    reads_at_once = 8

    def __init__(
        self,
        wire: S3Wire,
        keys: PeriodKeys,
        clock: Callable[[], datetime],
        owner: bytes = b"",
        *,
        random: Callable[[int], bytes] = os.urandom,
        page: int = 1000,
    ) -> None:
        """Use this bucket, as this owner; nothing is asked yet."""
        self.wire = wire
        self.keys = keys
        self._clock = clock
        self._owner = owner
        self._is_ours = not owner
        self._random = random
        self._page = page

    @property
    def settings(self) -> S3Settings:
        """Where it is, and how things are put there."""
        return self.wire.settings

    def put(self, data: bytes) -> Sealed:
        """Seal the bytes; the same bytes again in this month change nothing.

        Raises:
            StoreError: the bucket refused, throttled or did not answer; nothing was sealed.
            ConfigError: bucket, region, lock or key are not as they must be.
            TamperedEvidenceError: other bytes already stand under this name.
        """
        self._claim()
        held = commitment(data)
        copy = Copy(held.digest, period_of(self._clock()), self.settings.encrypted)
        body = data
        if copy.encrypted:
            body = envelope.seal(data, copy.digest, self.keys.current(copy.period), self._random)
        if len(body) > LARGEST:
            raise ConfigError(
                f"{len(body)} bytes are too many for one object: collect less at once"
            )
        if not self.wire.put(self._key(copy), body, self._locked_until(copy.period)):
            self._recheck(copy)
        return Sealed(held.digest, held.size, held.sm3)

    def get(self, digest: str) -> bytes:
        """The bytes of this digest, decrypted and hashed anew on every read.

        Raises:
            MissingEvidenceError: nothing stands under this name.
            ExpiredEvidenceError: every copy was encrypted under a key that has been destroyed.
            TamperedEvidenceError: the newest copy that can be decrypted is not what was sealed.
        """
        expired: ExpiredEvidenceError | None = None
        for copy in self._copies(digest):
            try:
                return self._open(copy)
            except ExpiredEvidenceError as error:
                expired = error
        raise expired or self._missing(digest)

    def has(self, digest: str) -> bool:
        """Whether bytes stand under this name; nothing is said of their soundness."""
        return bool(self._copies(digest))

    def remove(self, digest: str) -> bool:
        """Delete every month's copy for good, all versions of it; whether any was there.

        Only what the ledger says was deleted may be: without a tombstone it would be a fault.
        """
        return sum(self.wire.remove(self._key(copy)) for copy in self._copies(digest)) > 0

    def drop_spent_keys(self, at: datetime, because: str) -> list[str]:
        """Destroy the key of each past month whose last object has been deleted.

        What a provider, a replica or a backup of the bucket still holds of it is then unreadable.
        """
        held = {copy.period for copy in self.copies() if copy.encrypted}
        spent = [p for p in self.keys.periods() if p < period_of(at) and p not in held]
        for period in spent:
            self.keys.destroy(period, at, because)
        return spent

    def digests(self) -> Iterator[str]:
        """Every name in the store, sorted; an object of several months is named once."""
        for digest, _ in groupby(self.copies(), lambda copy: copy.digest):
            yield digest

    def copies(self) -> Iterator[Copy]:
        """Every object of the store, by digest and month."""
        yield from self._listed(OBJECTS)

    def only_in(self, period: str) -> Iterator[str]:
        """What expires with the key of a month: the names that no other month holds."""
        for digest, copies in groupby(self.copies(), lambda copy: copy.digest):
            if {copy.period for copy in copies} == {period}:
                yield digest

    def sweep(self) -> int:
        """Nothing to remove: a put shows its object whole or not at all."""
        return 0

    def _claim(self) -> None:
        """Keep invented and real data apart: what a bucket holds belongs to one, for good."""
        if self._is_ours:
            return
        key = f"{self.settings.prefix}{OWNER}"
        if not self.wire.put(key, self._owner) and self.wire.get(key) != self._owner:
            raise ConfigError(
                f"{self.settings.url} holds the evidence of another workplace (see {OWNER} there): "
                "they are never mixed, name another prefix in ZICHA_STORE"
            )
        self._is_ours = True

    def _recheck(self, copy: Copy) -> None:
        """Read what stands where the bucket did not say that it took our bytes."""
        try:
            self._open(copy)
        except MissingEvidenceError as error:
            raise StoreError(
                f"{self.settings.url} did not keep {copy.digest}: look for a proxy in between",
                Reason.MALFORMED,
            ) from error

    def _open(self, copy: Copy) -> bytes:
        try:
            data = self.wire.get(self._key(copy))
        except MissingEvidenceError as error:
            raise self._missing(copy.digest) from error
        try:
            if copy.encrypted:
                data = envelope.opened(data, copy.digest, copy.period, self.keys)
        except TamperedEvidenceError as error:
            raise TamperedEvidenceError(f"{error}: {REPAIR}") from error
        if digest_of(data) != copy.digest:
            raise TamperedEvidenceError(f"the bytes of {copy.digest} were altered: {REPAIR}")
        return data

    def _copies(self, digest: str) -> list[Copy]:
        """The newest first; the choice between two of one month is fixed."""
        if not DIGEST.fullmatch(digest):
            raise MissingEvidenceError(
                f"{digest!r} is no digest: expected sha256: and 64 hex digits"
            )
        said = digest.removeprefix("sha256:")
        found = self._listed(f"{OBJECTS}{said[:2]}/{said[2:]}.")
        return sorted(found, key=lambda copy: (copy.period, copy.encrypted), reverse=True)

    def _listed(self, start: str) -> Iterator[Copy]:
        prefix = self.settings.prefix
        for key in self.wire.keys(prefix + start, self._page):
            # Other names may stand there: never evidence, never ours to judge.
            found = KEY.fullmatch(key.removeprefix(prefix + OBJECTS))
            if found:
                yield Copy(f"sha256:{found[1]}{found[2]}", found[3], bool(found[4]))

    def _key(self, copy: Copy) -> str:
        return f"{self.settings.prefix}{copy.name}"

    def _locked_until(self, period: str) -> datetime | None:
        """From the end of the month on: whoever seals the same bytes later in it is served too."""
        if not self.settings.lock_days:
            return None
        year, month = map(int, period.split("-"))
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return end + timedelta(days=self.settings.lock_days)

    def _missing(self, digest: str) -> MissingEvidenceError:
        return MissingEvidenceError(
            f"nothing in {self.settings.url} has the digest {digest}: look for a delete marker "
            "above it, else restore it from a copy"
        )
