"""From outcomes and attestations to items: what is claimed, what counts, what stays open."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from fakes.scopes import ACCOUNT, OTHER, files, scope
from zicha.catalog.attestation_kinds import AttestationKind
from zicha.catalog.frameworks import Framework
from zicha.evaluation.claims import Check
from zicha.evaluation.coverage import cover, know
from zicha.evaluation.rollup_rules import load_rules
from zicha.model.outcome import Outcome
from zicha.model.text import Text
from zicha.model.verdict import FAIL, PASS, Reason, Status, Verdict, unknown

RULES = load_rules()
NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
WORD = {"zh": "一", "en": "one"}
BUCKETS = Check("aws/s3_buckets", "private", ("a/b",), "aws", "AWS::S3::Bucket", "account")
SSHD = Check("linux/sshd", "strict", ("a/b",), "linux", "linux/sshd", "host")
WHOLE = Check("aws/trails", "one", ("a/c",), "aws", "AWS::S3::Bucket", "account", False)
NOT_APPLICABLE = Verdict(Status.NOT_APPLICABLE)
KINDS = {
    "paper": AttestationKind.model_validate(
        {
            "id": "paper",
            "title": Text("文件", "paper"),
            "hand_over": Text("文件", "paper"),
            "valid_months": 12,
            "second_signer": False,
            "document": False,
        }
    )
}
KINDS["policy-documents"] = KINDS["paper"].model_copy(update={"id": "policy-documents"})
KINDS["account-review"] = KINDS["paper"].model_copy(
    update={"id": "account-review", "second_signer": True}
)


def framework(**item):
    one = {
        "id": "f/1",
        "ref": "1",
        "chapter": "c",
        "part": "general",
        "control_point": WORD,
        "says": WORD,
        "applies_to": ["data"],
        "automation": "attest",
        "method": {"kinds": ["examine"], "grade": "own-proposal"},
        "grade": "own-proposal",
        "controls": [],
        "attestations": [{"kind": "policy-documents", "proves": "full"}],
    } | item
    return Framework.model_validate_json(
        json.dumps(
            {
                "framework": "f",
                "title": WORD,
                "source": "s",
                "version": "1",
                "chapters": [{"id": "c", "title": WORD}],
                "items": [one],
            }
        )
    )


FULL = [{"id": "a/b", "proves": "full"}]
PART = [{"id": "a/b", "proves": "part", "left": WORD}]


def bucket(verdict, name="billing-a", check=BUCKETS, **other):
    return Outcome(
        check.id,
        (ACCOUNT, name),
        verdict,
        suite=check.suite,
        source="aws-one",
        account=ACCOUNT,
        subject_type=check.subject_type,
        measured_at=NOW,
        **other,
    )


def place(verdict, check=BUCKETS):
    return Outcome(
        check.id,
        (ACCOUNT,),
        verdict,
        suite=check.suite,
        source="aws-one",
        account=ACCOUNT,
        subject_type=check.partition_type,
        measured_at=NOW,
    )


def attestation(**changed):
    return {
        "id": "paper",
        "kind": "policy-documents",
        "system": "billing",
        "statement": "有",
        "author": "甲",
        "dated": "2026-01-01",
        "valid_until": "2026-12-31",
    } | changed


@pytest.fixture
def covered(tmp_path):
    def of(outcomes=(), given=(), checks=(BUCKETS, SSHD, WHOLE), contents=None, **item):
        held = (contents or {}) | ({"attestations": {"attestations": list(given)}} if given else {})
        found = scope(tmp_path, **held)
        known = know(found, checks, list(outcomes), loaded=(), kinds=KINDS, rules=RULES, as_of=NOW)
        return cover(framework(**item), found.system("billing"), known)

    return of


def test_a_full_control_that_passes_needs_no_attestation(covered):
    assert covered([bucket(PASS)], controls=FULL).items[0].status == "conforming"


def test_a_control_that_proves_a_part_leaves_the_rest_to_an_attestation(covered):
    assert covered([bucket(PASS)], controls=PART).items[0].status == "undetermined"
    found = covered([bucket(PASS)], [attestation()], controls=PART)
    assert found.items[0].status == "conforming"


@pytest.mark.parametrize(
    ("controls", "outcome", "expected"),
    [
        (FULL, FAIL, "nonconforming"),
        (FULL, unknown(Reason.REFUSED), "undetermined"),
        (PART, FAIL, "partial"),
        (PART, unknown(Reason.REFUSED), "undetermined"),
        (PART, NOT_APPLICABLE, "conforming"),
    ],
)
def test_an_attestation_replaces_no_measurement(covered, controls, outcome, expected):
    found = covered([bucket(outcome)], [attestation()], controls=controls)

    assert found.items[0].status == expected


def test_an_attestation_stands_in_where_no_collector_reaches(covered):
    item = {"controls": FULL, "applies_to": ["network_device"]}

    assert covered(**item).items[0].status == "undetermined"
    assert covered(given=[attestation()], **item).items[0].status == "conforming"


def test_what_was_to_be_measured_and_was_not_is_not_replaced_by_a_word(covered):
    found = covered([bucket(PASS, "other")], [attestation()], controls=FULL).items[0]

    assert found.status == "undetermined"
    assert "not-collected" in found.reason.en


@pytest.mark.parametrize(
    ("change", "expected", "says"),
    [
        ({}, "conforming", ""),
        ({"answer": "does-not-hold"}, "nonconforming", "有"),
        ({"answer": "not-applicable"}, "not-applicable", "有"),
        ({"items": ["f/1"]}, "conforming", ""),
        ({"items": ["f/2"]}, "undetermined", "no attestation"),
        ({"objects": ["account"]}, "undetermined", "no attestation"),
        ({"dated": "2026-06-02"}, "undetermined", "dated ahead"),
        ({"dated": "2026-06-01"}, "conforming", ""),
        ({"valid_until": "2026-05-31"}, "undetermined", "ran out on 2026-05-31"),
        ({"valid_until": "2026-06-01"}, "conforming", ""),
        ({"dated": "2025-05-31"}, "undetermined", "ran out on 2026-05-31"),
    ],
)
def test_an_attestation_counts_for_what_and_while_it_was_given(covered, change, expected, says):
    found = covered(given=[attestation(**change)]).items[0]

    assert found.status == expected
    assert says in found.reason.en


def test_where_two_must_sign_two_different_people_did(covered):
    item = {"attestations": [{"kind": "account-review", "proves": "full"}]}
    alone = attestation(kind="account-review", second_signer="甲")
    both = attestation(kind="account-review", second_signer="乙")

    assert covered(given=[alone], **item).items[0].status == "undetermined"
    assert covered(given=[both], **item).items[0].status == "conforming"


def test_the_newest_attestation_that_counts_stands(covered):
    older = attestation(id="older", answer="does-not-hold")
    newer = attestation(id="newer", dated="2026-03-01")
    ahead = attestation(id="ahead", dated="2026-07-01", answer="does-not-hold")

    assert covered(given=[newer, ahead, older]).items[0].status == "conforming"


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], "undetermined"),
        ([PASS], "conforming"),
        ([PASS, FAIL], "undetermined"),
        ([PASS, unknown(Reason.ERRORED)], "undetermined"),
    ],
)
def test_what_a_register_holds_counts_when_its_own_suite_passed_it(
    covered, tmp_path, verdicts, expected
):
    held = {"register_of": WORD, "attestations": [attestation()]}
    outcomes = [
        Outcome(
            str(n),
            ("register", "paper"),
            verdict,
            suite="register/attestations",
            source="register",
            subject_type="register/attestation",
        )
        for n, verdict in enumerate(verdicts)
    ]

    found = covered(outcomes, contents={"register": held})

    assert found.items[0].status == expected


def test_an_unread_listing_leaves_open_what_an_object_picks_from_it(covered):
    found = covered([bucket(PASS), place(unknown(Reason.PARTIAL))], controls=FULL)

    assert found.items[0].status == "undetermined"


def test_an_empty_listing_says_nothing_of_picked_resources(covered):
    found = covered([place(PASS)], controls=FULL)

    assert found.items[0].status == "undetermined"


def test_what_judges_a_whole_listing_speaks_for_the_account_only(covered):
    whole = [{"id": "a/c", "proves": "full"}]
    said = place(PASS, WHOLE)

    found = covered([said], controls=whole, applies_to=["cloud_account"])
    assert found.items[0].status == "conforming"
    found = covered([said], controls=whole, applies_to=["data"])
    assert found.items[0].status == "undetermined"
    assert found.items[0].reason.en == "no attestation: paper"


def test_each_host_of_a_group_must_have_been_measured(tmp_path, covered):
    contents = files()
    second = {
        "id": "host-two",
        "kind": "linux",
        "name": WORD,
        "reach": "local",
        "groups": ["hosts"],
    }
    contents["sources"]["sources"].append(second)
    one = Outcome(
        "strict", ("host",), PASS, suite="linux/sshd", source="host", subject_type="linux/sshd"
    )

    found = covered([one], contents=contents, controls=FULL, applies_to=["server"])

    assert found.items[0].status == "undetermined"


def test_every_object_of_its_types_has_a_cell(covered):
    found = covered([bucket(PASS)], controls=FULL, applies_to=["data", "network_device"])

    cells = {cell.id: cell.status for cell in found.items[0].objects}
    assert cells == {"storage": "conforming", "switch": "undetermined"}
    assert found.items[0].status == "undetermined"


def test_a_type_that_is_not_declared_leaves_the_item_open_unless_said_to_be_absent(covered):
    assert covered(applies_to=["database"]).items[0].status == "undetermined"
    assert covered(applies_to=["terminal"]).items[0].status == "not-applicable"
    assert covered(applies_to=["terminal", "database"]).items[0].status == "undetermined"


def test_the_cloud_part_does_not_apply_off_the_cloud(covered):
    contents = files()
    contents["systems"]["systems"][0]["cloud"] = False

    assert covered(contents=contents, part="cloud").items[0].status == "not-applicable"
    assert covered(part="cloud").items[0].status == "undetermined"


def test_high_risk_cases_and_hazard_triggers_are_two_lists(covered):
    risky = {
        "controls": FULL,
        "high_risk": {"case": "6.4.1.1", "min_level": 3, "mitigable": True},
        "hazard_trigger": "A-18",
    }

    failed = covered([bucket(FAIL)], **risky)
    assert [(r.id, r.is_open) for r in failed.high_risk] == [("6.4.1.1", False)]
    assert [(r.id, r.is_open) for r in failed.hazards] == [("A-18", False)]
    assert covered([bucket(PASS)], **risky).high_risk == ()
    assert covered(**risky).hazards[0].is_open
    above = risky | {"high_risk": risky["high_risk"] | {"min_level": 4}}
    assert covered([bucket(FAIL)], **above).high_risk == ()


def test_a_resource_that_nobody_claims_is_listed_once(covered, tmp_path):
    contents = files()
    contents["objects"]["objects"] = contents["objects"]["objects"][:1]
    contents["objects"]["objects"].append(
        {
            "id": "r",
            "systems": ["billing"],
            "type": "organisation",
            "name": WORD,
            "selects": [{"source": "register"}],
        }
    )
    stray = [bucket(PASS, "stray"), bucket(FAIL, "stray"), bucket(PASS), place(PASS)]

    found = covered(stray, contents=contents)

    assert [(u.source, u.subject[-1]) for u in found.unclaimed] == [
        ("aws-one", "stray"),
        ("host", "host"),
    ]


def test_the_order_of_outcomes_changes_nothing(covered):
    outcomes = [bucket(PASS), bucket(FAIL, "billing-b"), place(PASS, WHOLE), bucket(PASS, "stray")]

    one = covered(outcomes, controls=PART, applies_to=["data", "cloud_account"])
    other = covered(outcomes[::-1], controls=PART, applies_to=["data", "cloud_account"])

    assert one.items == other.items
    assert one.rate == other.rate


def test_another_account_does_not_answer(covered):
    elsewhere = bucket(PASS)
    elsewhere = type(elsewhere)(
        **{k: getattr(elsewhere, k) for k in ("expectation", "verdict", "suite", "subject_type")},
        subject=(OTHER, "billing-a"),
        source="aws-two",
        account=OTHER,
    )

    assert covered([elsewhere], controls=FULL).items[0].status == "undetermined"
