"""The store in a bucket, with everything that can go wrong between us and it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fakes.s3_server import Said, refusal
from zicha.custody.s3_wire import ATTEMPTS, S3Wire
from zicha.custody.store import digest_of
from zicha.model.errors import (
    ConfigError,
    StoreError,
    StoreUnavailableError,
    TamperedEvidenceError,
)
from zicha.model.verdict import Reason

DECEMBER = datetime(2026, 12, 2, tzinfo=UTC)
LATER = datetime(2027, 6, 1, tzinfo=UTC)
EVIDENCE = b"evidence" * 1000
NAME = digest_of(EVIDENCE)


def times(number, said):
    left = [said] * number
    return lambda _: left.pop() if left else None


@pytest.mark.parametrize("code", [(503, "SlowDown"), (500, "InternalError"), (503, "503")])
def test_a_storm_that_passes_is_waited_out(store, bucket, code):
    bucket.before = times(2, refusal(*code))
    store.put(EVIDENCE)
    bucket.before = times(2, refusal(*code))

    assert store.get(NAME) == EVIDENCE


@pytest.mark.parametrize(
    ("status", "code", "reason", "said"),
    [
        (503, "SlowDown", Reason.THROTTLED, "throttled"),
        (500, "InternalError", Reason.UNREACHABLE, "provider's side"),
        (403, "AccessDenied", Reason.REFUSED, "grant s3:PutObject"),
        (403, "ExpiredToken", Reason.REFUSED, "renew it"),
        (403, "RequestTimeTooSkewed", Reason.REFUSED, "check this clock"),
    ],
)
def test_a_refusal_is_bounded_and_says_what_to_do(bucket, tmp_path, status, code, reason, said):  # noqa: PLR0917
    store = bucket.store(tmp_path)
    bucket.before = lambda _: refusal(status, code)

    with pytest.raises(StoreError, match=said) as error:
        store.put(EVIDENCE)
    assert error.value.reason is reason
    assert isinstance(error.value, StoreUnavailableError) == (status >= 500)
    assert len(bucket.heard) <= ATTEMPTS
    assert bucket.names() == []


def test_a_reader_without_permission_hears_refused_and_never_missing(store, bucket):
    store.put(EVIDENCE)
    bucket.before = lambda heard: (
        refusal(403, "AccessDenied") if "list-type" not in heard.path else None
    )

    with pytest.raises(StoreError, match="grant s3:GetObject"):
        store.get(NAME)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (404, "NoSuchBucket", "correct ZICHA_STORE"),
        (400, "AuthorizationHeaderMalformed", "correct ZICHA_STORE_REGION"),
        (501, "NotImplemented", "cannot do it"),
    ],
)
def test_a_wrong_setting_is_one_sentence(store, bucket, status, code, said):
    bucket.before = lambda _: refusal(status, code)

    with pytest.raises(ConfigError, match=said):
        store.put(EVIDENCE)


def test_an_answer_that_breaks_off_is_asked_for_again(store, bucket):
    store.put(EVIDENCE)
    left = [20, 0]

    def cut(heard, said):
        if left and "list-type" not in heard.path:
            return replace(said, cut=left.pop())
        return said

    bucket.after = cut
    assert store.get(NAME) == EVIDENCE


def test_an_answer_that_always_breaks_off_is_unreachable_and_not_tampered(store, bucket):
    store.put(EVIDENCE)
    bucket.clear()
    bucket.after = lambda heard, said: said if "list-type" in heard.path else replace(said, cut=20)

    with pytest.raises(StoreError, match="no whole answer") as error:
        store.get(NAME)
    assert error.value.reason is Reason.UNREACHABLE
    assert sum("list-type" not in one for one in bucket.said()) == ATTEMPTS


def test_a_connection_reset_in_the_middle_of_a_body_is_survived(store, bucket):
    resets = [True, True]
    bucket.before = lambda _: (resets and resets.pop() and Said(0, [], b"", reset=True)) or None
    store.put(EVIDENCE)
    resets += [True, True]

    assert store.get(NAME) == EVIDENCE
    assert len(bucket.names()) == 1


def test_an_answer_to_a_put_that_gets_lost_leaves_one_object(store, bucket):
    lost = [True]
    bucket.after = lambda _, said: replace(said, reset=True) if lost and lost.pop() else said

    store.put(EVIDENCE)
    assert store.get(NAME) == EVIDENCE
    assert len(bucket.names()) == 1


def test_two_writers_who_meet_are_told_apart_by_another_attempt(store, bucket):
    bucket.before = times(2, refusal(409, "ConditionalRequestConflict"))
    store.put(EVIDENCE)

    assert store.get(NAME) == EVIDENCE


def test_bytes_that_change_on_the_way_in_are_never_taken(store, bucket):
    left = [1, 1]
    bucket.on_the_way = lambda heard: (
        replace(heard, body=heard.body[:-1] + b"?") if left and left.pop() else heard
    )
    store.put(EVIDENCE)

    assert len(bucket.heard) == 3
    assert store.get(NAME) == EVIDENCE


def test_a_web_page_in_place_of_an_object_is_never_evidence(store, bucket):
    store.put(EVIDENCE)
    page = Said(200, [("Content-Type", "text/html")], b"<html>sign in</html>")
    bucket.before = lambda heard: None if "list-type" in heard.path else page

    with pytest.raises(TamperedEvidenceError):
        store.get(NAME)


def test_a_web_page_in_answer_to_a_put_is_never_believed(store, bucket):
    page = Said(200, [("Content-Type", "text/html"), ("ETag", '"x"')], b"<html>sign in</html>")
    bucket.before = lambda heard: page if heard.method == "PUT" else None

    with pytest.raises(StoreError, match="look for a proxy"):
        store.put(EVIDENCE)


def test_a_web_page_in_place_of_a_listing_is_never_an_empty_store(store, bucket):
    store.put(EVIDENCE)
    bucket.before = lambda _: Said(200, [("Content-Type", "text/html")], b"<html>sign in</html>")

    with pytest.raises(StoreError):
        list(store.digests())
    with pytest.raises(StoreError):
        store.has(NAME)


def test_an_empty_body_in_place_of_a_listing_is_never_an_empty_store(store, bucket):
    bucket.before = lambda _: Said(200, [("Content-Type", "application/xml")], b"")

    with pytest.raises(StoreError):
        list(store.digests())


def test_nobody_there_is_unreachable(bucket, tmp_path):
    store = bucket.store(tmp_path, endpoint="http://127.0.0.1:9")

    with pytest.raises(StoreError, match="check the network") as error:
        store.put(EVIDENCE)
    assert error.value.reason is Reason.UNREACHABLE


def test_no_credential_is_a_sentence(bucket, monkeypatch, tmp_path):
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    wire = S3Wire(bucket.settings(), boto3.Session)

    with pytest.raises(StoreError, match="no credential"):
        wire.ask("head_bucket")
