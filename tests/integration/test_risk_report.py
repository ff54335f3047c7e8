"""A month of inspections gives a risk report: what was, what was not measured, for three readers."""

from __future__ import annotations

import subprocess
from datetime import date

import pytest

from fakes.risk_months import (
    DAY,
    FAULTS,
    a_month,
    at,
    inspect_on,
    night_of,
    place_on,
    scope_in,
)
from fakes.risk_texts import tables_of, whole
from zicha.model.errors import ConfigError, MissingEvidenceError
from zicha.model.period import named_period
from zicha.pipeline.custody.verification import verify
from zicha.pipeline.risk.report import risk_facts
from zicha.pipeline.risk.writing import chosen_period, report_risks, write
from zicha.reports.documents.render import render
from zicha.reports.fonts import cjk_font
from zicha.reports.risk_facts import DEPTHS
from zicha.reports.risk_report import risk_document
from zicha.reports.risk_words import risk_words
from zicha.storage import ledger, reports

NOVEMBER = named_period("month", "2026-11")


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    folder = tmp_path_factory.mktemp("month")
    return a_month(folder / "data", folder / "scopes")


@pytest.fixture(scope="module")
def facts(month):
    return risk_facts(month, NOVEMBER)


def subjects(items):
    return sorted(item.subject for item in items)


def test_open_at_the_end_is_open_at_the_start_and_new_less_closed(facts):
    assert facts.open_at_start + len(facts.new) - len(facts.closed) == facts.open_at_end
    assert (facts.open_at_start, facts.open_at_end, facts.reopened) == (5, 6, 1)


def test_the_new_the_closed_the_gone_and_the_overdue_are_told_by_name(facts):
    assert subjects(facts.overdue) == ["billing-app-01", "ops-zhang", "sg-0b0b77"]
    assert [i.subject for i in facts.closed if i.how == "gone"] == ["billing-tmp"]
    assert [i.subject for i in facts.closed if i.in_time is False] == []
    assert [i.subject for i in facts.open if i.times > 1] == ["portal-uploads"]
    assert (facts.due, facts.in_time) == (9, 6)


def test_the_gravest_stand_first_with_the_reasons_for_their_level(facts):
    assert [item.level for item in facts.open] == sorted(
        (item.level for item in facts.open), key=["high", "medium", "low"].index
    )
    assert all(len(item.because) == 3 for item in facts.open)


def test_days_without_a_run_are_named_and_stay_empty_in_the_trend(facts):
    told = [(each.first.day, each.last.day, each.why) for each in facts.unmeasured]

    assert told == [(7, 8, "no-run"), (19, 19, "no-run")]
    assert [p.label.zh for p in facts.steps if p.open is None] == ["7", "8", "19"]
    assert (facts.days_measured, facts.days_total) == (27, 30)


def test_what_the_last_day_did_not_reach_is_open_and_not_re_measured(facts):
    told = {item.subject: item.last_measured for item in facts.not_remeasured}

    assert told == dict.fromkeys(("portal-uploads", "sg-0b0b77"), date(2026, 11, 28))


def test_gaps_are_told_with_their_end_and_their_source_with_its_silent_days(facts):
    told = [(each.line.reason.value, each.closed) for each in facts.gaps]
    portal = next(source for source in facts.sources if source.id == "demo-aws-second")

    assert told == [("refused", date(2026, 11, 13)), ("unreachable", None)]
    assert (portal.answered, portal.unread, portal.not_asked) == (22, 5, 0)


def test_a_changed_scope_and_a_changed_threshold_are_told_with_their_day(facts):
    told = [(c.day.day, c.kind, c.name.en, c.before.en, c.after.en) for c in facts.changes]

    assert told == [
        (16, "object", "Site search", "(none)", "application"),
        (16, "threshold", "Shortest password", "10", "12"),
    ]


def test_a_report_of_one_system_speaks_of_that_system_only(month):
    portal = risk_facts(month, NOVEMBER, "portal")

    assert subjects(portal.open) == ["portal-uploads", "sg-0b0b77"]
    assert {line.of.en for line in portal.deadlines} <= {
        "Public web portal (demo)",
        "Yunqiao Telecom Ltd. (demo)",
    }


