"""CloudFront by what its listing says of each distribution."""

from __future__ import annotations

import json

import pytest

from fakes.aws import Cut
from fakes.aws_services import distribution, distributions
from zicha.collectors.aws.distributions import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources.aws_wire import joined


def table(*listed):
    return COLLECTOR.table(COLLECTOR.fetch(distributions(*listed)))


def row(**details):
    (only,) = table(distribution("a", **details)).rows
    return only


PLAIN = {"ViewerProtocolPolicy": "allow-all"}


@pytest.mark.parametrize(
    ("details", "column", "value"),
    [
        ({"WebACLId": ""}, "has_web_firewall", False),
        ({"DefaultCacheBehavior": PLAIN}, "is_encrypted", False),
        ({"CacheBehaviors": {"Quantity": 1, "Items": [PLAIN]}}, "is_encrypted", False),
        ({"CacheBehaviors": {"Quantity": 0}}, "is_encrypted", True),
        ({"ViewerCertificate": {"MinimumProtocolVersion": "TLSv1"}}, "accepts_old_tls", True),
        (
            {"ViewerCertificate": {"MinimumProtocolVersion": "TLSv1.2_2019"}},
            "accepts_old_tls",
            False,
        ),
        ({"Aliases": {"Quantity": 0}}, "names", ""),
    ],
)
def test_what_a_distribution_does(details, column, value):
    assert row(**details)[column] == value


@pytest.mark.parametrize(
    ("missing", "column"),
    [
        ("WebACLId", "has_web_firewall"),
        ("DefaultCacheBehavior", "is_encrypted"),
        ("CacheBehaviors", "is_encrypted"),
        ("ViewerCertificate", "accepts_old_tls"),
    ],
)
def test_what_it_does_not_say_is_unread(missing, column):
    told = {name: value for name, value in distribution("a").items() if name != missing}
    (found,) = table(told).rows

    assert {n for n, c in found.items() if isinstance(c, Unread)} == {column}


def test_behaviours_that_are_counted_and_not_told_are_unread():
    found = row(CacheBehaviors={"Quantity": 2})

    assert isinstance(found["is_encrypted"], Unread)


def test_none_is_a_complete_listing_and_a_number_without_a_list_is_not():
    nothing = table().states["111122223333",]
    account = distributions()
    account.answers["list_distributions", ""] = {"DistributionList": {"Quantity": 3}}
    lost = COLLECTOR.table(COLLECTOR.fetch(account)).states["111122223333",]
    account.answers["list_distributions", ""] = Cut({"DistributionList": {"Quantity": 0}})
    cut = COLLECTOR.table(COLLECTOR.fetch(account)).states["111122223333",]

    assert [nothing.reason, lost.reason, cut.reason] == [None, Reason.MALFORMED, Reason.PARTIAL]


def test_origins_are_never_kept():
    kept = list(COLLECTOR.fetch(distributions(distribution("a"))))

    assert "canary" not in json.dumps([reply.body for reply in kept])


def test_pages_whose_list_stands_inside_an_object_are_joined():
    first = {"DistributionList": {"Items": [1], "Quantity": 1}}

    whole = joined(first, {"DistributionList": {"Items": [2]}}, ["DistributionList.Items"])

    assert whole["DistributionList"]["Items"] == [1, 2]
