"""What the AWS collectors really ask, what they declare, and what AWS itself grants an auditor."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest
from demo.aws_account_seeds import FIRST

from fakes.aws import REFUSED
from fakes.aws_examples import EXAMPLES
from fakes.aws_resources import RESOURCES
from fakes.aws_services import SERVICES
from fakes.demo_account import address, source
from zicha.catalog.roots import project_root
from zicha.collectors import collectors
from zicha.model.evidence import Gap
from zicha.sources.aws_door import open_account
from zicha.sources.aws_policy import NEEDS_NO_GRANT, policy
from zicha.sources.aws_words import action_of

AWS = {id_: one for id_, one in collectors().items() if one.source == "aws"}
every_collector = pytest.mark.parametrize("collector", AWS.values(), ids=AWS)
EXTRAS = dict.fromkeys(NEEDS_NO_GRANT, "any identity may ask who it is")
# Asked only where a listing does not say it, which the demo's does when asked by region.
NOT_ASKED_IN_THE_DEMO = {"s3:GetBucketLocation"}


def granted_to_an_auditor() -> set[str]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    statements = json.loads(aws_managed_policies_data)["SecurityAudit"]["Document"]["Statement"]
    return {action for statement in statements for action in statement["Action"]}


@pytest.fixture(scope="module")
def asked():
    """The permissions that each collector's recorded calls need."""
    import boto3
    from botocore import xform_name

    heard: list[str] = []

    def hear(model, **_):
        heard.append(action_of(model.service_model.service_name, xform_name(model.name)))

    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address())
        session = boto3.Session("demo", "demo", region_name="cn-north-1")
        session.events.register("before-call", hear)
        for id_, collector in AWS.items():
            account = open_account(_without_role(), session)
            at_the_door, heard[:] = set(heard), []
            assert at_the_door <= {"sts:GetCallerIdentity"}
            listed = collector.table(collector.fetch(account))
            if collector.narrow is not None and listed.rows:
                alone = {name: listed.rows[-1][name] for name in _naming(collector, listed)}
                list(collector.narrow(account, [alone]))
            found[id_], heard[:] = set(heard) | at_the_door, []
    return found


def _naming(collector, listed):
    return {*collector.subject, *collector.places, "region"} & listed.columns.keys()


def _without_role():
    from dataclasses import replace

    return replace(source(FIRST), role_arn="")


@every_collector
def test_real_calls_are_declared(collector, asked):
    assert asked[collector.id] - set(collector.permissions) - EXTRAS.keys() == set()


@every_collector
def test_nothing_is_declared_that_is_not_asked(collector, asked):
    assert set(collector.permissions) - asked[collector.id] - NOT_ASKED_IN_THE_DEMO == set()


@every_collector
def test_asks_for_read_only_permissions(collector):
    allowed = granted_to_an_auditor() | EXTRAS.keys()

    assert [
        permission
        for permission in collector.permissions
        if not any(fnmatchcase(permission.lower(), pattern.lower()) for pattern in allowed)
    ] == []


@every_collector
def test_each_refused_call_names_a_permission_that_is_declared(collector):
    example = (EXAMPLES | RESOURCES | SERVICES)[collector.id]
    for key in example().answers:
        refused = example()
        refused.answers[key] = REFUSED

        gaps = [reply for reply in collector.fetch(refused) if isinstance(reply, Gap)]

        assert {gap.permission for gap in gaps} <= set(collector.permissions)
        assert gaps


def test_the_policy_is_what_the_collectors_declare_and_nothing_that_writes():
    document = policy(collectors().values())

    actions = [action for each in document["Statement"] for action in each["Action"]]
    declared = {permission for one in AWS.values() for permission in one.permissions}
    assert sorted(actions) == sorted(declared)
    assert all(
        action.partition(":")[2].startswith(("Describe", "Generate", "Get", "List"))
        for action in actions
    )
    assert {each["Effect"] for each in document["Statement"]} == {"Allow"}


def test_the_policy_stands_ready_and_fits_into_one_that_a_role_can_wear():
    document = policy(collectors().values())
    ready = project_root() / "deploy" / "iam" / "zicha-reads.json"

    assert json.loads(ready.read_text(encoding="utf-8")) == document
    # IAM counts a managed policy without its white space, and takes 6144 signs.
    assert len(json.dumps(document, separators=(",", ":"))) <= 6144


def test_objects_themselves_are_never_read():
    declared = {permission for one in AWS.values() for permission in one.permissions}

    assert not [p for p in declared if fnmatchcase("s3:GetObject", p)]
