"""A finding says why it is a fault: by its expectation, or because nothing was there at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zicha.model.finding import Finding, State
from zicha.model.verdict import Severity
from zicha.pipeline.runs.rules import rules

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
SUITE = "aws/cloudtrail_trails"


def finding(expectation, observed, subject_type):
    return Finding(
        *("f-1", "operator", SUITE, expectation, ("111122223333",), "prod", "111122223333", ""),
        *(subject_type, Severity.CRITICAL, State.OPEN, "r", NOON, NOON, NOON, "r"),
        observed=observed,
    )


@pytest.mark.parametrize("observed", ["rows=0", "rows=0, covers_account in {}"])
def test_an_account_without_any_trail_is_told_so(observed):
    said = rules().because(finding("one-trail-covers-the-account", observed, "account"))

    assert said == rules().suites[SUITE].when_empty.because


def test_a_trail_that_fails_is_told_its_own_reason():
    said = rules().because(
        finding("trails-are-recording", "is_recording=False", "AWS::CloudTrail::Trail")
    )

    assert said == rules().expectation(SUITE, "trails-are-recording").because


def test_an_expectation_that_was_given_up_has_no_reason():
    assert rules().because(finding("given-up", "", "account")) is None
