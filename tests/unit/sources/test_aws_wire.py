"""What goes wrong between us and AWS: each refusal, delay and broken answer has its reason."""

from __future__ import annotations

import time

import pytest

from fakes.aws_spoken import (
    ID,
    QUICK,
    REGION,
    SECRET,
    groups,
    limited,
    list_groups,
    says,
    session,
    trails,
)
from fakes.aws_wire import JSON, Spoken, refusal, wire
from zicha.model.errors import ConfigError
from zicha.model.evidence import Answer, Gap
from zicha.model.verdict import Reason
from zicha.sources.aws import AwsAccount
from zicha.sources.aws_wire import Limits


def test_a_refusal_names_the_permission_that_is_missing(spoken):
    says(spoken, Spoken(refusal("AccessDenied"), 403))

    said = limited().client("s3").ask("get_bucket_encryption", "b", Bucket="b")

    assert isinstance(said, Gap)
    assert (said.reason, said.about) == (Reason.REFUSED, "b")
    assert said.permission == "s3:GetEncryptionConfiguration"
    assert said.remedy.endswith("grant s3:GetEncryptionConfiguration")
    assert len(spoken.heard) == 1


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_a_credential_that_is_not_accepted_is_refused_without_a_permission(spoken, code):
    says(spoken, Spoken(refusal(code), 403))

    said = limited().client("s3").ask("list_buckets", expects="Buckets")

    assert (said.reason, said.permission) == (Reason.REFUSED, "")
    assert "renew it" in said.remedy


def test_no_credential_at_all_is_refused_with_what_to_do(monkeypatch):
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
    account = AwsAccount(boto3.Session(), ID, (REGION,))

    said = account.client("iam").ask("get_account_summary")

    assert said.reason is Reason.REFUSED
    assert "configure" in said.remedy


@pytest.mark.parametrize(
    ("spoilt", "reason", "tries"),
    [
        (Spoken(refusal("SlowDown"), 503), Reason.THROTTLED, 2),
        (Spoken(refusal("InternalError"), 500), Reason.UNREACHABLE, 2),
        (Spoken(refusal("ServiceUnavailable"), 503), Reason.UNREACHABLE, 2),
        (Spoken(groups().body, waits=5), Reason.UNREACHABLE, 2),
        (Spoken("<ListAllMyBucketsResult><Buc"), Reason.MALFORMED, 2),
        (Spoken(""), Reason.MALFORMED, 1),
        (Spoken("<html><body>welcome</body></html>"), Reason.MALFORMED, 1),
        (Spoken("<!DOCTYPE html><p>welcome"), Reason.MALFORMED, 2),
        (Spoken("<Something/>"), Reason.MALFORMED, 1),
    ],
    ids=["throttled", "500", "503", "hangs", "cut", "empty", "page", "torn-page", "other"],
)
def test_what_goes_wrong_on_the_wire_has_its_reason(spoken, spoilt, reason, tries):
    says(spoken, spoilt)

    said = limited().client("s3").ask("list_buckets", expects="Buckets")

    assert isinstance(said, Gap)
    assert (said.reason, len(spoken.heard)) == (reason, tries)


@pytest.mark.parametrize(
    "spoilt",
    [
        Spoken('{"trailList": [', kind=JSON),
        Spoken("", kind=JSON),
        Spoken("{}", kind=JSON),
        Spoken("<html>", kind=JSON),
    ],
    ids=["truncated", "empty", "without-the-list", "page"],
)
def test_json_that_is_not_the_answer_is_malformed(spoken, spoilt):
    says(spoken, spoilt)

    said = limited().client("cloudtrail").ask("describe_trails", expects="trailList")

    assert said.reason is Reason.MALFORMED


def test_an_answer_that_breaks_off_is_no_answer(spoken):
    says(spoken, Spoken("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>", torn=True))

    said = limited().client("s3").ask("list_buckets", expects="Buckets")

    assert said.reason is Reason.MALFORMED


def test_an_empty_answer_is_malformed_even_where_nothing_is_expected(spoken):
    says(spoken, Spoken(""))

    said = limited().client("s3").ask("get_bucket_versioning", "b", Bucket="b")

    assert said.reason is Reason.MALFORMED


