"""What `zicha doctor` says of the bucket."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes.s3_server import NOW, refusal, session
from zicha.custody.s3_bucket import shortfall
from zicha.custody.s3_settings import S3Settings
from zicha.custody.s3_wire import S3Wire
from zicha.custody.store import digest_of

DECEMBER = datetime(2026, 12, 2, tzinfo=UTC)
LATER = datetime(2027, 6, 1, tzinfo=UTC)
EVIDENCE = b"evidence" * 1000
NAME = digest_of(EVIDENCE)


def test_a_bucket_with_versions_and_lock_is_as_it_should_be(bucket):
    assert shortfall(bucket.wire(lock_days=200)) == ("", "")


@pytest.mark.parametrize(
    ("made", "said", "remedy"),
    [
        ({"lock": False, "versions": False}, "keeps no versions", "put-bucket-versioning"),
        ({"lock": False}, "no Object Lock", "put-object-lock-configuration"),
        ({}, "nothing says for how long", "ZICHA_STORE_LOCK_DAYS"),
    ],
)
def test_what_a_bucket_lacks_is_said_with_its_remedy(server, made, said, remedy):
    lacks, how = shortfall(server(**made).wire())

    assert said in lacks
    assert remedy in how


def test_a_default_retention_of_the_bucket_is_enough(bucket):
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 200}}
    bucket.direct.put_object_lock_configuration(
        Bucket=bucket.name,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
    )

    assert shortfall(bucket.wire()) == ("", "")


def test_a_bucket_that_may_not_be_looked_at_is_no_good_bucket(bucket):
    bucket.before = lambda heard: refusal(403, "AccessDenied") if "?" in heard.path else None

    lacks, _ = shortfall(bucket.wire(lock_days=200))
    assert "grant s3:GetBucketVersioning" in lacks


def test_a_bucket_that_is_not_there_is_named(bucket):
    lacks, _ = shortfall(bucket.wire(bucket="nobody-made-this"))
    assert "no bucket nobody-made-this" in lacks


def test_a_real_bucket_is_asked_over_tls_at_its_own_name():
    wire = S3Wire(S3Settings("evidence", "cn-north-1"), session)

    assert wire.client.meta.endpoint_url == "https://s3.cn-north-1.amazonaws.com.cn"
    assert NOW
