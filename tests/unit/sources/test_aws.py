from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC
from functools import cache

import pytest
from demo.aws_account import serving

from fakes.aws_wire import JSON, Spoken, Wire, refusal, wire
from zicha.model.errors import ConfigError
from zicha.model.evidence import Answer, Gap
from zicha.model.verdict import Reason
from zicha.sources.aws import AwsAccount, open_account
from zicha.sources.aws_wire import Limits

REGION = "cn-north-1"
ID = "111122223333"
QUICK = Limits(connect_seconds=1, read_seconds=0.3, attempts=2, patience=30)
SECRET = "canary-7f3a"


@dataclass(frozen=True)
class Declared:
    id: str = "prod"
    account: str = ID
    partition: str = "aws-cn"
    regions: tuple[str, ...] = (REGION,)
    role_arn: str = ""
    external_id: str = ""


@cache
def session():
    import boto3

    return boto3.Session("AKIACANARY", SECRET, region_name=REGION)


def limited(limits: Limits = QUICK) -> AwsAccount:
    return AwsAccount(session(), ID, (REGION,), "aws-cn", source="prod", limits=limits)


@pytest.fixture(scope="module")
def emulated():
    with serving() as url:
        yield url


@pytest.fixture
def cloud(emulated, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulated)
    return session().client("s3")


@pytest.fixture
def bare_bucket(cloud):
    """Gone afterwards: every emulated account of a process is the same."""
    where = {"LocationConstraint": REGION}
    cloud.create_bucket(Bucket="bare", CreateBucketConfiguration=where)
    yield "bare"
    cloud.delete_bucket(Bucket="bare")


@pytest.fixture
def spoken(monkeypatch) -> Wire:
    with wire() as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
        yield found


def says(spoken, *answers):
    """Say these in turn, and the last one for ever."""
    left = list(answers)
    spoken.say = lambda _: left.pop(0) if len(left) > 1 else left[0]


def trails(**said):
    return Spoken(json.dumps({"trailList": []} | said), kind=JSON)


def groups(*names, token=""):
    listed = "".join(f"<item><groupId>{name}</groupId></item>" for name in names)
    more = f"<nextToken>{token}</nextToken>" if token else ""
    return Spoken(
        "<DescribeSecurityGroupsResponse><securityGroupInfo>"
        f"{listed}</securityGroupInfo>{more}</DescribeSecurityGroupsResponse>"
    )


def list_groups(account):
    return account.client("ec2", REGION).ask("describe_security_groups", expects="SecurityGroups")


def test_the_account_behind_the_credential_is_recognised(cloud):
    account = open_account(Declared(), session())

    assert account.refusal is None
    said = account.client("sts").ask("get_caller_identity", expects="Account")
    assert (said.body["Account"], said.place) == (ID, (ID,))


def test_another_account_behind_the_credential_is_a_mistake_in_our_files(cloud):
    with pytest.raises(ConfigError, match=r"declares account 999988887777.*opens 111122223333"):
        open_account(Declared(account="999988887777"), session())


def test_a_role_leads_into_the_account_of_its_arn(cloud):
    role = "arn:aws-cn:iam::444455556666:role/zicha-audit"

    account = open_account(
        Declared(account="444455556666", role_arn=role, external_id="x-1"), session(), "run-1"
    )

    said = account.client("sts").ask("get_caller_identity", expects="Account")
    assert said.body["Arn"].endswith(":assumed-role/zicha-audit/run-1")


def test_a_role_costs_one_request_as_no_role_does_for_its_answer_says_who_one_is(cloud):
    role = "arn:aws-cn:iam::444455556666:role/zicha-audit"

    through = open_account(Declared(account="444455556666", role_arn=role), session())
    straight = open_account(Declared(), session())

    assert (through.calls, straight.calls) == (1, 1)


def test_a_role_of_another_account_than_the_declared_one_is_a_mistake_in_our_files(cloud):
    role = "arn:aws-cn:iam::444455556666:role/zicha-audit"

    with pytest.raises(ConfigError, match=r"declares account 111122223333.*opens 444455556666"):
        open_account(Declared(role_arn=role), session())


def test_a_role_whose_lender_does_not_say_who_one_is_is_asked(spoken):
    lent = (
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>"
        "<SecretAccessKey>B</SecretAccessKey><SessionToken>C</SessionToken>"
        "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"
        "</AssumeRoleResponse>"
    )
    said = (
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>999988887777</Account>"
        "<Arn>arn:aws-cn:sts::999988887777:assumed-role/x/y</Arn></GetCallerIdentityResult>"
        "</GetCallerIdentityResponse>"
    )
    says(spoken, Spoken(lent), Spoken(said))

    with pytest.raises(ConfigError, match="opens 999988887777"):
        open_account(Declared(role_arn="arn:aws-cn:iam::1:role/x"), session())


