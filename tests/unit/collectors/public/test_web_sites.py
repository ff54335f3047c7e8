"""Web sites as the public meets them: filing numbers, redirects, encryption, and hostile pages."""

import ssl
from contextlib import ExitStack

import pytest

from fakes.public_face import HERE, Authority, answer, face, page, resolving, serving, tls
from zicha.collectors.public.web_sites import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources import public_page

NAME = "www.example.test"
ICP, PSB = "京ICP备12345678号-1", "京公网安备11010502030143号"
FOOTER = (
    f'<a href="https://beian.miit.gov.cn/" target=_blank>京ICP备 12345678号-1</a>'
    f'<a href="https://beian.mps.gov.cn/#/query/webSearch?code=1">{PSB}</a>'
)
HOME = f"<html><body><p>{'公司介绍' * 80}</p><footer>{FOOTER}</footer></body></html>".encode()
SAFE = answer(200, HOME, Strict_Transport_Security="max-age=31536000; includeSubDomains")


@pytest.fixture
def met(tmp_path):
    """Serve these pages plainly and over TLS, look once, and give the row."""
    with ExitStack() as stack:
        authority = Authority(tmp_path)

        def look(pages, plain=None, asked=None, **site):
            meet = pages if callable(pages) else page(pages, asked)
            safe = stack.enter_context(serving(tls(authority.certificate(NAME), meet)))
            resolver = stack.enter_context(resolving({(NAME, "A"): [HERE]}))
            if plain is None:
                away = answer(301, Location=f"https://{NAME}:{safe.port}/")
                plain = page({"/": away})
            http = stack.enter_context(serving(plain))
            declared = {"name": NAME, "http_port": http.port, "https_port": safe.port}
            declared |= {"icp_number": ICP, "psb_number": PSB}
            looked = face(resolver, tmp_path, sites=[declared | site])
            (row,) = COLLECTOR.table(COLLECTOR.fetch(looked)).rows
            return row

        yield look


def test_a_good_site(met):
    found = met({"/": SAFE})

    assert found["unencrypted"] == "redirects-to-https"
    assert (found["icp_number"], found["shows_declared_icp_number"]) == (ICP, True)
    assert found["links_to_icp_registry"] is True
    assert (found["psb_number"], found["shows_declared_psb_number"]) == (PSB, True)
    assert found["hsts_seconds"] == 31536000


def test_we_say_who_we_are_and_ask_for_one_page_only(met):
    asked = []

    met({"/": SAFE}, asked=asked)

    (only,) = asked
    assert b"User-Agent: zicha-self-inspection/1 (+mailto:security@example.test)" in only


def test_a_page_with_another_number_does_not_show_ours(met):
    body = HOME.replace(b"12345678", b"87654321")
    found = met({"/": answer(200, body)})

    assert (found["icp_number"], found["shows_declared_icp_number"]) == (
        "京ICP备87654321号-1",
        False,
    )


def test_a_number_in_a_comment_or_a_script_is_shown_to_nobody(met):
    hidden = f"<!-- {FOOTER} --><script>var x = '{FOOTER}'</script><p>{'字' * 300}</p>"
    found = met({"/": answer(200, hidden.encode())})

    assert (found["icp_number"], found["links_to_icp_registry"]) == (None, False)


def test_a_page_that_scripts_build_is_unknown_not_without_a_number(met):
    found = met({"/": answer(200, b"<div id=app></div><script src=/a.js></script>")})

    assert found["icp_number"].reason is Reason.PARTIAL
    assert found["shows_declared_icp_number"].reason is Reason.PARTIAL


@pytest.mark.parametrize(
    "link",
    [
        "https://beian.miit.gov.cn.evil.test/",
        "https://beian.miit.gov.cn@evil.test/",
        "https://beian.miit.gоv.cn/",
        "https://[::1/beian.miit.gov.cn",
        "javascript:beian.miit.gov.cn",
    ],
)
def test_a_link_that_looks_like_the_registry_is_not_it(met, link):
    body = f'<p>{"字" * 300}</p><a href="{link}">{ICP}</a>'
    found = met({"/": answer(200, body.encode())})

    assert found["links_to_icp_registry"] is False


