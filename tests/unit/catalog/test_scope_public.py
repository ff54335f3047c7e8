"""What a scope may declare of its public face, and what it is told when it is wrong."""

import pytest
from pydantic import ValidationError

from zicha.catalog.scope_sources import PublicSource, places_of
from zicha.catalog.yaml_files import in_one_sentence

GOOD = {
    "id": "portal-public",
    "kind": "public",
    "name": {"zh": "公网", "en": "public"},
    "contact": "mailto:security@example.cn",
    "looks_from": "outside",
    "sites": [{"name": "www.example.cn", "icp_number": "京ICP备12345678号-1"}],
}
APP = {
    "id": "client",
    "name": {"zh": "客户端", "en": "client"},
    "version": "3.2.1",
    "version_page": "https://store.example.cn/client",
    "privacy_policy": "https://www.example.cn/privacy",
}


def test_a_public_face_is_a_place_of_its_own():
    source = PublicSource.model_validate(GOOD, strict=False)

    assert places_of(source) == [{"face": "portal-public"}]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"sites": []}, "declares nothing: add tls, sites, addresses or another list"),
        ({"sites": [GOOD["sites"][0]] * 2}, "sites names www.example.cn twice: keep one"),
        ({"sites": [{"name": "WWW.example.cn"}]}, "sites[0].name"),
        ({"sites": [{"name": "www.еxample.cn"}]}, "sites[0].name"),
        ({"sites": [{"name": "*.example.cn"}]}, "sites[0].name"),
        ({"sites": [{"name": "203.0.113.5"}]}, "sites[0].name"),
        ({"sites": [{"name": "www.example.cn", "path": "/a b"}]}, "sites[0].path"),
        ({"sites": [{"name": "www.example.cn", "path": "/\r\nX: y"}]}, "sites[0].path"),
        ({"addresses": [{"address": "203.0.113.0/24"}]}, "is no single address"),
        ({"addresses": [{"address": "www.example.cn"}]}, "is no single address"),
        ({"zones": [{"name": "example.cn", "name_servers": []}]}, "name_servers"),
        ({"apps": [APP | {"privacy_policy": "http://www.example.cn/"}]}, "is no plain https"),
        ({"apps": [APP | {"version_page": "https://u@example.cn/"}]}, "is no plain https"),
        ({"apps": [APP | {"version": "latest"}]}, "apps[0].version"),
        ({"contact": ""}, "contact"),
        ({"contact": "a\r\nHost: b"}, "contact"),
        ({"pause_seconds": 0.0}, "pause_seconds"),
        ({"also_ports": list(range(1, 102))}, "also_ports"),
        ({"guess_subdomains": True}, "guess_subdomains"),
    ],
)
def test_what_cannot_be_asked_politely_is_refused_by_its_key(changed, named):
    with pytest.raises(ValidationError) as refused:
        PublicSource.model_validate(GOOD | changed, strict=False)

    assert named in in_one_sentence(refused.value)
