from __future__ import annotations

import pytest

from fakes.aws import BROKEN, REFUSED
from fakes.aws_services import firewall, firewalls, rule
from zicha.collectors.aws.web_acls import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

BALANCERS = "APPLICATION_LOAD_BALANCER"


def only(account):
    (row,) = COLLECTOR.table(COLLECTOR.fetch(account)).rows
    return row


@pytest.mark.parametrize(
    ("details", "rules", "stops"),
    [
        ({}, 1, True),
        ({"Rules": [rule(Action={"Block": {}})]}, 1, True),
        ({"Rules": [rule(Action={"Count": {}})]}, 1, False),
        ({"Rules": [rule(OverrideAction={"Count": {}})]}, 1, False),
        ({"Rules": [rule(Action={"Allow": {}})], "DefaultAction": {"Block": {}}}, 1, True),
        ({"Rules": []}, 0, None),
        ({"Rules": [], "PreProcessFirewallManagerRuleGroups": [rule()]}, 1, True),
    ],
    ids=[
        "group-in-force",
        "blocks",
        "counts",
        "group-overridden",
        "lets-in-only-what-is-named",
        "no-rule",
        "rules-of-the-organisation",
    ],
)
def test_a_firewall_stops_requests_unless_all_its_rules_only_count(details, rules, stops):
    row = only(firewalls(firewall("a", **details)))

    assert (row["rules"], row["stops_requests"]) == (rules, stops)


def test_what_the_rules_look_for_is_not_kept():
    account = firewalls(firewall("a", Rules=[rule(Statement={"SearchString": "canary"})]))

    assert "canary" not in repr(list(COLLECTOR.fetch(account)))


def test_a_firewall_without_a_log_is_told_by_the_provider():
    account = firewalls(firewall("a"))
    account.answers["get_logging_configuration", "a"] = None

    assert only(account)["keeps_logs"] is False


def test_one_kind_guarded_is_enough_and_a_kind_unread_is_no_no():
    account = firewalls(firewall("a"))
    account.answers["list_resources_for_web_acl", "a APPSYNC"] = REFUSED
    assert only(account)["guards_something"] is True

    account.answers["list_resources_for_web_acl", f"a {BALANCERS}"] = {"ResourceArns": []}
    assert isinstance(only(account)["guards_something"], Unread)


def test_a_second_page_is_read_and_a_marker_that_returns_ends_the_listing():
    account = firewalls(firewall("a"))
    first = account.answers["list_web_acls", ""]
    account.answers["list_web_acls", ""] = {**first, "NextMarker": "again"}

    table = COLLECTOR.table(COLLECTOR.fetch(account))

    assert [call for _, call, _ in account.asked].count("list_web_acls") == 2
    assert {row["name"] for row in table.rows} == {"a"}


def test_a_listing_that_fails_is_a_gap():
    account = firewalls()
    account.answers["list_web_acls", ""] = BROKEN

    (state,) = COLLECTOR.table(COLLECTOR.fetch(account)).states.values()

    assert state.reason is Reason.UNREACHABLE
