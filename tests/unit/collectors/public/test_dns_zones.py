"""Zones as a resolver and their own servers on loopback tell of them."""

from contextlib import ExitStack

import pytest

from fakes.public_face import HERE, face, resolving
from zicha.collectors.public.dns_zones import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

NAME = "example.test"
KEY = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="
GOOD = {
    (NAME, "NS"): [f"ns1.{NAME}.", f"ns2.{NAME}."],
    (NAME, "DS"): ["12345 13 2 " + "ab" * 32],
    (NAME, "DNSKEY"): [KEY],
    (NAME, "CAA"): ['0 issue "ca.test"', '0 iodef "mailto:x@example.test"'],
    (f"ns1.{NAME}", "A"): [HERE],
    (f"ns2.{NAME}", "A"): [HERE],
}


def soa(serial):
    return {(NAME, "SOA"): [f"ns1.{NAME}. admin.{NAME}. {serial} 3600 600 86400 60"]}


ALIKE = (soa(7), soa(7))


@pytest.fixture
def look(tmp_path):
    with ExitStack() as stack:

        def looked(records=None, servers=ALIKE, authoritative=(True, True)):
            resolver = stack.enter_context(resolving(GOOD | (records or {})))
            listed = []
            for n, (held, is_ours) in enumerate(zip(servers, authoritative, strict=True), 1):
                own = stack.enter_context(resolving(held, authoritative=is_ours))
                listed.append({"name": f"ns{n}.{NAME}", "port": own.port})
            zone = {"name": NAME, "name_servers": listed}
            (row,) = COLLECTOR.table(COLLECTOR.fetch(face(resolver, tmp_path, zones=[zone]))).rows
            return row

        yield looked


def test_a_good_zone(look):
    found = look()

    assert (found["name_servers"], found["undeclared_name_servers"]) == (2, 0)
    assert (found["servers_that_do_not_serve"], found["serials_agree"]) == ("", True)
    assert found["is_signed"] is True
    assert (found["issuers"], found["limits_issuers"]) == ("ca.test", True)


def test_servers_that_hold_different_serials_disagree(look):
    assert look(servers=(soa(7), soa(8)))["serials_agree"] is False


@pytest.mark.parametrize("held", [{(NAME, "SOA"): "REFUSED"}, {(NAME, "TXT"): ["x"]}])
def test_a_server_that_knows_nothing_of_the_zone_does_not_serve_it(look, held):
    assert look(servers=(soa(7), held))["servers_that_do_not_serve"] == f"ns2.{NAME}"


def test_an_answer_without_authority_is_not_serving(look):
    assert look(authoritative=(True, False))["servers_that_do_not_serve"] == f"ns2.{NAME}"


def test_a_server_that_is_not_declared_is_counted_and_never_asked(look):
    found = look({(NAME, "NS"): [f"ns1.{NAME}.", f"ns2.{NAME}.", "ns.elsewhere.test."]})

    assert found["undeclared_name_servers"] == 1


def test_no_record_is_a_value(look):
    found = look({(NAME, "DS"): [], (NAME, "CAA"): []})

    assert (found["is_signed"], found["limits_issuers"]) == (False, False)


@pytest.mark.parametrize("kind", ["DS", "CAA", "NS"])
def test_a_resolver_that_fails_is_a_gap_and_not_a_zone_without_records(look, kind):
    found = look({(NAME, kind): "SERVFAIL"})

    column = {"DS": "is_signed", "CAA": "limits_issuers", "NS": "name_servers"}[kind]
    assert found[column].reason is Reason.UNREACHABLE
    assert sum(isinstance(cell, Unread) for cell in found.values()) <= 2


def test_a_server_whose_name_has_no_address_is_a_gap(look):
    found = look({(f"ns2.{NAME}", "A"): []})

    assert found["servers_that_do_not_serve"].reason is Reason.UNREACHABLE
    assert found["serials_agree"].reason is Reason.UNREACHABLE
