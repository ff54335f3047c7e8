"""A workplace whose evidence lies in a bucket: sealed, verified, expired, and looked after."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from fakes.ledgers import FIRST, a_day, place_in
from fakes.s3_server import refusal, s3_server
from zicha.custody.s3_store import S3Store
from zicha.custody.store import FolderStore, digest_of
from zicha.model.errors import ConfigError, StoreError
from zicha.pipeline.checks import doctor
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.inspections.bundling import bundle
from zicha.storage import evidence

LATER = FIRST + timedelta(days=60)


@pytest.fixture(scope="module")
def server():
    with s3_server() as make:
        yield make


@pytest.fixture
def bucket(server, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    return server()


def opened(bucket, folder, now=FIRST, **more):
    return place_in(
        folder,
        now,
        ZICHA_STORE=f"s3://{bucket.name}/zicha",
        ZICHA_STORE_REGION="cn-north-1",
        ZICHA_STORE_ENDPOINT=bucket.url,
        **more,
    )


def kinds(found):
    return sorted({fault["kind"] for fault in found["faults"]})


def test_a_day_is_sealed_in_the_bucket_and_verified_from_it(bucket, tmp_path):
    place = opened(bucket, tmp_path)
    a_day(place)

    assert isinstance(place.store, S3Store)
    found = verify(place)
    assert found["faults"] == []
    assert found["items"] >= 8
    assert len(bucket.names()) >= 8
    assert not (tmp_path / "evidence").exists()


def test_without_a_bucket_the_store_is_the_folder_as_before(tmp_path):
    assert isinstance(place_in(tmp_path).store, FolderStore)


def test_a_flipped_bit_in_the_bucket_is_named_altered_and_a_removed_object_missing(
    bucket, tmp_path
):
    place = opened(bucket, tmp_path)
    a_day(place)
    flipped, removed, *_ = [key for key in bucket.names() if "objects/" in key]
    body = bytearray(bucket.body(flipped))
    body[-1] ^= 1
    bucket.replace(flipped, bytes(body))
    bucket.direct.delete_object(Bucket=bucket.name, Key=removed)

    assert kinds(verify(place)) == ["altered", "missing"]


def test_what_a_destroyed_key_encrypted_is_expired_and_not_tampered(bucket, tmp_path):
    a_day(opened(bucket, tmp_path))
    place = opened(bucket, tmp_path, LATER)
    place.store.keys.destroy("2026-11", LATER, "logs: six months")

    found = verify(place)
    assert kinds(found) == ["expired"]
    assert all("expired by destroyed key" in fault["detail"] for fault in found["faults"])


def test_a_bucket_that_does_not_answer_is_an_error_and_not_missing_evidence(bucket, tmp_path):
    place = opened(bucket, tmp_path)
    a_day(place)
    bucket.before = lambda _: refusal(503, "SlowDown")

    with pytest.raises(StoreError, match="throttled"):
        verify(place)


def test_a_bucket_that_refuses_leaves_no_record_of_what_was_not_sealed(bucket, tmp_path):
    place = opened(bucket, tmp_path)
    bucket.before = lambda heard: refusal(403, "AccessDenied") if heard.method == "PUT" else None

    with pytest.raises(StoreError, match="grant s3:PutObject"):
        a_day(place)
    with place.database.read() as connection:
        assert evidence.of_run(connection, "2026-11-20-001") == []


def test_both_digests_stand_in_the_ledger(bucket, tmp_path):
    place = opened(bucket, tmp_path)
    sealed = place.store.put(b"evidence")

    assert sealed.held.sha256 == sealed.digest.removeprefix("sha256:")
    assert sealed.held.holds(b"evidence")
    assert len(sealed.held.sm3) == 64


def test_doctor_says_what_the_bucket_lacks(server, bucket, tmp_path):
    def said(place):
        return next(one for one in doctor(place)["checks"] if one["name"] == "store")

    assert said(opened(bucket, tmp_path, ZICHA_STORE_LOCK_DAYS="200"))["ok"]
    lacking = said(opened(server(lock=False, versions=False), tmp_path / "b"))
    assert not lacking["ok"]
    assert "put-bucket-versioning" in lacking["remedy"]


def test_a_wrong_setting_is_said_before_anything_is_made(tmp_path):
    with pytest.raises(ConfigError, match="ZICHA_STORE="):
        place_in(tmp_path / "data", ZICHA_STORE="/srv/evidence")
    assert not (tmp_path / "data").exists()


def test_the_evidence_of_two_organisations_is_never_mixed_in_a_bucket(bucket, tmp_path):
    place = opened(bucket, tmp_path)
    place.store.put(b"evidence")
    bucket.direct.delete_object(Bucket=bucket.name, Key="zicha/workplace.json")
    bucket.replace("zicha/workplace.json", b'{"demo":false,"organisation":"another"}')

    with pytest.raises(ConfigError, match="another workplace"):
        opened(bucket, tmp_path).store.put(b"more")
    assert opened(bucket, tmp_path).store.get(digest_of(b"evidence")) == b"evidence"


def test_doctor_says_that_the_keys_are_lost(bucket, tmp_path):
    place = opened(bucket, tmp_path, ZICHA_STORE_LOCK_DAYS="200")
    place.store.put(b"evidence")
    (tmp_path / "store-keys" / "wrapping.key").unlink()

    (said,) = [one for one in doctor(place)["checks"] if one["name"] == "store"]
    assert not said["ok"]
    assert "restore" in said["remedy"]


def test_a_bundle_holds_plaintext_and_is_verified_without_bucket_or_key(bucket, tmp_path):
    place = opened(bucket, tmp_path / "data")
    a_day(place)
    digests = list(place.store.digests())
    out = tmp_path / "bundle"
    bundle(place, system="billing", framework_id="mlps-l3", out=out)
    bucket.before = lambda _: refusal(403, "AccessDenied")

    held = {path.name for path in out.rglob("*") if path.is_file()}
    assert any(digest.removeprefix("sha256:") in name for digest in digests for name in held)
    assert not any(b"zicha-envelope" in p.read_bytes() for p in out.rglob("*") if p.is_file())
    ran = subprocess.run(
        ["sh", str(out / "verify.sh")], capture_output=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


class Meeting:
    """A store whose readers wait for one another, the first one aside; what it held is real."""

    reads_at_once = 3

    def __init__(self, store):
        self._store = store
        self._asked = count()
        self.met = threading.Barrier(3, timeout=10)

    def get(self, digest):
        if 0 < next(self._asked) <= 6:
            self.met.wait()
        return self._store.get(digest)

    def has(self, digest):
        return self._store.has(digest)


def test_verification_reads_several_objects_at_once_where_the_store_serves_them(tmp_path):
    place = place_in(tmp_path)
    a_day(place)

    found = verify(replace(place, store=Meeting(place.store)))

    assert found["faults"] == []
    assert found["items"] >= 8