def test_nobody_there_is_unreachable_within_seconds(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    start = time.monotonic()

    said = limited().client("iam").ask("get_account_summary")

    assert said.reason is Reason.UNREACHABLE
    assert time.monotonic() - start < 10


def test_pages_are_joined(spoken):
    says(spoken, groups("a", "b", token="t1"), groups(token="t2"), groups("c"))

    said = list_groups(limited())

    assert isinstance(said, Answer)
    assert [group["GroupId"] for group in said.body["SecurityGroups"]] == ["a", "b", "c"]
    assert said.cut is None


@pytest.mark.parametrize(
    "second",
    [
        Spoken(refusal("InternalError"), 500),
        Spoken("<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors>"
               "</Response>", 403),
        Spoken("<DescribeSecurityGroupsResponse><secu"),
        Spoken("<DescribeSecurityGroupsResponse/>"),
        Spoken(""),
        groups("b", token="t1"),
    ],
    ids=["500", "refused", "torn", "without-the-list", "empty", "same-token"],
)  # fmt: skip
def test_a_later_page_gone_wrong_leaves_a_partial_listing(spoken, second):
    says(spoken, groups("a", token="t1"), second)

    said = list_groups(limited())

    assert isinstance(said, Answer)
    assert said.cut is Reason.PARTIAL
    assert said.body["SecurityGroups"][0] == {"GroupId": "a"}
    assert said.remedy


def test_a_refused_later_page_names_the_permission(spoken):
    body = "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>"
    says(spoken, groups("a", token="t1"), Spoken(body, 403))

    assert list_groups(limited()).permission == "ec2:DescribeSecurityGroups"


def test_tokens_that_go_round_end_the_listing(spoken):
    says(spoken, *(groups("a", token=f"t{n % 3}") for n in range(60)))

    said = list_groups(limited())

    assert said.cut is Reason.PARTIAL
    assert len(spoken.heard) <= 4


def test_a_listing_without_end_is_cut_when_patience_runs_out(spoken):
    count = iter(range(10**6))
    spoken.say = lambda _: groups("a", token=f"t{next(count)}")

    said = list_groups(limited(Limits(attempts=1, patience=0.2)))

    assert said.cut is Reason.PARTIAL


def test_a_service_that_never_answers_is_not_asked_for_ever(spoken):
    says(spoken, Spoken(refusal("InternalError"), 500))
    s3 = limited(Limits(attempts=1, patience=0.0001)).client("s3")

    said = [s3.ask("get_bucket_acl", name, Bucket=name) for name in "abc"]

    assert {one.reason for one in said} == {Reason.UNREACHABLE}
    assert len(spoken.heard) == 1


def test_a_refusal_is_proved_by_its_request(spoken):
    says(spoken, Spoken(refusal("AccessDenied"), 403))

    said = limited().client("s3").ask("list_buckets", expects="Buckets")

    assert said.heard["request_id"]
    assert said.heard["http_date"]


def test_a_proxy_of_the_environment_does_not_stand_before_loopback(spoken, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    says(spoken, trails())

    said = limited().client("cloudtrail").ask("describe_trails", expects="trailList")

    assert isinstance(said, Answer)


def test_no_gap_carries_a_secret(spoken):
    says(spoken, Spoken(refusal("AccessDenied").replace("no", SECRET), 403))

    said = limited().client("s3").ask("list_buckets", expects="Buckets")

    assert SECRET not in repr(said)


def test_a_source_without_a_region_is_a_mistake_in_our_files():
    with pytest.raises(ConfigError, match="names no region"):
        AwsAccount(session(), ID, ())


@pytest.fixture
def nobody_there(monkeypatch):
    """An address at which nothing listens."""
    with wire() as found:
        url = found.url
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)


@pytest.mark.parametrize("service", ["apprunner", "lightsail"])
def test_a_service_that_is_neither_listed_nor_there_is_not_offered(service, nobody_there):
    call = {"apprunner": "list_services", "lightsail": "get_instances"}[service]

    said = limited().client(service, REGION).ask(call)

    assert isinstance(said, Answer)
    assert (said.not_offered, said.body, list(said.each("any"))) == (True, None, [])


def test_a_service_that_is_listed_and_does_not_answer_is_unreachable(nobody_there):
    said = limited().client("rds", REGION).ask("describe_db_instances")

    assert isinstance(said, Gap)
    assert said.reason is Reason.UNREACHABLE


def test_a_global_service_that_does_not_answer_is_unreachable(nobody_there):
    said = limited().client("organizations").ask("describe_organization")

    assert isinstance(said, Gap)
    assert said.reason is Reason.UNREACHABLE


def test_a_service_that_answers_is_offered_whatever_the_list_says(spoken):
    says(spoken, Spoken('{"ServiceSummaryList": []}', kind=JSON))

    said = limited().client("apprunner", REGION).ask("list_services", expects="ServiceSummaryList")

    assert isinstance(said, Answer)
    assert not said.not_offered


def test_in_a_region_that_the_list_does_not_know_nothing_is_called_missing(nobody_there):
    account = AwsAccount(session(), ID, ("cn-new-9",), "aws-cn", source="prod", limits=QUICK)

    assert isinstance(account.client("apprunner", "cn-new-9").ask("list_services"), Gap)
