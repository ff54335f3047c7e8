"""An AWS account: whose it is, the role that leads into it, and answers as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

import pytest
from demo.aws_account import serving

from fakes.aws_spoken import (
    ID,
    REGION,
    limited,
    says,
    session,
    trails,
)
from fakes.aws_wire import Spoken, refusal, wire
from zicha.model.errors import ConfigError
from zicha.model.evidence import Answer, Gap
from zicha.model.verdict import Reason
from zicha.sources.aws import AwsAccount
from zicha.sources.aws_door import open_account
from zicha.sources.aws_wire import Limits


@dataclass(frozen=True)
class Declared:
    id: str = "prod"
    account: str = ID
    partition: str = "aws-cn"
    regions: tuple[str, ...] = (REGION,)
    role_arn: str = ""
    external_id: str = ""


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


def test_the_emulated_account_holds_nothing_of_anyone(cloud):
    # A region in which no demo of this process builds anything.
    ec2 = limited(Limits()).client("ec2", "cn-northwest-1")

    said = ec2.ask("describe_snapshots", OwnerIds=["self"])

    assert said.body["Snapshots"] == []
