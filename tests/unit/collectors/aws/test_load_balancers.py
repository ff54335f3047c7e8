"""What a balancer does not say is unread, and not out of question."""

from __future__ import annotations

import pytest

from fakes.aws_balancers import balancer, balancers
from zicha.collectors.aws.load_balancers import COLLECTOR
from zicha.model.evidence import Unread


def row(told, said):
    (only,) = COLLECTOR.table(COLLECTOR.fetch(balancers((told, said)))).rows
    return only


def without(key, **details):
    told, said = balancer("a", **details)
    return row({name: value for name, value in told.items() if name != key}, said)


def test_a_balancer_that_does_not_say_its_scheme_may_face_the_internet():
    assert isinstance(without("Scheme")["is_internet_facing"], Unread)
    assert without("Scheme", Type="gateway")["is_internet_facing"] is False


def test_a_balancer_that_does_not_say_its_type_may_need_a_firewall():
    found = without("Type")

    assert isinstance(found["has_web_firewall"], Unread)
    assert found["is_encrypted"] is True


@pytest.mark.parametrize(
    ("kind", "unread"),
    [
        ("application", {"logs_access", "drops_odd_headers"}),
        ("network", {"logs_access"}),
        ("gateway", set()),
    ],
)
def test_a_switch_that_its_type_always_has_and_that_is_not_told_is_unread(kind, unread):
    told, said = balancer("a", Type=kind)
    key = ("describe_load_balancer_attributes", told["LoadBalancerArn"])

    found = row(told, said | {key: {"Attributes": []}})

    assert {name for name, cell in found.items() if isinstance(cell, Unread)} == unread
