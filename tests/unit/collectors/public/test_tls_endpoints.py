"""TLS as the public meets it: real handshakes with servers on loopback, good and bad."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest

from fakes.public_face import HERE, NOW, Authority, face, resolving, serving, tls
from zicha.collectors.public.tls_endpoints import COLLECTOR, matches
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

NAME = "www.example.test"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def row(authority, meet, name=NAME, **declared):
    with resolving({(name, "A"): [HERE]}) as resolver, serving(meet) as server:
        tls_ = [{"name": name, "port": server.port}]
        asked = face(resolver, authority.folder, tls=tls_, trusted_roots="root.pem", **declared)
        (only,) = COLLECTOR.table(COLLECTOR.fetch(asked)).rows
    return only


def test_a_good_endpoint(authority):
    found = row(authority, tls(authority.certificate(NAME)))

    assert [found[f"accepts_tls_1_{n}"] for n in range(4)] == [False, False, True, True]
    assert (found["chain_is_trusted"], found["chain_problem"]) == (True, "")
    assert found["name_is_certified"] is True
    assert found["protocol"] == "TLSv1.3"
    assert (found["key_kind"], found["key_strength_bits"]) == ("ec", 128)
    assert found["expires_at"] - datetime.now(UTC) > timedelta(days=88)


def test_an_expired_certificate_is_read_all_the_same(authority):
    found = row(authority, tls(authority.certificate(NAME, days_left=-3)))

    assert found["expires_at"] < NOW
    assert (found["chain_is_trusted"], found["chain_problem"]) == (
        False,
        "certificate has expired",
    )
    assert found["name_is_certified"] is True


def test_a_certificate_for_another_name(authority):
    found = row(authority, tls(authority.certificate("other.example.test")))

    assert (found["name_is_certified"], found["chain_is_trusted"]) == (False, True)


def test_a_self_signed_certificate_is_trusted_by_nobody(authority):
    found = row(authority, tls(authority.certificate(NAME, self_signed=True)))

    assert found["chain_is_trusted"] is False
    assert "self" in found["chain_problem"]


def test_old_versions_and_a_short_key(authority):
    old, new = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    found = row(authority, tls(authority.certificate(NAME, rsa_bits=1024), oldest=old, newest=new))

    assert [found[f"accepts_tls_1_{n}"] for n in range(4)] == [True, True, False, False]
    assert found["key_strength_bits"] == 80


def test_what_does_not_speak_tls_is_malformed_not_judged(authority):
    found = row(authority, lambda visitor: visitor.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"))

    unread = {n: c.reason for n, c in found.items() if isinstance(c, Unread)}
    assert set(unread.values()) == {Reason.MALFORMED}
    assert len(unread) == len(COLLECTOR.columns) - 2


def test_a_closed_port_is_unreachable_and_says_closed(authority):
    with serving(lambda _: None) as server:
        port = server.port
    with resolving({(NAME, "A"): [HERE]}) as resolver:
        asked = face(resolver, authority.folder, tls=[{"name": NAME, "port": port}])
        (only,) = COLLECTOR.table(COLLECTOR.fetch(asked)).rows

    assert only["chain_is_trusted"].reason is Reason.UNREACHABLE
    assert "is closed" in only["protocol"].remedy


@pytest.mark.parametrize("said", ["SERVFAIL", "garbage", []])
def test_a_name_that_cannot_be_asked_is_a_gap_and_nothing_is_connected_to(authority, said, touched):
    with resolving({(NAME, "A"): said, (NAME, "TXT"): ["x"]}) as resolver:
        asked = face(resolver, authority.folder, tls=[{"name": NAME}])
        (only,) = COLLECTOR.table(COLLECTOR.fetch(asked)).rows

    assert isinstance(only["protocol"], Unread)
    assert {port for _, port in touched} <= {resolver.port}


@pytest.mark.parametrize(
    ("name", "pattern", "holds"),
    [
        # RFC 9525, 6.3: the wildcard is the whole left-most label and stands for one label.
        ("www.example.test", "*.example.test", True),
        ("a.b.example.test", "*.example.test", False),
        ("example.test", "*.example.test", False),
        ("www.example.test", "w*.example.test", False),
        ("example.test", "*.test", False),
        ("www.example.test", "WWW.Example.Test", True),
        ("www.example.test", "www.example.test.evil.test", False),
        ("www.example.test", "www.еxample.test", False),
    ],
)
def test_which_names_a_certificate_covers(name, pattern, holds):
    assert matches(name, pattern) is holds