def test_a_past_week_is_told_as_it_was(month):
    then = risk_facts(month, named_period("week", "2026-W46"))

    assert subjects(i for i in then.open if i.times == 1) == [
        "billing-app-01",
        "billing-app-01",
        "billing-cdr",
        "billing-tmp",
        "forgotten-exports",
        "ops-li",
        "portal-uploads",
        "sg-0b0b77",
    ]
    assert then.gaps[0].closed == date(2026, 11, 13)
    assert then.last_day == date(2026, 11, 15)


def test_a_running_period_says_so_and_calls_nothing_late_before_its_time(tmp_path):
    day = date(2026, 11, 20)
    place = place_on(tmp_path, day)
    inspect_on(place, day, FAULTS)

    running = risk_facts(place, chosen_period(place, "month"))
    on_the_day = risk_facts(at(place, night_of(day + 7 * DAY)), NOVEMBER)
    after = risk_facts(at(place, night_of(day + 8 * DAY)), NOVEMBER)

    assert (running.is_over, running.last_day, running.period.id) == (False, day, "2026-11")
    assert "ops-zhang" not in subjects(on_the_day.overdue)
    assert {i.overdue_days for i in after.overdue if i.subject == "ops-zhang"} == {1}
    assert [p.measured for p in after.steps if p.open is not None] == [1]


def test_a_narrower_run_measures_nothing_of_the_other_sources(tmp_path):
    day = date(2026, 11, 20)
    place = place_on(tmp_path, day)
    inspect_on(place, day, FAULTS)
    narrow = at(place, night_of(day + DAY))
    inspect_on(narrow, day + DAY, FAULTS, sources=["recorded-host"])

    found = risk_facts(narrow, NOVEMBER)

    assert "billing-app-01" not in subjects(found.not_remeasured)
    assert "ops-zhang" in subjects(found.not_remeasured)
    assert [change.kind for change in found.changes] == ["file"]
    assert {s.id: s.not_asked for s in found.sources}["demo-aws"] == 1


def test_a_period_without_evidence_says_so_and_one_before_all_is_refused(tmp_path):
    day = date(2026, 11, 20)
    place = place_on(tmp_path, day)
    inspect_on(place, day, FAULTS)
    later = at(place, night_of(date(2027, 1, 2)))

    december = risk_facts(later, named_period("month", "2026-12"))
    said = risk_document(december, "management", risk_words()).sections[0].sentences

    assert december.days_measured == 0
    assert len(december.not_remeasured) == december.open_at_end > 0
    assert "没有任何一天完成检查" in said[0].zh
    with pytest.raises(MissingEvidenceError, match="first judged day is 2026-11-20"):
        risk_facts(later, named_period("month", "2026-10"))
    with pytest.raises(ConfigError, match="has not begun"):
        risk_facts(later, named_period("month", "2027-02"))


@pytest.mark.parametrize("depth", ["management", "regulator"])
def test_an_outsider_reads_no_resource_account_or_detail(facts, depth):
    said = whole(risk_document(facts, depth, risk_words()))

    hidden = {f.subject for f in FAULTS} | {f.account for f in FAULTS if f.account}
    hidden |= {f.observed for f in FAULTS if f.observed}
    hidden |= {"demo-aws", "recorded-host", "cn-north-1", "GetBucketPolicyStatus"}
    assert [word for word in sorted(hidden) if word in said] == []


def test_every_cell_of_a_table_stands_under_a_column_of_its_own(facts):
    for depth in DEPTHS:
        for table in tables_of(facts, depth).values():
            columns = {column.id for column in table.columns}
            assert all(columns <= row.keys() for row in table.rows), table.id


def test_the_team_reads_remedy_reasons_and_evidence_of_each_risk(facts):
    document = risk_document(facts, "team", risk_words())
    tables = {t.id: t for section in document.sections for t in section.tables}

    assert len(tables["reasons"].rows) == facts.open_at_end
    assert all(row["remedy"].zh and row["reasons"].en for row in tables["reasons"].rows)
    assert all("sha256:abab" in row["evidence"] for row in tables["reasons"].rows)


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_word_is_there_in_both_languages(facts, depth):
    document = risk_document(facts, depth, risk_words())

    assert document.estimate
    for section in document.sections:
        for text in (section.title, *section.sentences, *(t.title for t in section.tables)):
            assert text.zh
            assert text.en
            assert "{" not in text.zh + text.en


