"""The demo's AWS accounts: every planted fault is found, and nothing right is flagged."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from demo.aws_account_seeds import ACCOUNTS

from fakes.demo_account import served_apart, source
from zicha.catalog.roots import project_root, suites_dir
from zicha.catalog.suites import load_suites
from zicha.catalog.thresholds import limits, load_thresholds
from zicha.catalog.yaml_files import load_yaml
from zicha.collectors import collectors
from zicha.evaluation.outcomes import evaluate
from zicha.model.collector import merged
from zicha.sources.aws_door import open_account

SUITES = {id_: s for id_, s in load_suites(suites_dir()).items() if id_.startswith("aws/")}
PLANTED = {
    (fault["account"], fault["suite"], fault["expectation"], subject)
    for fault in load_yaml(project_root() / "demo" / "planted_faults.yaml")["faults"]
    for subject in fault["subjects"]
}
# Only one of the demo's accounts has a root user, and no interface gives it a key.
NEVER_SEEN = {
    ("aws/iam_account", "root-has-second-factor", "pass"),
    ("aws/iam_account", "root-has-no-access-keys", "fail"),
}


@pytest.fixture(scope="module")
def outcomes():
    """Each account's outcomes as (account, suite, expectation, subject) to its status."""
    import boto3

    with pytest.MonkeyPatch.context() as patch, served_apart() as url:
        patch.setenv("AWS_ENDPOINT_URL", url)
        session = boto3.Session("demo", "demo", region_name="cn-north-1")
        accounts = [open_account(source(account), session) for account in ACCOUNTS]
        tables = {
            id_: merged([_table(collectors()[id_], account) for account in accounts])
            for id_ in SUITES
        }
    scope = [
        {"source": a.source, "account": a.id, "region": region}
        for a in accounts
        for region in a.regions
    ]
    names = {
        (id_, table.key_of(row)): name
        for id_, table in tables.items()
        if "region" in table.places or id_ == "aws/distributions"
        for row in table.rows
        if (name := _name(row))
    }
    in_force = limits(load_thresholds(), {})
    found = {}
    for id_, suite in SUITES.items():
        collector, table = collectors()[id_], tables[id_]
        places = [{k: p[k] for k in ("source", *collector.places)} for p in scope]
        for o in evaluate(
            suite,
            table,
            places,
            datetime.now(UTC) + timedelta(minutes=5),
            in_force,
            collector.max_age,
        ):
            subject = names.get((id_, o.subject), o.subject[-1])
            key = (o.subject[0], id_, o.expectation, subject)
            # Each network has a group called default: where one fails, that is what was found.
            if found.get(key) != "fail":
                found[key] = str(o.verdict.status)
    return found


def _name(row):
    """Ids of a region's resources are new each time: their names tell them apart."""
    tags = json.loads(row.get("tags") or "{}")
    return row.get("alias") or row.get("name") or row.get("names") or tags.get("Name")


def _table(collector, account):
    replies = list(collector.fetch(account))
    return collector.table(replies, datetime.now(UTC), "sha256:0", account.source)


def test_what_fails_is_what_was_planted(outcomes):
    failing = {key for key, status in outcomes.items() if status == "fail"}

    assert failing - PLANTED == set(), "flagged, though right"
    assert PLANTED - failing == set(), "planted, and not found"


def test_nothing_in_the_demo_is_unknown(outcomes):
    assert [key for key, status in outcomes.items() if status == "unknown"] == []


def test_each_expectation_has_a_resource_that_passes_and_one_that_fails(outcomes):
    seen = defaultdict(set)
    for (_, suite, expectation, _), status in outcomes.items():
        seen[suite, expectation].add(status)

    missing = {
        (suite.id, expectation.id, status)
        for suite in SUITES.values()
        for expectation in suite.expectations
        for status in ("pass", "fail")
        if status not in seen[suite.id, expectation.id]
    }
    assert missing == NEVER_SEEN
