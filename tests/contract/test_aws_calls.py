"""No question is put to an account twice in one run, however many collectors want its answer."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from demo.aws_account_seeds import FIRST

from fakes.demo_account import address, source
from zicha.collectors import collectors
from zicha.sources.aws_door import open_account

# A page of a listing is a question of its own; a report in the making is looked at again.
PAGE = {"Marker", "NextMarker", "NextToken", "nextToken", "ContinuationToken", "PaginationToken"}
LOOKED_AT = {"GenerateCredentialReport"}


@pytest.fixture(scope="module")
def asked():
    """How often each question was put: service, region, call and parameters."""
    import boto3

    heard: Counter[tuple[str, ...]] = Counter()

    def hear(params, model, context, **_):
        said = {key: value for key, value in params.items() if key not in PAGE}
        where = (model.service_model.service_name, context["client_region"], model.name)
        heard[*where, json.dumps(said, sort_keys=True, default=str)] += 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address())
        session = boto3.Session("demo", "demo", region_name="cn-north-1")
        session.events.register("provide-client-params", hear)
        account = open_account(replace(source(FIRST), role_arn=""), session)
        for collector in collectors().values():
            if collector.source == "aws":
                list(collector.fetch(account))
    return heard


def test_no_question_is_put_twice_in_one_run(asked):
    twice = {key: n for key, n in asked.items() if n > 1 and key[2] not in LOOKED_AT}

    assert twice == {}


def test_the_graph_of_principals_takes_no_call_per_user_or_role(asked):
    calls = {key[2] for key in asked if key[0] == "iam"}

    assert calls == {
        "GenerateCredentialReport",
        "GetAccountAuthorizationDetails",
        "GetAccountPasswordPolicy",
        "GetAccountSummary",
        "GetCredentialReport",
    }


def test_in_china_nothing_is_asked_by_a_name_of_another_partition(asked):
    foreign = {key for key in asked if "arn:aws:" in key[3] or key[1] != "cn-north-1"}

    assert foreign == set()


def test_a_bucket_takes_at_most_nine_calls(asked):
    per_bucket: Counter[str] = Counter()
    for key, n in asked.items():
        if bucket := json.loads(key[3]).get("Bucket"):
            per_bucket[bucket] += n

    assert per_bucket
    assert max(per_bucket.values()) <= 9