def test_a_role_is_assumed_with_its_external_id(spoken):
    says(spoken, Spoken(refusal("AccessDenied"), 403))

    open_account(
        Declared(role_arn="arn:aws-cn:iam::1:role/x", external_id="e-77"), session(), "run-1"
    )

    assert "ExternalId=e-77" in spoken.heard[0]
    assert "RoleSessionName=run-1" in spoken.heard[0]


def test_the_other_partition_behind_the_credential_is_a_mistake_in_our_files(cloud):
    with pytest.raises(ConfigError, match="not in partition aws"):
        open_account(Declared(partition="aws"), session())


def test_a_door_that_does_not_open_gives_each_question_its_reason(spoken):
    says(spoken, Spoken(f"<ErrorResponse>{refusal('AccessDenied')}</ErrorResponse>", 403))

    account = open_account(Declared(role_arn="arn:aws-cn:iam::1:role/x"), session())

    said = account.client("iam").ask("get_account_summary")
    assert isinstance(said, Gap)
    assert (said.reason, said.permission) == (Reason.REFUSED, "sts:AssumeRole")
    assert len(spoken.heard) == 1


def test_an_answer_is_kept_with_what_proves_the_call(cloud):
    said = limited(Limits()).client("s3", REGION).ask("list_buckets", expects="Buckets")

    assert isinstance(said, Answer)
    assert said.place == (ID, REGION)
    assert "ResponseMetadata" not in said.body
    assert said.heard["request_id"]
    assert said.heard["http_date"]
    assert "boto3" in said.heard["sdk"]


@pytest.mark.parametrize(
    "call",
    [
        "get_bucket_encryption",
        "get_public_access_block",
        "get_bucket_policy",
        "get_bucket_policy_status",
        "get_object_lock_configuration",
        "get_bucket_lifecycle_configuration",
        "get_bucket_tagging",
    ],
)
def test_not_configured_is_an_answer_without_a_body(bare_bucket, call):
    said = limited(Limits()).client("s3").ask(call, Bucket=bare_bucket)

    assert isinstance(said, Answer)
    assert said.body is None


def test_an_account_without_a_password_policy_says_none(cloud):
    # An account that no other test of this process seeds: the emulated ones are shared.
    bare = "arn:aws-cn:iam::999900001111:role/bare"
    inner = open_account(Declared(account="999900001111", role_arn=bare), session())

    said = inner.client("iam").ask("get_account_password_policy", expects="PasswordPolicy")

    assert isinstance(said, Answer)
    assert said.body is None


def test_moments_come_in_utc_and_bytes_as_text(cloud):
    iam = limited(Limits()).client("iam")
    iam.ask_until("generate_credential_report", "State", "COMPLETE", wait=0)

    body = iam.ask("get_credential_report", expects="Content").body

    assert body["Content"].startswith("user,arn,")
    assert body["GeneratedTime"].tzinfo is UTC


def test_the_same_question_is_put_once_and_answered_for_each_who_asks(spoken):
    says(spoken, trails())
    client = limited().client("cloudtrail", REGION)

    first = client.ask("describe_trails", expects="trailList", includeShadowTrails=False)
    again = client.ask("describe_trails", "x", expects="trailList", includeShadowTrails=False)
    client.ask("describe_trails", expects="trailList", includeShadowTrails=True)

    assert (first.body, again.about) == (again.body, "x")
    assert len(spoken.heard) == 2


def test_a_report_in_the_making_is_looked_at_again_within_bounds():
    waited = []
    with wire() as slow, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", slow.url)
        slow.say = lambda _: Spoken(
            "<R><GenerateCredentialReportResult><State>STARTED</State>"
            "</GenerateCredentialReportResult></R>"
        )
        account = AwsAccount(session(), ID, (REGION,), "aws-cn", pause=waited.append)

        said = account.client("iam").ask_until(
            "generate_credential_report", "State", "COMPLETE", looks=3
        )

    assert isinstance(said, Gap)
    assert said.reason is Reason.UNREACHABLE
    assert len(waited) == 3


def test_a_report_that_was_waited_for_is_not_waited_for_again():
    waited = []
    with wire() as slow, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", slow.url)
        slow.say = lambda _: Spoken(
            "<R><GenerateCredentialReportResult><State>STARTED</State>"
            "</GenerateCredentialReportResult></R>"
        )
        client = AwsAccount(session(), ID, (REGION,), "aws-cn", pause=waited.append).client("iam")
        looks = [client.ask_until("generate_credential_report", "State", "COMPLETE", looks=2)]

        looks.append(client.ask_until("generate_credential_report", "State", "COMPLETE", looks=2))

    assert looks[0] == looks[1]
    assert (len(slow.heard), len(waited)) == (3, 2)


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


def test_the_emulated_account_holds_nothing_of_anyone(cloud):
    # A region in which no demo of this process builds anything.
    ec2 = limited(Limits()).client("ec2", "cn-northwest-1")

    said = ec2.ask("describe_snapshots", OwnerIds=["self"])

    assert said.body["Snapshots"] == []


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
