"""Pages of published apps, served on loopback."""

import pytest

from fakes.public_face import HERE, Authority, answer, face, page, resolving, serving, tls
from zicha.collectors.public.apps import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

NAME = "store.example.test"
POLICY = answer(200, ("隐私政策。" + "我们如何收集和使用个人信息。" * 30).encode())
VERSION = answer(200, "<h1>客户端</h1><p>版本 3.2.1（2026-11-01）</p>".encode())


def look(tmp_path, version=VERSION, policy=POLICY):
    authority = Authority(tmp_path)
    meet = tls(authority.certificate(NAME), page({"/v": version, "/p": policy}))
    with resolving({(NAME, "A"): [HERE]}) as resolver, serving(meet) as server:
        app = {
            "id": "client",
            "name": {"zh": "客户端", "en": "client"},
            "version": "3.2.1",
            "version_page": f"https://{NAME}:{server.port}/v",
            "privacy_policy": f"https://{NAME}:{server.port}/p",
        }
        looked = face(resolver, tmp_path, apps=[app])
        (row,) = COLLECTOR.table(COLLECTOR.fetch(looked)).rows
    return row


def test_a_good_app(tmp_path):
    found = look(tmp_path)

    assert (found["shows_declared_version"], found["published_versions"]) == (True, "3.2.1")
    assert found["privacy_policy_is_there"] is True


@pytest.mark.parametrize("shown", ["3.2.10", "13.2.1", "3.2", "3.2.1.4"])
def test_another_version_is_not_the_declared_one(tmp_path, shown):
    found = look(tmp_path, version=answer(200, f"<p>v{shown}</p>".encode()))

    assert (found["shows_declared_version"], found["published_versions"]) == (False, shown)


@pytest.mark.parametrize(
    "said",
    [
        answer(404, b"gone"),
        answer(410),
        answer(200, "欢迎".encode() * 500),
        answer(200, "隐私政策".encode()),
    ],
)
def test_a_link_that_leads_to_no_policy_is_a_fault(tmp_path, said):
    assert look(tmp_path, policy=said)["privacy_policy_is_there"] is False


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer(403), Reason.REFUSED),
        (answer(500), Reason.UNREACHABLE),
        (answer(302, Location="https://other.example.test/login"), Reason.NOT_COLLECTED),
        (answer(200, b"<div id=app></div><script src=a.js></script>"), Reason.PARTIAL),
    ],
)
def test_a_policy_that_was_not_seen_is_unknown(tmp_path, said, reason):
    found = look(tmp_path, policy=said)["privacy_policy_is_there"]

    assert isinstance(found, Unread)
    assert found.reason is reason
