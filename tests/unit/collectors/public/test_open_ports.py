"""Ports as they answer on loopback: open, closed, silent, and what silence may not prove."""

import pytest

from fakes.public_face import HERE, Watch, face, resolving, serving
from zicha.collectors.public.open_ports import COLLECTOR
from zicha.model.errors import ConfigError
from zicha.model.evidence import Answer, Unread
from zicha.model.verdict import Reason
from zicha.sources.public import SCANNED


def table_of(tmp_path, open_ports, watch=None, **declared):
    with resolving({}) as resolver:
        addresses = [{"address": HERE, "open_ports": open_ports}]
        looked = face(resolver, tmp_path, watch, addresses=addresses, **declared)
        return COLLECTOR.table(COLLECTOR.fetch(looked))


def test_a_declared_open_port_and_one_beside_it(tmp_path, touched):
    with serving(lambda _: None) as meant, serving(lambda _: None) as strange:
        (row,) = table_of(tmp_path, [meant.port], also_ports=[strange.port]).rows

        assert str(strange.port) in row["undeclared_open"]
        assert str(meant.port) not in row["undeclared_open"]
        assert row["declared_and_silent"] == ""
        assert {port for _, port in touched} == {*SCANNED, meant.port, strange.port}


def test_a_declared_port_that_is_closed_is_named(tmp_path):
    with serving(lambda _: None) as gone:
        port = gone.port
    (row,) = table_of(tmp_path, [port]).rows

    assert row["declared_and_silent"] == str(port)


def test_a_host_is_given_its_pause_between_two_knocks(tmp_path):
    watch = Watch()

    (row,) = table_of(tmp_path, [], watch, pause_seconds=0.5).rows

    assert watch.waits == [0.5] * (row["ports_asked"] - 1)


def rows(states, declared=(443,), **listed):
    body = {"looks_from": "outside", "egress_is_open": True} | listed
    body["members"] = [{"address": "203.0.113.5", "open_ports": list(declared)}]
    ports = [{"port": port, "state": state} for port, state in states.items()]
    replies = [
        Answer(("f",), "list_addresses", "", body),
        Answer(("f",), "knock_at_ports", "203.0.113.5", {"ports": ports}),
    ]
    (row,) = COLLECTOR.table(replies).rows
    return row


def test_silence_is_the_firewall_s_where_our_own_way_out_is_open():
    found = rows({443: "open", 22: "filtered", 3306: "closed"})

    assert (found["undeclared_open_ports"], found["filtered_ports"]) == (0, 1)


def test_silence_proves_nothing_where_our_own_way_out_may_have_dropped_the_knock():
    found = rows({443: "open", 22: "filtered"}, egress_is_open=False)

    assert found["undeclared_open_ports"].reason is Reason.UNREACHABLE


def test_what_was_found_open_stands_whatever_is_hidden():
    found = rows({443: "open", 22: "open", 23: "filtered"}, egress_is_open=False)

    assert (found["undeclared_open_ports"], found["undeclared_open"]) == (1, "22")
    assert found["administration_open"] == "22"


def test_an_address_where_not_one_port_answers_is_unknown():
    found = rows({443: "filtered", 22: "filtered"})

    assert {n for n, c in found.items() if isinstance(c, Unread)} >= {"undeclared_open_ports"}


def test_a_port_that_is_not_declared_and_not_on_our_list_is_never_knocked_at(tmp_path):
    with resolving({}) as resolver, serving(lambda _: None) as other:
        looked = face(resolver, tmp_path, addresses=[{"address": HERE}])

        with pytest.raises(ConfigError, match="is not declared in source face"):
            looked.knock(HERE, other.port)

        assert other.met == 0


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.9", 443), ("other.example.test", 443), ("www.example.test", 444)]
)
def test_what_is_not_declared_is_never_connected_to(tmp_path, host, port, touched):
    with resolving({(host, "A"): [HERE]}) as resolver:
        looked = face(resolver, tmp_path, tls=[{"name": "www.example.test"}])

        with pytest.raises(ConfigError, match="add it, or leave it"):
            looked.connect(host, port)

    assert (touched, resolver.asked) == (set(), [])
