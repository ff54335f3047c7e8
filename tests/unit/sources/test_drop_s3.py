"""Drops in a bucket, through the session of an AWS source."""

from __future__ import annotations

import pytest
from demo.aws_account import serving

from fakes.drops import LEAVERS
from zicha.model.errors import SourceError
from zicha.model.verdict import Reason
from zicha.sources.aws import AwsAccount
from zicha.sources.aws_wire import Limits
from zicha.sources.drop_bytes import from_s3

REGION = "cn-north-1"
QUICK = Limits(connect_seconds=1, read_seconds=5, attempts=2, patience=30)


@pytest.fixture(scope="module")
def account():
    import boto3

    with serving() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", url)
        session = boto3.Session("AKIACANARY", "canary-7f3a", region_name=REGION)
        s3 = session.client("s3")
        where = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket="registers", CreateBucketConfiguration=where)
        s3.put_object(Bucket="registers", Key="hr/leavers.csv", Body=LEAVERS.encode())
        yield AwsAccount(session, "111122223333", (REGION,), "aws-cn", source="prod", limits=QUICK)


def test_an_object_comes_whole_with_its_moment(account):
    found = from_s3(account, "registers", "hr/leavers.csv")

    assert (found.name, found.said) == ("leavers.csv", LEAVERS.encode())
    assert found.at.tzinfo is not None


def test_an_object_that_is_not_there_is_a_gap_with_its_reason(account):
    for bucket in ("registers", "no-such-bucket"):
        with pytest.raises(SourceError, match="was not delivered") as gone:
            from_s3(account, bucket, "hr/nothing.csv")
        assert gone.value.reason is Reason.UNREACHABLE
