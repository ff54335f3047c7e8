"""Directories, against a real slapd: encrypted, paged, and a limit is a gap, not an answer."""

from __future__ import annotations

import json

import pytest

from fakes.slapd import BASE, PASSWORD, READER, WHY_NOT, account, group, person, running
from fakes.suites import NOW
from zicha.catalog.scope_sources import DirectorySource
from zicha.collectors import collectors
from zicha.model.errors import SourceError
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources.directory import open_directory

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

ACCOUNTS = collectors()["directory/accounts"]
FOREVER = "pwdAccountLockedTime"
PEOPLE = [
    account("zhang.san", "shadowExpire: 20000", "shadowLastChange: 19000"),
    account("li.si", "shadowExpire: -1"),
    *(account(f"many-{n:04}") for n in range(1200)),
    group("staff", person("zhang.san"), f"cn=inner,ou=groups,{BASE}"),
    group("inner", person("li.si")),
    group("Ops", f"cn=staff,ou=groups,{BASE}"),
]


@pytest.fixture(scope="module")
def slapd(tmp_path_factory):
    with running(tmp_path_factory.mktemp("slapd"), PEOPLE) as server:
        yield server


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    with running(tmp_path_factory.mktemp("small"), PEOPLE, sizelimit="100") as server:
        yield server


def source(slapd, **other):
    said = {
        "id": "ldap",
        "name": {"zh": "目录", "en": "directory"},
        "kind": "directory",
        "address": "127.0.0.1",
        "port": slapd.port,
        "base": BASE,
        "user": READER,
        "credential": "ldap",
        "ca_file": str(slapd.ca_file),
    }
    return DirectorySource.model_validate_json(json.dumps(said | other))


def asked(slapd, password=PASSWORD, **other):
    directory = open_directory(source(slapd, **other), password, slapd.ca_file.parent)
    try:
        return list(ACCOUNTS.fetch(directory))
    finally:
        directory.close()


def rows(replies):
    return {row["account"]: row for row in ACCOUNTS.table(replies, NOW).rows}


def state(replies):
    (only,) = ACCOUNTS.table(replies, NOW).states.values()
    return only


def test_every_page_is_read_over_starttls(slapd):
    replies = asked(slapd)

    assert state(replies).reason is None
    assert len(rows(replies)) == 1202
    assert rows(replies)["li.si"]["expires_at"] is None
    assert rows(replies)["zhang.san"]["expires_at"].year == 2024
    assert rows(replies)["zhang.san"]["password_changed_at"].year == 2022


def test_ldaps_gives_the_same(slapd):
    over_tls = asked(slapd, port=slapd.tls_port, tls="ldaps")

    assert rows(over_tls) == rows(asked(slapd))


def test_groups_are_followed_through_groups(slapd):
    found = rows(asked(slapd, privileged_groups=[f"cn=Ops,ou=groups,{BASE}"]))

    assert found["li.si"]["groups"] == "Ops, inner, staff"
    assert (found["li.si"]["is_privileged"], found["many-0001"]["is_privileged"]) == (True, False)


def test_passwords_and_names_of_people_are_never_asked_for(slapd):
    said = str(asked(slapd))

    assert "never-to-be-read" not in said
    assert "someone" not in said


def test_a_size_limit_is_a_gap_and_not_an_answer(small):
    replies = asked(small)

    assert state(replies).reason is Reason.PARTIAL
    assert "size limit" in state(replies).remedy
    assert 0 < len(rows(replies)) <= 100


def test_groups_behind_a_size_limit_leave_rights_unread(small):
    cut = [r for r in asked(small) if r.call != "list_groups"]

    found = rows(cut)
    assert isinstance(next(iter(found.values()))["is_privileged"], Unread)


def test_without_a_record_of_sign_ins_nothing_is_said_of_them(slapd):
    last = rows(asked(slapd))["zhang.san"]["last_active_at"]

    assert isinstance(last, Unread)
    assert "lastbind" in last.remedy


def test_a_wrong_password_is_a_refusal_that_names_who_asked(slapd):
    with pytest.raises(SourceError, match=READER) as refused:
        asked(slapd, password="another")

    assert refused.value.reason is Reason.REFUSED


def test_a_certificate_of_another_authority_is_not_trusted(slapd):
    for tls, port in (("starttls", slapd.port), ("ldaps", slapd.tls_port)):
        with pytest.raises(SourceError) as refused:
            asked(slapd, tls=tls, port=port, ca_file=str(slapd.other_ca_file))
        assert refused.value.reason is Reason.UNREACHABLE


def test_who_may_see_nothing_gets_no_empty_directory(tmp_path):
    hides = f'access to dn.subtree="ou=people,{BASE}" by * none'
    with running(tmp_path / "hiding", PEOPLE[:2], access=hides) as hiding:
        hidden = asked(hiding)
        nobody = asked(hiding, user="", credential="", password="")

    assert (state(hidden).reason, rows(hidden)) == (Reason.MALFORMED, {})
    assert "grant search and read" in state(hidden).remedy
    assert state(nobody).reason is not None


def test_a_base_that_is_not_there_is_a_gap(slapd):
    assert state(asked(slapd, base="dc=nowhere,dc=cn")).reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"address": "ldap.example.cn", "tls": "none-on-loopback"}, "this machine only"),
        ({"credential": ""}, "belong together"),
    ],
)
def test_an_unsafe_directory_is_refused(slapd, other, why):
    with pytest.raises(ValueError, match=why):
        source(slapd, **other)
