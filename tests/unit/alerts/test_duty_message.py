"""The daily message of duties: counts, ids and dates, in both languages, never an advice."""

from __future__ import annotations

from datetime import date

from zicha.alerts.duty_message import DutyDue, DutySummary, compose_duties

DUE = date(2026, 12, 18)


def test_it_counts_and_dates_in_both_languages_chinese_first():
    message = compose_duties(
        DutySummary(
            "2026-11-21",
            opened=(DutyDue("mlps-assessment", DUE),),
            late=(DutyDue("cii-annual", date(2026, 11, 20)),),
        )
    )

    assert message.key == "duties-2026-11-21"
    assert message.headline.zh == "合规义务 2026-11-21：逾期 1，临近 0，新开启 1"
    assert message.headline.en == "Duties 2026-11-21: 1 late, 0 due soon, 1 opened"
    assert message.lines[0].zh == "逾期 1：cii-annual 2026-11-20"
    assert message.lines[1].en == "Opened 1: mlps-assessment 2026-12-18"


def test_a_date_that_may_move_and_one_that_is_disputed_are_marked():
    near = (DutyDue("a", DUE, provisional=True), DutyDue("b", DUE, provisional=True, disputed=True))

    line = compose_duties(DutySummary("2026-11-21", near=near)).lines[0]

    assert line.zh == "临近 2：a 2026-12-18（暂定）、b 2026-12-18（暂定、有争议）"
    assert line.en == "Due soon 2: a 2026-12-18 (provisional), b 2026-12-18 (provisional, disputed)"


def test_the_same_duty_of_several_systems_stands_once_and_counts_each():
    line = compose_duties(DutySummary("2026-11-21", late=(DutyDue("a", DUE),) * 3)).lines[0]

    assert line.en == "Late 3: a 2026-12-18 ×3"


def test_the_earliest_come_first_and_what_has_no_date_has_its_own_line():
    message = compose_duties(
        DutySummary(
            "2026-11-21",
            near=(DutyDue("a", date(2027, 1, 5)), DutyDue("z", DUE)),
            undated=(DutyDue("incident-report", None),),
        )
    )

    assert message.lines[0].zh == "临近 2：z 2026-12-18、a 2027-01-05"
    assert message.lines[1].zh == "已开启、法律未定时限 1：incident-report"


def test_a_quiet_day_is_said_too_and_still_is_no_advice():
    message = compose_duties(DutySummary("2026-11-21"))

    assert message.headline.en == "Duties 2026-11-21: 0 late, 0 due soon, 0 opened"
    assert "不构成法律意见" in message.lines[-1].zh
    assert "legal advice" in message.lines[-1].en
    assert not message.urgent


def test_what_is_late_or_critical_is_urgent():
    assert compose_duties(DutySummary("2026-11-21", late=(DutyDue("a", DUE),))).urgent
    assert compose_duties(DutySummary("2026-11-21", pressing=True)).urgent
    assert not compose_duties(DutySummary("2026-11-21", near=(DutyDue("a", DUE),))).urgent


def test_the_missing_year_and_the_unstarted_are_said():
    said = compose_duties(DutySummary("2026-11-21", unstarted=4, lacking_year=2027)).plain("zh")

    assert "2027 年工作日表尚未载入" in said
    assert "适用但未申报起算日的义务 4 项" in said


def test_the_longest_message_is_cut_in_its_lists_and_keeps_its_last_line():
    many = tuple(
        DutyDue(f"a-duty-with-quite-a-long-id-{n:03}", DUE, provisional=True, disputed=True)
        for n in range(200)
    )

    message = compose_duties(
        DutySummary("2026-11-21", True, many, many, many, many, 99, lacking_year=2027)
    )

    assert "另有 192 项" in message.lines[0].zh
    for lang in ("zh", "en"):
        # What Slack takes in one section.
        assert len(message.plain(lang)) < 2900


def test_what_is_more_than_an_id_leaves_as_its_fingerprint():
    said = compose_duties(DutySummary("2026-11-21", late=(DutyDue("db-01 张三", DUE),))).plain("zh")

    assert "张三" not in said
    assert "id-" in said
