"""A held account of known truth: not one wrong verdict, each unread thing unknown with its reason."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from demo.aws_account import serving
from demo.aws_account_builder import Builder

from fakes.aws_gate import Gate, gate_before
from fakes.counts import LONG
from fakes.demo_account import DemoSource
from long import held_account as held
from zicha.catalog.roots import suites_dir
from zicha.catalog.suites import load_suites
from zicha.catalog.thresholds import limits, load_thresholds
from zicha.collectors import collectors
from zicha.evaluation.outcomes import evaluate
from zicha.sources.aws_door import open_account

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

SIZE = held.FULL if LONG else held.SHORT
SUITES = {id_: s for id_, s in load_suites(suites_dir()).items() if id_.startswith("aws/")}
REFUSED = (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
UNAUTHORIZED = "<Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error>"
BARRED = (403, f"<Response><Errors>{UNAUTHORIZED}</Errors><RequestID>0</RequestID></Response>")
SLOW = (503, "<Error><Code>SlowDown</Code><Message>later</Message></Error>")


def about(bucket, part):
    return lambda q: q.service == "s3" and q.bucket == bucket and q.action == part


# What is turned away, and how; `hide` says what that must cost, and no more.
TURNED = {
    "encryption is refused": (about("held-003", "encryption"), REFUSED),
    "versions are throttled": (about("held-005", "versioning"), SLOW),
    "the log setting breaks off": (about("held-000", "object-lock"), None),
    "the policy is refused": (about("held-007", "policy"), REFUSED),
    "an answer is a web page": (
        about("held-009", "lifecycle"),
        (200, "<html><body>log in first</body></html>"),
    ),
    "the other region is barred": (
        lambda q: q.region == held.BARRED and q.service == "ec2",
        BARRED,
    ),
}


# Open to a list of grants that nobody may read, and closed to it.
ACLS_UNREAD = ({"blocked": False}, {"blocked": False, "public_list": True}, {"tls_only": False})


class Found:
    """What was judged, what was asked, and what is true."""

    def __init__(self, truth, gate, outcomes):
        self.truth, self.gate, self.outcomes = truth, gate, outcomes


NEVER_SWITCHED_ON = {
    "aws/config_recorders",
    "aws/guardduty_detectors",
    "aws/metric_filters",
    "aws/security_hubs",
}
"""Services that the seeder leaves off: each region says so, and that is a fault."""


@pytest.fixture(scope="module")
def found():
    import boto3

    now = datetime.now(UTC).replace(microsecond=0)
    gate = Gate(dict(TURNED))
    with serving() as url, gate_before(url, gate) as door, pytest.MonkeyPatch.context() as patch:
        session = boto3.Session("demo", "demo", region_name=held.REGION)
        builder = Builder(
            session, url, held.ACCOUNT, partition="aws-cn", region=held.REGION, now=now
        )
        truth = held.build(builder, SIZE)
        hide(truth)
        unread = [name for name, made in truth.made.items() if made in ACLS_UNREAD]
        gate.turned["access lists are refused"] = (
            lambda q: q.bucket in unread and q.action == "acl",
            REFUSED,
        )
        patch.setenv("AWS_ENDPOINT_URL", door)
        role = f"arn:aws-cn:iam::{held.ACCOUNT}:role/machine"
        source = DemoSource(held.ACCOUNT, "aws-cn", (held.REGION, held.BARRED), role)
        account = open_account(source, session, pause=lambda _: None)
        outcomes = {}
        in_force = limits(load_thresholds(), {})
        for id_, suite in SUITES.items():
            collector = collectors()[suite.table_id]
            replies = list(collector.fetch(account))
            table = collector.table(replies, datetime.now(UTC), "sha256:0", source.id)
            every = [
                {"source": source.id, "account": held.ACCOUNT, "region": region}
                for region in account.regions
            ]
            places = [{k: p[k] for k in ("source", *collector.places)} for p in every]
            for o in evaluate(
                suite, table, places, now + timedelta(minutes=5), in_force, collector.max_age
            ):
                outcomes[id_, o.subject[-1], o.expectation] = o
    return Found(truth, gate, outcomes)


def hide(truth):
    """What is turned away costs these verdicts: what else could not follow without it."""
    s3 = "aws/s3_buckets"
    truth.hide(s3, "held-003", "refused", "objects-are-encrypted")
    truth.hide(s3, "held-005", "throttled", "earlier-versions-are-kept")
    truth.hide(s3, "held-000", "unreachable", "log-buckets-are-locked")
    truth.hide(
        s3,
        "held-007",
        "refused",
        *("plain-http-is-refused", "access-is-logged"),
        *("log-buckets-are-locked", "logs-are-kept-six-months"),
    )
    # Of a bucket that keeps no logs nobody asks for how long it keeps them.
    if truth.made["held-009"].get("keeps_logs"):
        truth.hide(s3, "held-009", "malformed", "logs-are-kept-six-months")
    # Who may list it cannot be told; behind closed blocks that changes nothing.
    for name, made in truth.made.items():
        if made in ACLS_UNREAD and not made.get("blocked", True):
            truth.hide(s3, name, "refused", "buckets-are-not-exposed")


def test_each_planted_fault_and_each_sound_resource_is_judged_as_it_is(found):
    judged = {fact: str(o.verdict.status) for fact, o in found.outcomes.items()}

    wrong = {
        fact: (judged.get(fact, "no verdict"), status)
        for fact, status in found.truth.said.items()
        if fact[0] in SUITES and judged.get(fact) != status
    }

    assert wrong == {}


def test_nothing_is_judged_that_was_not_built(found):
    mine = {
        fact
        for fact in found.outcomes
        if fact[0] in found.truth.complete and fact[1] != held.BARRED
    }

    assert mine - found.truth.said.keys() == set()


def test_each_unread_thing_is_unknown_for_its_reason_and_nothing_else_is(found):
    reasons = {fact: why for fact, why in found.truth.reasons.items() if fact[0] in SUITES}
    unknown = {
        fact: str(o.verdict.because)
        for fact, o in found.outcomes.items()
        if str(o.verdict.status) == "unknown" and fact[1] != held.BARRED
    }

    assert unknown == reasons


def test_a_region_that_is_barred_is_unknown_in_every_suite_that_looks_there(found):
    there = [o for fact, o in found.outcomes.items() if fact[1] == held.BARRED]
    regional = {id_ for id_, suite in SUITES.items() if "region" in suite.per}

    ec2 = {id_ for id_ in regional if _asks_ec2(id_)}
    assert {id_ for id_, subject, _ in found.outcomes if subject == held.BARRED} >= ec2
    assert {
        (str(o.verdict.status), str(o.verdict.because)) for o in there if _asks_ec2(o.suite)
    } == {("unknown", "refused")}
    assert all(o.permission for o in there if _asks_ec2(o.suite))


def _asks_ec2(suite):
    return all(p.startswith("ec2:") for p in collectors()[SUITES[suite].table_id].permissions)


def test_what_was_turned_away_was_really_asked(found):
    assert {name for name in TURNED if not found.gate.hit[name]} == set()


def test_the_server_hears_no_question_twice(found):
    # What was turned away is tried again, as a patient client does; a report is looked at again.
    turned = [fits for fits, _ in TURNED.values()]
    twice = {
        question.action: n
        for (question, _), n in found.gate.pages.items()
        if n > 1
        and question.action != "GenerateCredentialReport"
        and not any(fits(question) for fits in turned)
    }

    assert twice == {}


def test_the_server_hears_at_most_nine_questions_about_a_bucket(found):
    per_bucket = Counter()
    for question in found.gate.asked:
        if question.bucket.startswith("held-"):
            per_bucket[question.bucket] += 1

    assert len(per_bucket) == SIZE.buckets
    assert max(per_bucket.values()) <= 9


def test_the_graph_of_principals_takes_no_question_per_user(found):
    iam = [q for q in found.gate.asked if q.service == "iam"]

    assert len(iam) <= 5
    assert not any("UserName" in dict(q.parameters) for q in iam)


def test_the_account_has_the_size_that_was_promised(found):
    suites = Counter(suite for suite, _ in {(s, subject) for s, subject, _ in found.truth.said})

    assert suites["aws/s3_buckets"] == SIZE.buckets
    assert suites["aws/security_groups"] == SIZE.groups + 2
    assert suites["aws/iam_users"] == SIZE.users
    assert suites["aws/iam_access_keys"] == SIZE.keys
    assert suites["aws/ec2_instances"] == SIZE.instances + 1
    assert suites["aws/rds_instances"] == SIZE.databases


def test_the_truth_speaks_of_every_kind_that_was_promised(found):
    said = {suite for suite, _, _ in found.truth.said}

    assert said - SUITES.keys() <= {"aws/rds_instances"}


def test_networks_roles_keys_and_trail_around_them_are_sound_and_found_so(found):
    failing = {
        (suite, subject, expectation)
        for (suite, subject, expectation), o in found.outcomes.items()
        if suite not in found.truth.complete and str(o.verdict.status) == "fail"
    }

    assert {suite for suite, _, _ in failing} == NEVER_SWITCHED_ON


def test_a_service_that_was_never_switched_on_passes_nowhere(found):
    said = [
        (str(o.verdict.status), fact)
        for fact, o in found.outcomes.items()
        if fact[0] in NEVER_SWITCHED_ON
    ]

    assert said
    assert [fact for status, fact in said if status == "pass"] == []
