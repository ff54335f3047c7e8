"""Levels of risk are a table with its reasons; what is not known is judged strictly."""

from __future__ import annotations

import pytest

from zicha.catalog.risk_levels import Faulty, grade, load_risk_levels
from zicha.catalog.roots import catalog_dir, suites_dir
from zicha.catalog.suites import load_suites
from zicha.model.errors import ConfigError
from zicha.model.verdict import Severity

TABLE = load_risk_levels()
PLAIN = "aws/s3_buckets#plain-http-is-refused"


def graded(expectation=PLAIN, severity=Severity.WARNING, level=3, **more):
    return grade(TABLE, Faulty(expectation, severity, system_level=level, **more))


@pytest.mark.parametrize(
    ("more", "exposure", "level"),
    [
        ({"expectation": "aws/s3_buckets#buckets-are-not-exposed"}, "open", "high"),
        ({"controls": ("boundary/admin-ports-are-closed-to-the-world",)}, "open", "high"),
        ({"tags": {"Exposure": "Internal"}}, "internal", "medium"),
        ({"tags": {"exposure": "internal"}, "level": 2}, "internal", "low"),
        ({"tags": {"exposure": "internet"}}, "serving", "medium"),
        ({"kinds": ["portal"]}, "serving", "medium"),
        ({}, "unknown", "medium"),
    ],
)
def test_exposure_comes_from_the_fault_itself_then_from_tags_then_from_the_system(
    more, exposure, level
):
    found = graded(**more)

    assert (found.exposure, found.level) == (exposure, level)


def test_a_tag_does_not_close_what_the_fault_itself_opens():
    found = graded("aws/s3_buckets#buckets-are-not-exposed", tags={"exposure": "internal"})

    assert found.exposure == "open"


def test_not_known_is_never_milder_than_known():
    order = ["low", "medium", "high"]
    for by_exposure in TABLE.levels.values():
        for column in ("upper", "lower"):
            unknown = getattr(by_exposure.unknown, column)
            known = [getattr(by_exposure.serving, column), getattr(by_exposure.internal, column)]
            assert all(order.index(unknown) >= order.index(each) for each in known)


def test_a_resource_of_no_graded_system_is_judged_as_of_level_three():
    found = graded("aws/s3_buckets#buckets-are-not-exposed", level=None)

    assert found.level == "high"
    assert "未纳入" in found.because[2].zh


def test_each_level_comes_with_three_reasons_in_both_languages():
    for severity in Severity:
        for level in (None, 1, 2, 3, 4):
            because = graded(severity=severity, level=level).because
            assert len(because) == 3
            assert all(reason.zh and reason.en and "{" not in reason.zh for reason in because)


def test_the_table_names_expectations_that_exist():
    known = {
        f"{suite.id}#{each.id}"
        for suite in load_suites(suites_dir()).values()
        for each in suite.expectations
    }

    assert {name for each in TABLE.exposures for name in each.expectations} <= known


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    unknown: {upper: high, lower: high}\n", "", "unknown"),
        ("boundary/admin-ports-are", "boundary/no-such", "there is no boundary/no-such"),
        ("id: unknown", "id: open", "open"),
    ],
)
def test_a_table_that_is_not_whole_is_refused(tmp_path, old, new, said):
    text = (catalog_dir() / "risk_levels.yaml").read_text(encoding="utf-8")
    path = tmp_path / "risk_levels.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(ConfigError, match=said):
        load_risk_levels(path)
