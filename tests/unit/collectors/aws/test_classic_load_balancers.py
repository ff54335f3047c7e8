"""Classic balancers: what cannot be read of a listener or its policy is unread, and no pass."""

from __future__ import annotations

import pytest

from fakes.aws_balancers import classic, classic_listener, classics, negotiation
from zicha.collectors.aws.classic_load_balancers import COLLECTOR
from zicha.model.evidence import Unread

TLS = classic_listener("HTTPS", "tls")


def row(*listeners, **said):
    account = classics(classic("a", *listeners, **said))
    (only,) = COLLECTOR.table(COLLECTOR.fetch(account)).rows
    return only


def test_one_in_plain_http_alone_is_not_asked_for_policies_and_has_no_tls_to_judge():
    account = classics(classic("a", classic_listener("HTTP")))

    (found,) = COLLECTOR.table(COLLECTOR.fetch(account)).rows

    assert (found["serves_plain_http"], found["is_encrypted"]) == (True, False)
    assert found["accepts_old_tls"] is None
    assert "describe_load_balancer_policies" not in {call for _, call, _ in account.asked}


def test_tcp_is_neither_plain_http_nor_tls():
    found = row(classic_listener("TCP"))

    assert (found["serves_plain_http"], found["accepts_old_tls"]) == (False, None)


@pytest.mark.parametrize(
    ("taken", "is_old"),
    [
        (["Protocol-TLSv1.2"], False),
        (["Protocol-TLSv1.1", "Protocol-TLSv1.2"], True),
        (["Protocol-TLSv1"], True),
        (["Protocol-SSLv3"], True),
    ],
)
def test_a_policy_takes_what_it_says(taken, is_old):
    assert row(TLS, policies=[negotiation(*taken)])["accepts_old_tls"] is is_old


def test_the_oldest_of_several_listeners_speaks():
    worn = [TLS, classic_listener("SSL", "old")]
    policies = [negotiation("Protocol-TLSv1.2"), negotiation("Protocol-TLSv1", name="old")]

    assert row(*worn, policies=policies)["accepts_old_tls"] is True


@pytest.mark.parametrize(
    ("listener", "policies"),
    [
        (TLS, []),
        (TLS, [negotiation()]),
        (classic_listener("HTTPS"), [negotiation("Protocol-TLSv1.2")]),
        (classic_listener("HTTPS", "tls", "gone"), [negotiation("Protocol-TLSv1.2", name="gone2")]),
        ({"Listener": {"Protocol": "HTTPS"}}, [negotiation("Protocol-TLSv1.2")]),
    ],
)
def test_a_listener_whose_negotiation_is_not_told_is_unread(listener, policies):
    assert isinstance(row(listener, policies=policies)["accepts_old_tls"], Unread)
