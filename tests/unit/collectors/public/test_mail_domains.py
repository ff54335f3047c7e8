"""Mail domains as the resolver and their own hosts on loopback tell of them."""

import pytest

from fakes.public_face import HERE, face, mail, resolving, serving
from zicha.collectors.public.mail_domains import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

NAME, HOST = "example.test", "mx.example.test"
GOOD = {
    (NAME, "MX"): [f"10 {HOST}."],
    (NAME, "TXT"): ['"site-verification=private"', '"v=spf1 mx " "-all"'],
    (f"_dmarc.{NAME}", "TXT"): ['"v=DMARC1; p=reject; rua=mailto:d@example.test"'],
    (f"s1._domainkey.{NAME}", "TXT"): ["CNAME s1.provider.test."],
    ("s1.provider.test", "TXT"): ['"v=DKIM1; k=rsa; p=MIIBIjAN"'],
    (HOST, "A"): [HERE],
}


def look(tmp_path, records=None, meet=None):
    with (
        resolving(GOOD | (records or {})) as resolver,
        serving(meet or mail("STARTTLS", "SIZE 100")) as server,
    ):
        hosts = [{"name": HOST, "port": server.port}]
        domain = {"name": NAME, "hosts": hosts, "dkim_selectors": ["s1"]}
        looked = face(resolver, tmp_path, mail_domains=[domain])
        replies = list(COLLECTOR.fetch(looked))
        (row,) = COLLECTOR.table(replies).rows
    return row, replies


def test_a_good_domain(tmp_path):
    found, _ = look(tmp_path)

    assert (found["mail_hosts"], found["undeclared_mail_hosts"]) == (HOST, 0)
    assert found["hosts_without_starttls"] == ""
    assert (found["spf_records"], found["spf_ends"]) == (1, "-all")
    assert (found["dkim_selectors"], found["dkim_keys_missing"]) == (1, 0)
    assert (found["dmarc_policy"], found["dmarc_is_reported"]) == ("reject", True)


def test_texts_that_are_not_asked_for_are_not_kept(tmp_path):
    _, replies = look(tmp_path)

    assert "private" not in str(replies)


def test_a_host_that_is_not_declared_is_counted_and_never_greeted(tmp_path):
    with serving(mail("STARTTLS")) as other:
        records = {(NAME, "MX"): [f"10 {HOST}.", "20 localhost.", "30 ."]}
        found, _ = look(tmp_path, records)

        assert found["undeclared_mail_hosts"] == 1
        assert other.met == 0


def test_a_host_without_starttls_is_named(tmp_path):
    assert look(tmp_path, meet=mail("SIZE 100"))[0]["hosts_without_starttls"] == HOST


def test_we_greet_and_leave_and_send_no_letter(tmp_path):
    asked = []
    look(tmp_path, meet=mail("STARTTLS", asked=asked))

    assert [line.split()[0] for line in asked] == [b"EHLO", b"QUIT"]


@pytest.mark.parametrize(
    ("meet", "reason"),
    [
        (mail(banner=b"421 too busy\r\n"), Reason.THROTTLED),
        (mail(banner=b"SSH-2.0-x\r\n"), Reason.MALFORMED),
        (lambda _: None, Reason.MALFORMED),
        (lambda visitor: visitor.sendall(b"220-" + b"x" * 50_000), Reason.MALFORMED),
        (mail("\x1b[31m", banner=b"220 \xff\xfe\r\n"), None),
    ],
)
def test_a_host_that_does_not_answer_as_mail_servers_do(tmp_path, meet, reason):
    found = look(tmp_path, meet=meet)[0]["hosts_without_starttls"]

    assert (found.reason if isinstance(found, Unread) else None) == reason


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("v=spf1 a ~all", "~all"),
        ("v=spf1 all", "+all"),
        ("v=spf1 redirect=_spf.example.test", "redirect"),
        ("v=spf1 mx", "open"),
        ("v=spf1 -all.evil", "open"),
    ],
)
def test_how_an_spf_record_ends(tmp_path, said, ends):
    assert look(tmp_path, {(NAME, "TXT"): [f'"{said}"']})[0]["spf_ends"] == ends


def test_two_spf_records_are_counted_as_two(tmp_path):
    found, _ = look(tmp_path, {(NAME, "TXT"): ['"v=spf1 -all"', '"v=spf1 mx -all"']})

    assert found["spf_records"] == 2


def test_a_revoked_key_is_missing(tmp_path):
    found, _ = look(tmp_path, {("s1.provider.test", "TXT"): ['"v=DKIM1; p="']})

    assert found["dkim_keys_missing"] == 1


@pytest.mark.parametrize(
    "said", [['"v=DMARC1; p=reject"', '"v=DMARC1; p=none"'], ['"v=DMARC1; p=perhaps"'], []]
)
def test_a_policy_that_receivers_would_not_apply_is_missing(tmp_path, said):
    found, _ = look(tmp_path, {(f"_dmarc.{NAME}", "TXT"): said})

    assert found["dmarc_policy"] == "missing"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("SERVFAIL", Reason.UNREACHABLE),
        ("REFUSED", Reason.REFUSED),
        ("garbage", Reason.MALFORMED),
    ],
)
def test_a_failing_resolver_is_a_gap_and_not_a_domain_without_records(tmp_path, said, reason):
    found, _ = look(tmp_path, {(NAME, "TXT"): said})

    assert found["spf_records"].reason is reason
    assert found["dmarc_policy"] == "reject"


def test_a_huge_answer_comes_over_tcp_and_what_is_beyond_reading_is_unknown(tmp_path):
    many = [f'"{n} {"x" * 200}"' for n in range(150)]
    found, _ = look(tmp_path, {(NAME, "TXT"): ['"v=spf1 -all"', *many]})

    assert found["spf_records"].reason is Reason.PARTIAL
