"""A day with a public face in the scope: declared, looked at on loopback, judged and claimed."""

from pathlib import Path

import pytest

from fakes import scopes
from fakes.loopback import kept_on_loopback
from fakes.public_face import HERE, Authority, answer, page, resolving, serving, tls
from integration.one_day import NOON
from zicha.catalog.scope import load_scope
from zicha.custody.keys import NAME as KEY
from zicha.model.errors import ConfigError
from zicha.pipeline import close_collection, collect, judge, open_workplace, plan_collection
from zicha.storage import outcomes

NAME = "www.example.test"
ICP = "京ICP备12345678号-1"
HOME = f'<p>{"字" * 300}</p><a href="https://beian.miit.gov.cn/">{ICP}</a>'.encode()


def declared(resolver: int, **lists):
    return {
        "id": "portal-public",
        "kind": "public",
        "name": scopes.said("公网"),
        "contact": "mailto:security@example.test",
        "looks_from": "outside",
        "resolver": {"address": HERE, "port": resolver},
        "trusted_roots": "root.pem",
        "pause_seconds": 0.2,
        **lists,
    }


def with_sources(folder: Path, *sources) -> Path:
    contents = scopes.files()
    contents["sources"]["sources"] += sources
    contents["objects"]["objects"].append(
        {
            "id": "portal",
            "systems": ["billing"],
            "type": "application",
            "name": scopes.said("门户"),
            "selects": [{"source": sources[0]["id"]}],
        }
    )
    return scopes.write(folder, contents)


def test_a_declared_site_is_looked_at_sealed_and_judged(tmp_path):
    authority = Authority(tmp_path)
    meet = tls(authority.certificate(NAME), page({"/": answer(200, HOME)}))
    with (
        kept_on_loopback() as touched,
        resolving({(NAME, "A"): [HERE]}) as resolver,
        serving(meet) as safe,
        serving(page({"/": answer(301, Location=f"https://{NAME}/")})) as plain,
    ):
        site = {"name": NAME, "http_port": plain.port, "https_port": safe.port, "icp_number": ICP}
        source = declared(resolver.port, sites=[site], tls=[{"name": NAME, "port": safe.port}])
        with_sources(tmp_path, source)
        found = _statuses(tmp_path)

    assert touched == {(HERE, safe.port), (HERE, plain.port)}
    assert found["the-declared-icp-number-is-shown"] == {"pass"}
    assert found["the-declared-psb-number-is-shown"] == {"fail"}
    assert found["nothing-is-served-unencrypted"] == {"pass"}
    assert found["the-chain-is-trusted"] == {"pass"}
    assert found["only-declared-ports-are-open"] == {"not-applicable"}


def _statuses(scope: Path) -> dict[str, set[str]]:
    folder = scope / "data"
    folder.mkdir()
    (folder / KEY).write_bytes(bytes(range(32)))
    (folder / KEY).chmod(0o600)
    environ = {"ZICHA_DATA": str(folder), "ZICHA_SCOPE": str(scope)}
    place = open_workplace(environ, clock=lambda: NOON)
    for batch in plan_collection(place, place.today(), sources=["portal-public"]):
        collect(place, batch)
    close_collection(place, place.today())
    judge(place, place.today())
    with place.database.read() as connection:
        said: dict[str, set[str]] = {}
        for each in outcomes.standing(connection):
            one = each.outcome
            if one.suite.startswith("public/"):
                said.setdefault(one.expectation, set()).add(one.verdict.status.value)
    return said


def test_a_name_that_stands_in_two_sources_is_refused(tmp_path):
    one = declared(53, sites=[{"name": NAME}])
    other = declared(53, sites=[{"name": NAME}]) | {"id": "other-public", "name": scopes.said("二")}

    with pytest.raises(ConfigError, match=r"sites: www\.example\.test stands in portal-public too"):
        load_scope(with_sources(tmp_path, one, other))
