"""The store in a bucket, over real HTTP: what is sealed, encrypted, locked, listed, removed."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from fakes.s3_server import refusal
from zicha.custody.store import digest_of
from zicha.model.errors import (
    ConfigError,
    ExpiredEvidenceError,
    MissingEvidenceError,
    StoreError,
    TamperedEvidenceError,
)

DECEMBER = datetime(2026, 12, 2, tzinfo=UTC)
LATER = datetime(2027, 6, 1, tzinfo=UTC)
EVIDENCE = b"evidence" * 1000
NAME = digest_of(EVIDENCE)


def test_what_is_put_comes_back_under_its_digest(store, bucket):
    sealed = store.put(EVIDENCE)

    assert sealed.digest == NAME
    assert sealed.size == len(EVIDENCE)
    assert sealed.sm3 == hashlib.new("sm3", EVIDENCE).hexdigest()
    assert store.get(NAME) == EVIDENCE
    assert store.has(NAME)
    (key,) = bucket.names()
    assert key.startswith(f"zicha/objects/sha256/{NAME[7:9]}/{NAME[9:]}.2026-11")


def test_what_is_removed_is_gone_in_every_version_and_removing_it_again_is_nothing(store, bucket):
    store.put(EVIDENCE)

    assert store.remove(NAME)
    assert not store.remove(NAME)

    assert not store.has(NAME)
    assert bucket.names() == []


def test_the_key_of_a_month_goes_with_its_last_object_and_not_before(bucket, tmp_path):
    november, december = bucket.store(tmp_path), bucket.store(tmp_path, DECEMBER)
    november.put(EVIDENCE)
    november.put(b"other")
    december.remove(NAME)

    assert december.drop_spent_keys(DECEMBER, "one is left") == []

    december.remove(digest_of(b"other"))

    assert december.drop_spent_keys(DECEMBER, "expired") == ["2026-11"]
    assert december.drop_spent_keys(DECEMBER, "again") == []
    with pytest.raises(ConfigError):
        november.keys.current("2026-11")


def test_an_encrypted_object_shows_nothing_of_its_bytes(bucket, tmp_path):
    bucket.store(tmp_path).put(EVIDENCE)

    assert b"evidence" not in bucket.body(bucket.names()[0])


def test_nothing_at_all_can_be_sealed_too(store):
    assert store.get(store.put(b"").digest) == b""


def test_the_same_bytes_again_change_nothing(store, bucket):
    first = store.put(EVIDENCE)
    before = bucket.body(bucket.names()[0])

    assert store.put(EVIDENCE) == first
    assert len(bucket.names()) == 1
    assert bucket.body(bucket.names()[0]) == before
    versions = bucket.direct.list_object_versions(Bucket=bucket.name)["Versions"]
    assert len(versions) == 1


def test_every_put_is_conditional_and_carries_its_checksum(store, bucket):
    asked = []
    store.wire.client.meta.events.register(
        "before-send.s3.PutObject", lambda request, **_: asked.append(dict(request.headers))
    )
    store.put(EVIDENCE)

    (headers,) = asked
    said = {name.lower(): value for name, value in headers.items()}
    assert said["if-none-match"] in {b"*", "*"}
    assert said["x-amz-checksum-sha256"]


def test_other_bytes_under_a_name_are_noticed_by_writer_and_reader(store, bucket):
    store.put(EVIDENCE)
    body = bytearray(bucket.body(bucket.names()[0]))
    for position in (0, 20, len(body) // 2, len(body) - 1):
        altered = bytearray(body)
        altered[position] ^= 1
        bucket.replace(bucket.names()[0], bytes(altered))

        with pytest.raises(TamperedEvidenceError, match=NAME):
            store.get(NAME)
        with pytest.raises(TamperedEvidenceError, match="earlier version"):
            store.put(EVIDENCE)


def test_a_missing_object_is_said_to_be_missing(store):
    with pytest.raises(MissingEvidenceError, match="delete marker"):
        store.get(digest_of(b"never put"))
    assert not store.has(digest_of(b"never put"))


@pytest.mark.parametrize("name", ["sha256:../../etc/passwd", "", "sha256:ABC", "md5:" + "0" * 64])
def test_what_is_no_digest_never_becomes_a_key(store, bucket, name):
    with pytest.raises(MissingEvidenceError, match="no digest"):
        store.get(name)
    assert bucket.heard == []


def test_many_writers_of_the_same_bytes_agree(store, bucket):
    with ThreadPoolExecutor(8) as pool:
        sealed = set(pool.map(store.put, [EVIDENCE] * 16))

    assert len(sealed) == 1
    assert len(bucket.names()) == 1
    assert store.get(NAME) == EVIDENCE


def test_a_listing_goes_over_all_pages_and_passes_over_what_is_not_ours(bucket, tmp_path):
    store = bucket.store(tmp_path, page=3)
    wanted = sorted(store.put(f"n{n}".encode()).digest for n in range(10))
    bucket.replace("zicha/objects/sha256/ab/strange", b"x")
    bucket.replace(
        "other/objects/sha256/" + wanted[0][7:9] + "/" + wanted[0][9:] + ".2026-11", b"x"
    )
    bucket.clear()

    assert list(store.digests()) == wanted
    assert len(bucket.heard) == 4


def test_two_stores_in_one_bucket_do_not_see_each_other(bucket, tmp_path):
    one = bucket.store(tmp_path / "a")
    other = bucket.store(tmp_path / "b", prefix="zicha/b/")
    one.put(b"one")
    other.put(b"other")

    assert list(one.digests()) == [digest_of(b"one")]
    assert list(other.digests()) == [digest_of(b"other")]


def test_a_page_that_does_not_come_is_an_error_and_never_an_end(bucket, tmp_path):
    store = bucket.store(tmp_path, page=3)
    for n in range(5):
        store.put(f"n{n}".encode())
    bucket.clear()
    bucket.before = lambda heard: refusal(403, "AccessDenied") if len(bucket.heard) > 1 else None

    with pytest.raises(StoreError, match="grant s3:ListBucket"):
        list(store.digests())


def test_a_listing_that_goes_round_ends_with_an_error(bucket, tmp_path):
    store = bucket.store(tmp_path, page=3)
    for n in range(5):
        store.put(f"n{n}".encode())
    first = []
    bucket.after = lambda _, said: first.append(said) or first[0]

    with pytest.raises(StoreError, match="goes round"):
        list(store.digests())


def test_each_month_has_its_own_copy_under_its_own_key(bucket, tmp_path):
    november, december = bucket.store(tmp_path), bucket.store(tmp_path, DECEMBER)
    november.put(EVIDENCE)
    only = november.put(b"only in november").digest
    december.put(EVIDENCE)

    assert len(bucket.names()) == 3
    assert list(december.digests()) == sorted([NAME, only])
    assert list(december.only_in("2026-11")) == [only]


def test_what_a_later_month_sealed_again_outlives_the_key_of_the_first(bucket, tmp_path):
    bucket.store(tmp_path).put(EVIDENCE)
    store = bucket.store(tmp_path, DECEMBER)
    store.put(EVIDENCE)

    store.keys.destroy("2026-11", LATER, "logs: six months")

    assert store.get(NAME) == EVIDENCE


def test_what_was_encrypted_under_a_destroyed_key_is_expired_and_not_tampered(bucket, tmp_path):
    store = bucket.store(tmp_path)
    store.put(EVIDENCE)
    store.keys.destroy("2026-11", LATER, "logs: six months")

    with pytest.raises(ExpiredEvidenceError, match="expired by destroyed key"):
        store.get(NAME)
    assert store.has(NAME)
    assert bucket.store(tmp_path, LATER).put(EVIDENCE).digest == NAME
    assert store.get(NAME) == EVIDENCE


def test_another_key_in_the_place_of_the_right_one_is_our_fault_and_not_tampering(bucket, tmp_path):
    bucket.store(tmp_path / "a").put(EVIDENCE)
    other = bucket.store(tmp_path / "b")
    with pytest.raises(ConfigError, match="restore it from a copy"):
        other.get(NAME)
    other.keys.current("2026-11")
    with pytest.raises(TamperedEvidenceError, match="was ever in use"):
        other.get(NAME)


def test_plain_and_encrypted_objects_are_read_by_the_same_store(bucket, tmp_path):
    plain = bucket.store(tmp_path, encrypted=False)
    plain.put(b"plain")
    store = bucket.store(tmp_path)
    store.put(b"encrypted")

    assert plain.get(digest_of(b"encrypted")) == b"encrypted"
    assert store.get(digest_of(b"plain")) == b"plain"


def test_a_locked_object_is_kept_from_the_end_of_its_month_on(bucket, tmp_path):
    bucket.store(tmp_path, lock_days=200).put(EVIDENCE)
    (key,) = bucket.names()
    head = bucket.direct.head_object(Bucket=bucket.name, Key=key)

    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert head["ObjectLockRetainUntilDate"].isoformat().startswith("2027-06-19T00:00:00")


def test_a_lock_is_asked_for_in_the_mode_that_was_set(bucket, tmp_path):
    bucket.store(
        tmp_path, datetime(2026, 12, 31, tzinfo=UTC), lock_days=1, lock_mode="GOVERNANCE"
    ).put(b"x")
    head = bucket.direct.head_object(Bucket=bucket.name, Key=bucket.names()[0])

    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert head["ObjectLockRetainUntilDate"].isoformat().startswith("2027-01-02T")


def test_a_locked_version_cannot_be_removed_and_a_marker_above_it_is_named(bucket, tmp_path):
    # The server holds the lock by its own clock.
    store = bucket.store(tmp_path, datetime.now(UTC), lock_days=200)
    store.put(EVIDENCE)
    (key,) = bucket.names()
    (version,) = bucket.direct.list_object_versions(Bucket=bucket.name)["Versions"]
    with pytest.raises(bucket.direct.exceptions.ClientError, match="AccessDenied"):
        bucket.direct.delete_object(Bucket=bucket.name, Key=key, VersionId=version["VersionId"])
    bucket.direct.delete_object(Bucket=bucket.name, Key=key)

    with pytest.raises(MissingEvidenceError, match="delete marker"):
        store.get(NAME)
    store.put(EVIDENCE)
    assert store.get(NAME) == EVIDENCE


def test_a_retention_that_the_bucket_cannot_give_is_a_sentence(server, tmp_path):
    with pytest.raises(ConfigError, match="switch Object Lock on"):
        server(lock=False).store(tmp_path, lock_days=3).put(b"x")
