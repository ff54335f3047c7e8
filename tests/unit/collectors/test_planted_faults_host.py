"""Every fault planted in the recordings and logs of the demo is found, and nothing right is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from fakes.host import host_of
from fakes.suite_cases import SUITES, VIEWS
from zicha.catalog.roots import project_root
from zicha.catalog.thresholds import limits, load_thresholds
from zicha.catalog.yaml_files import load_yaml
from zicha.collectors import collectors
from zicha.evaluation.derived import build_view
from zicha.evaluation.outcomes import evaluate
from zicha.sources.database_recorded import recorded_server
from zicha.sources.host import open_host
from zicha.sources.log_folder import open_log_folder

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DEMO = project_root() / "demo"
HOST = SimpleNamespace(id="recorded-host", reach="recorded", file="recorded_host/host.json")
LOGS = SimpleNamespace(
    id="demo-cloudtrail",
    folder="cloudtrail",
    accounts=["111122223333"],
    regions=["cn-north-1"],
    recorded=True,
)
DATABASE = DEMO / "recorded_database" / "postgresql.json"
SCOPES = {
    "linux": [{"source": "recorded-host", "host": "recorded-host"}],
    "postgresql": [{"source": "demo-postgresql", "server": "demo-postgresql"}],
    "cloudtrail": [
        {"source": "demo-cloudtrail", "account": "111122223333", "region": "cn-north-1"}
    ],
}


def tables():
    opened = {
        "linux": open_host(HOST, None, DEMO),
        "cloudtrail": open_log_folder(LOGS, DEMO, NOW),
        "postgresql": recorded_server("demo-postgresql", DATABASE),
    }
    found = {
        id_: each.table(each.fetch(opened[each.source]), NOW, "sha256:0", each.source)
        for id_, each in collectors().items()
        if each.source in opened
    }
    for id_, view in VIEWS.items():
        if set(view.reads) <= found.keys():
            found[id_] = build_view(view, found, NOW)
    return found


@pytest.fixture(scope="module")
def outcomes():
    known = limits(load_thresholds(), {})
    made = tables()
    return [
        (suite.id, SCOPES[id_.partition("/")[0]][0]["source"], outcome)
        for id_, suite in SUITES.items()
        if id_.partition("/")[0] in SCOPES
        for outcome in evaluate(
            suite,
            made[suite.table_id],
            SCOPES[id_.partition("/")[0]],
            NOW,
            known,
            timedelta(hours=26),
        )
    ]


def test_every_planted_fault_is_found_and_nothing_else(outcomes):
    planted = load_yaml(DEMO / "planted_faults_host.yaml")["faults"]

    found = {
        (suite, outcome.expectation, source, outcome.subject_id)
        for suite, source, outcome in outcomes
        if outcome.verdict.status == "fail"
    }

    wanted = {(f["suite"], f["expectation"], f["source"], f["subject"]) for f in planted}
    assert sorted(found - wanted) == []
    assert sorted(wanted - found) == []


def test_the_demo_leaves_nothing_unknown(outcomes):
    unknown = [
        (s, o.expectation, o.verdict) for s, _, o in outcomes if o.verdict.status == "unknown"
    ]

    assert unknown == []


def test_a_password_changed_in_the_future_proves_nothing():
    accounts = collectors()["linux/accounts"]
    host = host_of("debian")
    future = "li.na:$6$x$y:99998:0:90:7:::"
    host.answers["cat -- /etc/shadow"] = f"root:*:1::::::\n{future}\n"
    table = accounts.table(accounts.fetch(host), NOW)
    known = limits(load_thresholds(), {})

    found = evaluate(SUITES["linux/accounts"], table, [{"host": "h"}], NOW, known, accounts.max_age)

    of_her = {o.expectation: o.verdict.status for o in found if o.subject_id == "li.na"}
    assert of_her["passwords-were-changed-in-time"] == "fail"
    assert of_her["passwords-expire"] == "pass"


def test_the_demo_log_files_come_from_their_generator(tmp_path):
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("cloudtrail_files", DEMO / "cloudtrail_files.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)

    module.write(tmp_path, "2026-11-02")

    made = open_log_folder(SimpleNamespace(**{**vars(LOGS), "folder": "."}), tmp_path, NOW)
    kept = open_log_folder(LOGS, DEMO, NOW)
    events = collectors()["cloudtrail/events"]
    assert events.table(events.fetch(made)).rows == events.table(events.fetch(kept)).rows
