from __future__ import annotations

import pytest

from fakes.aws import REFUSED, FakeAccount
from fakes.aws_examples import ID, trails
from zicha.collectors.aws.cloudtrail_trails import COLLECTOR
from zicha.model.verdict import Reason

ONE, TWO = "cn-north-1", "cn-northwest-1"


def table(account):
    return COLLECTOR.table(COLLECTOR.fetch(account))


def row(call="", said=None, **details):
    account = trails("a", **details)
    if call:
        account.answers[call, "a"] = said
    return table(account).rows[0]


def basic(kind="All", management=True, **more):
    return {
        "EventSelectors": [{"ReadWriteType": kind, "IncludeManagementEvents": management, **more}]
    }


def advanced(*fields):
    return {"AdvancedEventSelectors": [{"FieldSelectors": list(fields)}]}


MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        (basic(), True),
        (basic("WriteOnly"), False),
        (basic("ReadOnly"), False),
        (basic(management=False), False),
        (basic(ExcludeManagementEventSources=["kms.amazonaws.com"]), False),
        (basic(ExcludeManagementEventSources=[]), True),
        ({"EventSelectors": [*basic("ReadOnly")["EventSelectors"],
                             *basic("WriteOnly")["EventSelectors"]]}, True),
        (advanced(MANAGEMENT), True),
        (advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}), False),
        (advanced(MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}), False),
        (advanced({"Field": "eventCategory", "Equals": ["Data"]}), False),
        ({"EventSelectors": []}, False),
    ],
)  # fmt: skip
def test_which_management_events_a_trail_records(said, whole):
    assert row("get_event_selectors", said)["records_reads_and_writes"] is whole


@pytest.mark.parametrize("said", [{}, basic("Sometimes"), {"EventSelectors": [{}]}])
def test_selectors_nobody_knows_are_malformed(said):
    found = row("get_event_selectors", said)

    assert found["records_reads_and_writes"].reason is Reason.MALFORMED
    assert found["covers_account"].reason is Reason.MALFORMED
    assert found["is_recording"] is True


@pytest.mark.parametrize(
    ("call", "said", "details"),
    [
        ("get_trail_status", {"IsLogging": False}, {}),
        ("get_event_selectors", basic("WriteOnly"), {}),
        ("", None, {"IsMultiRegionTrail": False}),
    ],
)
def test_a_trail_covers_the_account_only_if_nothing_is_missing(call, said, details):
    assert row()["covers_account"] is True
    assert row(call, said, **details)["covers_account"] is False


def test_a_bucket_without_a_policy_is_not_public():
    assert row("get_bucket_policy_status", None)["has_public_bucket"] is False


def test_a_refused_call_costs_what_reads_it():
    found = row("get_bucket_policy_status", REFUSED)

    assert found["has_public_bucket"].permission == "s3:GetBucketPolicyStatus"
    assert found["covers_account"] is True


def test_a_failed_delivery_is_seen():
    said = {"IsLogging": True, "LatestDeliveryError": "AccessDenied"}

    assert row("get_trail_status", said)["is_delivering"] is False


def shadowed(home):
    """A trail that both regions list, and whose home is one of them or neither."""
    base = trails("a", HomeRegion=home)
    return FakeAccount(base.answers, regions=(ONE, TWO))


@pytest.mark.parametrize(("home", "where"), [(ONE, ONE), (TWO, TWO), ("elsewhere-1", ONE)])
def test_a_trail_stands_once_however_many_regions_list_it(home, where):
    found = table(shadowed(home))

    assert [row["region"] for row in found.rows] == [where]
    assert set(found.states) == {(ID, ONE), (ID, TWO)}


def test_each_call_is_put_once_for_a_trail_that_two_regions_list():
    account = shadowed(ONE)

    list(COLLECTOR.fetch(account))

    assert [a[1] for a in account.asked if a[2]] == [
        "get_trail_status",
        "get_event_selectors",
        "get_bucket_policy_status",
    ]


def test_a_listing_whose_trail_has_no_name_is_malformed():
    account = trails("a")
    del account.answers["describe_trails", ""]["trailList"][0]["TrailARN"]

    (state,) = table(account).states.values()
    assert state.reason is Reason.MALFORMED