def test_an_older_page_in_gb2312_is_read(met):
    body = f"<meta charset=gb2312><p>{'字' * 300}</p>{FOOTER}".encode("gb18030")

    assert met({"/": answer(200, body)})["icp_number"] == ICP


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (answer(200, HOME), "serves"),
        (answer(302, Location="http://elsewhere.test/"), "redirects-elsewhere"),
        (answer(403), "refuses"),
    ],
)
def test_what_the_site_does_without_encryption(met, said, word):
    assert met({"/": SAFE}, plain=page({"/": said}))["unencrypted"] == word


def test_a_closed_port_is_told_from_one_that_serves(met):
    with serving(lambda _: None) as server:
        port = server.port

    assert met({"/": SAFE}, http_port=port)["unencrypted"] == "closed"


def test_a_redirect_to_an_undeclared_host_is_written_down_and_not_followed(met, touched):
    with serving(page({"/": SAFE})) as other:
        away = f"https://localhost:{other.port}/?token=secret"
        found = met({"/": answer(302, Location=away)})

        assert found["ends_at"] == f"https://localhost:{other.port}/"
        assert found["icp_number"].reason is Reason.NOT_COLLECTED
        assert (other.met, (HERE, other.port) in touched) == (0, False)


def test_a_redirect_to_a_declared_page_is_followed_and_not_for_ever(met):
    found = met({"/": answer(302, Location="/home"), "/home": SAFE})
    round_ = met({"/": answer(302, Location="/a"), "/a": answer(302, Location="/")})

    assert (found["icp_number"], found["hsts_seconds"]) == (ICP, 0)
    assert round_["icp_number"].reason is Reason.NOT_COLLECTED


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer(403), Reason.REFUSED),
        (answer(429), Reason.THROTTLED),
        (answer(503), Reason.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort", Reason.MALFORMED),
        (b"\x00\x01\x02 what is this\r\n\r\n", Reason.MALFORMED),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n", Reason.MALFORMED),
    ],
)
def test_a_page_that_was_not_seen_shows_neither_a_number_nor_its_lack(met, said, reason):
    found = met({"/": said})

    assert found["icp_number"].reason is reason
    assert found["shows_declared_icp_number"].reason is reason


def test_of_a_page_without_end_the_beginning_is_read_and_the_rest_unknown(met):
    def pour(stream):
        stream.recv(4096)
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + HOME)
        while True:
            stream.sendall(b"<p>x" * 10000)

    found = met(pour)

    assert found["icp_number"] == ICP


def test_hostile_markup_and_control_characters_stay_text(met):
    body = f"<p>{'字' * 300}</p>\x07<img src=x onerror=alert(1)>京ICP备\u202e12345678号-1".encode()
    found = met({"/": answer(200, body)})

    assert isinstance(found["icp_number"], Unread) is False
    assert found["shows_declared_icp_number"] is False


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<script>", "<a href=", "<", "&#x", "<p>1.1"])
def test_a_million_letters_of_hostile_markup_are_read_to_the_end(piece):
    body = (piece * 1_000_000)[:1_000_000].encode()

    found = public_page.kept(body, "text/html")

    assert found["icp_numbers"] == []


def test_a_site_of_another_age_that_speaks_only_old_tls_is_still_read(tmp_path):
    authority = Authority(tmp_path)
    old = ssl.TLSVersion.TLSv1
    meet = tls(authority.certificate(NAME), page({"/": SAFE}), oldest=old, newest=old)
    with resolving({(NAME, "A"): [HERE]}) as resolver, serving(meet) as safe:
        site = {"name": NAME, "https_port": safe.port, "http_port": safe.port}
        (row,) = COLLECTOR.table(COLLECTOR.fetch(face(resolver, tmp_path, sites=[site]))).rows

    assert row["icp_number"] == ICP
