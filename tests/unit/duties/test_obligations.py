"""The life of obligations: an explicit machine, and a year lived day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from demo.year_of_duties import FIRST, LAST, LATE, PAGE, Year, page

from fakes.three_systems import three_systems
from zicha.catalog.duties import load_duties
from zicha.catalog.escalation import Escalation, load_escalation
from zicha.catalog.scope import load_scope
from zicha.catalog.yaml_files import parse_model
from zicha.duties.obligations import CLOCK, TABLE, act, advance
from zicha.duties.time import ZONE, moment_of
from zicha.duties.working_days import WorkingDays, chinese_working_days
from zicha.model.errors import ConfigError
from zicha.model.obligation import ENDED, Act, Obligation, ObligationState

ESCALATION = load_escalation()
DUE = moment_of("2026-03-31T23:59:59")


def obligation(**changes):
    plain = Obligation(
        id="lic-annual-report:yunqiao:2026-03-31",
        duty="lic-annual-report",
        of="yunqiao",
        cycle="2026-03-31",
        state=ObligationState.OPEN,
        due=DUE,
        opens_at=DUE - timedelta(days=60),
        owner="security-owner",
    )
    return replace(plain, **changes)


def told(found):
    return [step.detail for step in found if step.act is Act.ESCALATE]


@pytest.mark.parametrize("state", ObligationState)
@pytest.mark.parametrize("what", Act)
def test_only_what_the_table_lists_is_possible(state, what):
    one = obligation(state=state)

    if (state, what) in TABLE:
        assert act(one, what, DUE, "os:1@here", "because").obligation.state is TABLE[state, what]
    else:
        with pytest.raises(ConfigError, match="is not possible"):
            act(one, what, DUE, "os:1@here", "because")


def test_what_has_ended_stays_ended():
    assert [state for state, _ in TABLE if state in ENDED] == []


def test_every_state_can_be_reached_and_left_or_is_an_end():
    reached = {ObligationState.PLANNED, *TABLE.values()}

    assert reached == set(ObligationState)
    assert {state for state, _ in TABLE} == set(ObligationState) - ENDED


def test_withdrawing_takes_a_reason():
    with pytest.raises(ConfigError, match="say why"):
        act(obligation(), Act.WITHDRAW, DUE, "os:1@here")


def test_a_returned_filing_is_owed_again_and_may_become_late():
    handed = act(obligation(), Act.HAND_IN, DUE - timedelta(hours=1), "os:1@here").obligation
    returned = act(handed, Act.RETURN, DUE, "os:1@here", "seal missing").obligation

    after = advance([returned], DUE + timedelta(seconds=1), ESCALATION)

    assert returned.done_at is None
    assert [step.act for step in after] == [Act.FALL_DUE, Act.ESCALATE]
    assert after[0].obligation.was_late


@pytest.mark.parametrize(
    ("seconds", "acts"), [(-1, []), (0, []), (1, [Act.FALL_DUE])], ids=["before", "at", "after"]
)
def test_the_last_second_is_still_in_time(seconds, acts):
    one = obligation(level=len(ESCALATION.steps))

    after = advance([one], DUE + timedelta(seconds=seconds), ESCALATION)

    assert [step.act for step in after] == acts


def test_each_step_of_the_escalation_is_told_once():
    one, heard = obligation(level=0), []
    for hours in range(24 * 60, -24 * 10, -1):
        for step in advance([one], DUE - timedelta(hours=hours), ESCALATION):
            one = step.obligation
            heard += told([step])

    assert len(heard) == len(set(heard)) == len(ESCALATION.steps)


def test_after_a_silence_only_the_latest_step_is_told():
    found = advance([obligation(level=0)], DUE + timedelta(days=30), ESCALATION)

    assert told(found) == ["critical management: seven days overdue"]


def test_four_hours_have_no_days_left():
    since = moment_of("2026-10-02T03:10")
    one, heard = obligation(due=since + timedelta(hours=4), opens_at=since), []
    for minutes in range(0, 60 * 30, 5):
        for step in advance([one], since + timedelta(minutes=minutes), ESCALATION):
            one = step.obligation
            heard += told([step])

    assert heard == ["critical management: one hour left", "critical management: one day overdue"]


def test_what_is_handed_in_is_not_chased():
    handed = obligation(state=ObligationState.HANDED_IN)

    assert advance([handed], DUE + timedelta(days=30), ESCALATION) == []


def test_a_table_whose_steps_go_backward_is_refused():
    step = {"to": "owner", "severity": "info", "says": {"zh": "一", "en": "one"}}
    raw = {"opens_days_before": 60, "head": "a", "management": "b"}

    with pytest.raises(ConfigError, match="earliest to the latest"):
        parse_model(raw | {"steps": [step | {"days": 1}, step | {"days": 5}]}, Escalation, "t")


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    lived = Year(three_systems(tmp_path_factory.mktemp("three") / "scope"))
    day = FIRST
    while day <= LAST:
        now = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
        lived.look(now)
        assert lived.look(now) == [], f"a second look on {day} did something"
        lived.work(now)
        day += timedelta(days=1)
    return lived


def test_a_year_plans_opens_and_closes_every_obligation_exactly_once(year):
    counts = Counter((step.obligation.id, step.act) for step in year.history)

    for id_, one in year.known.items():
        assert counts[id_, Act.PLAN] == 1
        assert counts[id_, Act.OPEN] == (one.state is not ObligationState.PLANNED)
        assert counts[id_, Act.ACCEPT] == (one.state is ObligationState.DONE)
        if one.due and one.due < moment_of("2026-12-31"):
            assert one.state is ObligationState.DONE, id_


def test_a_year_escalates_each_step_once_and_in_order(year):
    levels = defaultdict(list)
    for step in year.history:
        if step.act is Act.ESCALATE:
            levels[step.obligation.id].append(step.obligation.level)

    assert levels
    assert all(found == sorted(set(found)) for found in levels.values())


def test_the_late_one_reaches_management_and_the_returned_one_is_handed_in_twice(year):
    late = [one for one in year.known.values() if one.duty == LATE and one.was_late]
    returned = [one for one in year.known.values() if year.acts(one.id, Act.RETURN)]

    assert [one.duty for one in late] == [LATE]
    assert "seven days overdue" in year.acts(late[0].id, Act.ESCALATE)[-1].detail
    assert [len(year.acts(one.id, Act.HAND_IN)) for one in returned] == [2] * len(returned)
    assert {one.of for one in returned} == {"yunqiao", "yunqiao-gd"}


def test_one_owner_never_owes_two_cycles_of_what_runs_from_the_last_time(year):
    running = [one for one in year.known.values() if one.duty == "mlps-self-inspection"]

    owed = Counter(one.of for one in running if not one.is_ended)

    assert owed.keys() == {one.of for one in running}
    assert set(owed.values()) == {1}


def test_the_page_of_the_year_is_current_and_reads_as_it_was_checked_by_eye(year):
    assert page(year) == PAGE.read_text(encoding="utf-8"), "run `make year-of-duties`, and look"


def test_the_group_has_three_levels_two_provinces_and_kinds_of_its_own(year):
    scope = year.planner.scope

    assert [system.level for system in scope.systems] == [3, 2, 4]
    assert len({entity.province.en for entity in scope.entities}) == 2
    assert len({system.kinds for system in scope.systems}) == 3


def test_each_system_and_each_entity_owes_something_in_the_year(year):
    scope = year.planner.scope
    owing = {one.of for one in year.known.values()}

    assert owing == {each.id for each in (*scope.systems, *scope.entities)}


def test_a_duty_that_binds_and_whose_clock_nobody_started_is_named(year):
    owed = year.planner.plan(year.known.values(), moment_of("2026-06-01"))

    assert ("mps176-inspection", "billing") in owed.unanchored


def test_a_year_table_that_arrives_moves_what_was_provisional(tmp_path):
    three_systems(tmp_path / "scope")
    said = (tmp_path / "scope" / "duties.yaml").read_text(encoding="utf-8")
    more = "facts:\n  - {of: billing, fact: data_export_assessed, value: true}\n"
    anchor = "anchors:\n  - {duty: export-assessment-renewal, of: yunqiao, day: 2026-12-31}\n"
    said = said.replace("facts:\n", more, 1).replace("anchors:\n", anchor, 1)
    (tmp_path / "scope" / "duties.yaml").write_text(said, encoding="utf-8")
    scope = load_scope(tmp_path / "scope")
    tables = dict(chinese_working_days()._tables)
    lived, now = Year(scope), moment_of("2026-06-01")
    lived.look(now)
    before = lived.known["export-assessment-renewal:yunqiao:2026-12-31"]

    special = tables[2026].days[0].model_copy(update={"day": date(2026, 12, 28), "kind": "rest"})
    tables[2026] = tables[2026].model_copy(update={"days": (*tables[2026].days, special)})
    lived.planner = replace(lived.planner, days=WorkingDays({**tables, 2027: tables[2026]}))
    steps = lived.look(now)

    assert (before.due.date(), before.provisional) == (date(2026, 10, 9), True)
    assert [step.act for step in steps] == [Act.MOVE]
    assert steps[0].obligation.due.date() == date(2026, 10, 8)
    assert not steps[0].obligation.provisional


def test_an_event_starts_an_obligation_of_its_own(year):
    since = moment_of("2026-10-02T03:10")

    one = year.planner.event(load_duties()["inc-cac-general"], "yunqiao", "billing", since)

    assert one.id == "inc-cac-general:yunqiao:2026-10-02T03:10+08:00"
    assert one.due == since + timedelta(hours=4)
    opened = advance([one], since, year.planner.table)
    assert next(step.act for step in opened) is Act.OPEN
    assert all(step.actor == CLOCK for step in opened)
