"""The retention classes: sourced, and with floors that no scope gets under."""

from __future__ import annotations

import pytest

from zicha.catalog.retention import class_of, keepings, load_retention
from zicha.catalog.scope_answers import RetentionOverride
from zicha.model.errors import ConfigError
from zicha.model.text import Text

SIX_MONTHS = 184
THREE_YEARS = 1096


def in_force(**chosen):
    because = Text("为什么", "why")
    overrides = [
        RetentionOverride(id=id_, days=days, because=because) for id_, days in chosen.items()
    ]
    return keepings(load_retention(), overrides)


def test_logs_are_kept_six_months_by_law_and_reports_three_years():
    known = load_retention()

    assert known["logs"].floor.days == SIX_MONTHS
    assert known["logs"].floor.source.grade == "A"
    assert known["reports"].floor.days == THREE_YEARS
    assert known["holds"].keep.days is None


def test_a_scope_may_keep_longer_and_never_shorter_than_the_floor():
    assert in_force(logs=500)["logs"].days == 500
    assert in_force(logs=30)["logs"].days == SIX_MONTHS
    assert in_force(logs=30)["logs"].chosen == 30
    assert in_force(records=30)["records"].days is None


def test_a_class_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="no-such is no class"):
        in_force(**{"no-such": 400})


@pytest.mark.parametrize(
    ("takes", "kind", "found"),
    [
        ("evidence", "cloudtrail", "logs"),
        ("evidence", "linux", "configuration"),
        ("outcomes", "", "outcomes"),
        ("report", "", "reports"),
        ("record", "", "records"),
    ],
)
def test_every_object_falls_into_one_class(takes, kind, found):
    assert class_of(in_force().values(), takes, kind) == found


def test_a_file_whose_days_are_below_its_own_floor_is_refused(tmp_path):
    text = """
classes:
  - id: logs
    title: {zh: 日志, en: Logs}
    takes: evidence
    source_kinds: []
    keep: {days: 30, source: {says: {zh: 无, en: none}, grade: D}}
    floor: {days: 184, source: {says: {zh: 无, en: none}, grade: D}}
"""
    (tmp_path / "retention.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match="keep is shorter than floor"):
        load_retention(tmp_path / "retention.yaml")
