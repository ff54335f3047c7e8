"""The alert of an incident's limits: what is late, what is near, in both languages, no details."""

from __future__ import annotations

from dataclasses import replace

from zicha.alerts.deadline_message import Limit, compose_limits
from zicha.duties.time import moment_of

DUE = moment_of("2026-11-21T02:30+08:00")
LATE = Limit("inc-cac-general", DUE, late=True, level=2, critical=True)
NEAR = Limit("inc-miit-2017", DUE, late=False, level=1)
INCIDENT = "inc-2026-11-20-001"


def test_it_counts_and_dates_in_both_languages_chinese_first():
    message = compose_limits(INCIDENT, [NEAR, LATE])

    assert message.headline.zh == f"事件 {INCIDENT} 报送时限：逾期 1，临近 1"
    assert message.headline.en == f"Limits of incident {INCIDENT}: 1 late, 1 due soon"
    assert message.lines[0].zh == "逾期未报送 1：inc-cac-general 2026-11-21 02:30"
    assert message.lines[1].en == "Due soon 1: inc-miit-2017 2026-11-21 02:30"
    assert "不构成法律意见" in message.lines[-1].zh


def test_the_same_standing_has_the_same_key_whatever_its_order():
    assert compose_limits(INCIDENT, [NEAR, LATE]).key == compose_limits(INCIDENT, [LATE, NEAR]).key


def test_each_step_and_each_lateness_is_another_message():
    near = compose_limits(INCIDENT, [NEAR]).key
    stepped = compose_limits(INCIDENT, [replace(NEAR, level=2)]).key
    late = compose_limits(INCIDENT, [replace(NEAR, late=True)]).key

    assert len({near, stepped, late}) == 3


def test_what_is_late_or_critical_is_urgent():
    assert compose_limits(INCIDENT, [LATE]).urgent
    assert compose_limits(INCIDENT, [replace(NEAR, critical=True)]).urgent
    assert not compose_limits(INCIDENT, [NEAR]).urgent


def test_a_disputed_limit_says_so():
    line = compose_limits(INCIDENT, [replace(NEAR, disputed=True)]).lines[0]

    assert line.zh.endswith("（有争议）")
    assert line.en.endswith("(disputed)")


def test_the_longest_alert_is_cut_in_its_lists_and_keeps_its_last_line():
    many = [replace(LATE, duty=f"a-duty-with-quite-a-long-id-{n:03}") for n in range(80)]
    many += [replace(NEAR, duty=f"a-duty-with-quite-a-long-id-{n:03}") for n in range(80)]

    message = compose_limits(INCIDENT, many, demo=True)

    assert "另有 68 项" in message.lines[0].zh
    for lang in ("zh", "en"):
        # What Slack takes in one section.
        assert len(message.plain(lang)) < 2900


def test_what_is_more_than_an_id_leaves_as_its_fingerprint():
    said = compose_limits("张三的事件", [replace(LATE, duty="<!channel> db-01")]).plain("zh")

    assert "张三" not in said
    assert "<!channel>" not in said
