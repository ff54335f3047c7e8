"""From a toy collector to outcomes: cells, places, partitions, and who answers for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from fakes.suites import NOW, WORDS, expectation, judged, suite, table, verdicts
from zicha.catalog.thresholds import limits, load_thresholds
from zicha.evaluation.outcomes import evaluate
from zicha.model.collector import Collector, PlaceState, merged
from zicha.model.evidence import Answer, Gap, Replies, Reply, Row, Unread, cell
from zicha.model.text import Text
from zicha.model.verdict import Reason

COVERS, RECORDING, PRIVATE = "one-covers", "all-record", "all-private"
EVERY = (COVERS, RECORDING, PRIVATE)
SUITE = suite(
    expectation(
        "expect_column_distinct_values_to_contain_set",
        id=COVERS,
        judges="table",
        column="is_wide",
        value_set=[True],
    ),
    expectation(
        "expect_column_values_to_be_in_set", id=RECORDING, column="is_recording", value_set=[True]
    ),
    expectation(
        "expect_column_values_to_be_in_set", id=PRIVATE, column="is_public", value_set=[False]
    ),
    evidence="toy/trails",
)


def account(*names: str, id: str = "1", wide: bool = True) -> list[Reply]:  # noqa: A002
    listed = {"trails": [{"name": name, "wide": wide} for name in names]}
    replies: list[Reply] = [Answer((id, "r"), "list", "", listed)]
    for name in names:
        replies += [
            Answer((id, "r"), "status", name, {"on": True}),
            Answer((id, "r"), "policy", name, {"public": False}),
        ]
    return replies


def instead(replies: list[Reply], call: str, about: str, new: Reply | None) -> list[Reply]:
    kept = [r for r in replies if (r.call, r.about) != (call, about)]
    return kept + ([new] if new else [])


def _tabulate(replies: Replies) -> Iterator[Row]:
    for listing in replies.to("list"):
        for trail in listing.each("trails"):
            name = trail["name"]
            yield {
                "account": listing.place[0],
                "region": listing.place[1],
                "name": name,
                "is_wide": cell(trail, "wide"),
                "is_recording": cell(replies.about(name, "status"), "on"),
                "is_public": cell(replies.about(name, "policy"), "public", absent=False),
            }


COLLECTOR = Collector(
    id="toy/trails",
    title=Text(**WORDS),
    max_age=timedelta(hours=26),
    permissions=(),
    lists="list",
    places=("account", "region"),
    subject=("account", "name"),
    subject_type="toy/trail",
    columns={
        "account": str, "region": str, "name": str,
        "is_wide": bool, "is_recording": bool, "is_public": bool,
    },
    fetch=iter,
    tabulate=_tabulate,
)  # fmt: skip


def outcomes(*accounts: list[Reply], scope: str | None = None, collected_at=NOW, regions=("r",)):
    ids = scope or "".join(dict.fromkeys(reply.place[0] for a in accounts for reply in a))
    tables = [COLLECTOR.table(replies, collected_at, "sha256:0", "toy") for replies in accounts]
    places = [{"account": id_, "region": r, "source": "toy"} for id_ in ids for r in regions]
    return evaluate(
        SUITE, merged(tables), places, NOW, limits(load_thresholds(), {}),
        COLLECTOR.max_age, COLLECTOR.subject_type,
    )  # fmt: skip


def statuses(*accounts, **other):
    said = outcomes(*accounts, **other)
    return {
        (o.expectation, o.subject[-1]): f"{o.verdict.status} {o.verdict.because}".strip()
        for o in said
    }


def test_each_trail_and_the_account_get_their_own_verdict():
    assert statuses(account("a", wide=False)) == {
        (COVERS, "1"): "fail",
        (RECORDING, "a"): "pass",
        (PRIVATE, "a"): "pass",
    }


def test_a_refused_call_makes_unknown_what_reads_it_and_nothing_else():
    refused = Gap(("1", "r"), "policy", "b", Reason.REFUSED, "grant toy:Policy", "toy:Policy")

    found = outcomes(instead(account("a", "b"), "policy", "b", refused))

    unknown = [o for o in found if o.verdict.status == "unknown"]
    assert [(o.expectation, o.subject_id, o.verdict.because) for o in unknown] == [
        (PRIVATE, "b", "refused")
    ]
    assert (unknown[0].remedy, unknown[0].permission) == ("grant toy:Policy", "toy:Policy")
    assert {o.verdict.status for o in found if o not in unknown} == {"pass"}


def test_a_complete_listing_of_nothing_is_what_the_suite_says():
    assert statuses(account()) == {(each, "1"): "fail" for each in EVERY}


def test_a_complete_listing_of_nothing_may_be_not_applicable_and_says_why():
    empty = SUITE.when_empty.model_copy(update={"status": "not-applicable"})
    lenient = SUITE.model_copy(update={"when_empty": empty})
    listed = COLLECTOR.table(account(), NOW)
    place = {"account": "1", "region": "r"}

    found = evaluate(lenient, listed, [place], NOW, {}, COLLECTOR.max_age)

    assert {(o.verdict.status, o.verdict.because) for o in found} == {
        ("not-applicable", "nothing-listed")
    }


def test_a_null_fails_where_nulls_are_forbidden():
    stopped = Answer(("1", "r"), "status", "a", {"on": None})

    assert statuses(instead(account("a"), "status", "a", stopped))[RECORDING, "a"] == "fail"


def test_a_missing_key_is_unknown_not_failed():
    hollow = Answer(("1", "r"), "status", "a", {})

    found = statuses(instead(account("a"), "status", "a", hollow))

    assert found[RECORDING, "a"] == "unknown malformed"


def test_a_call_that_nobody_made_is_unknown():
    found = statuses(instead(account("a"), "status", "a", None))

    assert found[RECORDING, "a"] == "unknown not-collected"


def test_not_configured_is_a_value():
    none = Answer(("1", "r"), "policy", "a", None)

    assert statuses(instead(account("a"), "policy", "a", none))[PRIVATE, "a"] == "pass"


def test_a_good_account_answers_neither_for_a_bad_one_nor_for_an_empty_one():
    found = statuses(account("a", id="1"), account("b", id="2", wide=False), account(id="3"))

    assert [found[COVERS, id_] for id_ in "123"] == ["pass", "fail", "fail"]


def test_an_account_of_the_scope_that_nobody_asked_is_not_collected():
    found = statuses(account("a"), scope="12")

    assert {each: found[each, "2"] for each in EVERY} == dict.fromkeys(
        EVERY, "unknown not-collected"
    )


def test_a_region_that_was_not_asked_leaves_the_account_open_and_its_rows_judged():
    found = statuses(account("a"), regions=("r", "q"))

    assert found == {
        (COVERS, "1"): "unknown not-collected",
        (RECORDING, "1"): "unknown not-collected",
        (RECORDING, "a"): "pass",
        (PRIVATE, "1"): "unknown not-collected",
        (PRIVATE, "a"): "pass",
    }


def test_a_refused_listing_is_not_an_empty_one():
    refused = [Gap(("1", "r"), "list", "", Reason.REFUSED, "grant toy:List", "toy:List")]

    found = outcomes(refused)

    assert {(o.verdict.because, o.permission, o.region) for o in found} == {
        ("refused", "toy:List", "r")
    }


def test_a_cut_listing_has_its_rows_judged_and_its_account_open():
    replies = account("a")
    replies[0] = replace(replies[0], cut=Reason.PARTIAL, remedy="collect again")

    found = statuses(replies)

    assert found[RECORDING, "a"] == "pass"
    assert found[COVERS, "1"] == found[RECORDING, "1"] == "unknown partial"


def test_an_unread_cell_leaves_a_judgement_of_the_whole_open():
    replies = account("a", "b")
    replies[0] = replace(replies[0], body={"trails": [{"name": "a", "wide": True}, {"name": "b"}]})

    assert statuses(replies)[COVERS, "1"] == "unknown malformed"


def test_old_evidence_is_stale_and_shows_nothing():
    found = statuses(account("a"), collected_at=NOW - timedelta(hours=27))

    assert found == {(each, "1"): "unknown stale" for each in EVERY}


def test_two_rows_of_one_name_are_unknown_and_their_neighbour_is_judged():
    found = statuses(account("a", "a", "b"))

    assert found == {
        (COVERS, "1"): "pass",
        (RECORDING, "a"): "unknown truncated",
        (RECORDING, "b"): "pass",
        (PRIVATE, "a"): "unknown truncated",
        (PRIVATE, "b"): "pass",
    }


def test_an_outcome_says_where_it_was_seen_in_what_and_when():
    found = next(o for o in outcomes(account("a")) if o.expectation == RECORDING)

    assert (found.suite, found.source, found.account, found.region) == (
        "toy/things", "toy", "1", "r",
    )  # fmt: skip
    assert (found.subject_type, found.controls, found.severity) == (
        "toy/trail", ("a/b",), "critical",
    )  # fmt: skip
    assert (found.measured_at, found.evidence_digest, found.observed) == (
        NOW, "sha256:0", "is_recording=True",
    )  # fmt: skip


def test_what_was_seen_of_a_whole_is_said_in_short():
    found = next(o for o in outcomes(account("a", "b")) if o.expectation == COVERS)

    assert (found.observed, found.subject_type) == ("rows=2, is_wide in {True}", "account")


def test_the_tags_of_a_resource_come_along():
    rows = [{"n": 1, "tags": '{"app": "billing"}'}, {"n": 1, "tags": "not json"}]
    one = suite(expectation("expect_column_values_to_be_in_set", column="n", value_set=[1]))

    found = judged(one, table({"n": int, "tags": str}, rows))

    assert [o.tags for o in found] == [{"app": "billing"}, {}]


def test_a_subject_that_is_its_own_partition_is_no_better_known_than_its_listing():
    whole = table({"n": int}, [{"n": 1}], {("1",): PlaceState(Reason.PARTIAL, "again")})
    whole = replace(whole, subject=("account",))
    one = suite(expectation("expect_column_values_to_be_in_set", column="n", value_set=[1]))

    assert verdicts(judged(one, whole)) == {"1": "unknown partial"}


def test_the_text_of_an_unread_cell_keeps_its_reason():
    one = suite(expectation("expect_column_values_to_be_in_set", column="n", value_set=[1]))
    rows = [{"n": Unread(Reason.THROTTLED, "wait")}]

    found = judged(one, table({"n": int}, rows))

    assert [(o.observed, o.remedy) for o in found] == [("n=(throttled)", "wait")]