@pytest.mark.skipif(cjk_font() is None, reason="no font with Chinese characters")
def test_a_manager_reads_two_pages(facts, tmp_path):
    document = risk_document(facts, "management", risk_words())

    for lang in ("zh", "en"):
        made = render(document, lang, "pdf", tmp_path / f"{lang}.pdf")
        told = subprocess.run(["pdfinfo", made], capture_output=True, text=True, check=True)
        assert "Pages:           2" in told.stdout


def test_what_ended_yesterday_is_written_sealed_and_recorded_and_other_days_write_nothing(
    tmp_path,
):
    day = date(2026, 11, 21)
    place = place_on(tmp_path, day)
    inspect_on(place, day, FAULTS[:2])
    sunday, monday = at(place, night_of(day + DAY)), at(place, night_of(day + 2 * DAY))

    none = report_risks(sunday, "2026-11-22")
    made = report_risks(monday, "2026-11-23", ["xlsx"])
    again = report_risks(monday, "2026-11-23", ["xlsx"])

    with place.database.read() as connection:
        recorded = reports.listed(connection)
        entered = ledger.keys(connection)
    assert none == []
    assert (len(made), made) == (6, again)
    assert {r.name for r in recorded} == {f"risk-2026-W47-{depth}" for depth in DEPTHS}
    assert len(recorded) == 6
    assert {key.split("/")[1] for key in entered if key.startswith("report/")} == {"2026-11-21-001"}
    assert verify(monday)["ok"]


def test_one_depth_is_written_where_it_was_asked_for(month, facts, tmp_path):
    made = write(month, facts, tmp_path / "out", "regulator", "en", ["docx", "xlsx"])

    assert [each["format"] for each in made] == ["docx", "xlsx"]
    assert all(each["digest"].startswith("sha256:") for each in made)
    assert (tmp_path / "out" / "risk-2026-11-regulator.en.docx").is_file()


def test_shares_of_a_past_period_stand_as_they_were_whatever_the_scope_says_now(tmp_path):
    day = date(2026, 11, 20)
    place = place_on(tmp_path / "data", day)
    run = inspect_on(place, day, FAULTS)
    then = risk_facts(place, chosen_period(place, "month")).periods[-1]
    changed = scope_in(tmp_path / "scope", systems=("level: 2", "level: 1"))
    later = place_on(tmp_path / "data", day + DAY, changed)

    kept = risk_facts(later, NOVEMBER).periods[-1]
    with place.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM run_objects WHERE kind = 'conformity'")
    reckoned = risk_facts(later, NOVEMBER)
    said = whole(risk_document(reckoned, "team", risk_words()))

    assert run
    assert (kept.undetermined, kept.coverage) == (then.undetermined, then.coverage)
    assert not kept.by_todays_rules
    assert reckoned.periods[-1].by_todays_rules
    assert "by the scope and catalogue in force now" in said


def test_what_a_run_made_of_each_system_is_held_to_the_ledger(tmp_path):
    day = date(2026, 11, 20)
    place = place_on(tmp_path, day)
    inspect_on(place, day, FAULTS)

    with place.database.read() as connection:
        entered = ledger.keys(connection)
    assert any(key.startswith("conformity/2026-11-20-001/") for key in entered)
    assert verify(place)["ok"]
    with place.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE run_objects SET digest = 'sha256:' || substr(digest, 72) || substr(digest, 8)"
            " WHERE kind = 'conformity'"
        )
        connection.exec_driver_sql(
            "UPDATE run_objects SET digest = 'sha256:' || (SELECT substr(o.digest, 8) "
            "FROM run_objects o WHERE o.kind = 'manifest') WHERE kind = 'conformity'"
        )
    assert "unledgered" in {fault["kind"] for fault in verify(place)["faults"]}


def test_no_deadline_stands_without_how_far_its_duty_was_confirmed(facts):
    rows = tables_of(facts, "management")["deadlines"].rows

    assert rows
    for row in rows:
        assert "〔" in row["duty"].zh
        assert "[" in row["duty"].en
    assert facts.deadlines[0].grade
    assert all(source in rows[0]["duty"].en for source in facts.deadlines[0].sources[:2])
