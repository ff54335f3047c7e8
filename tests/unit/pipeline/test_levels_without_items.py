"""A level whose items the catalogue does not hold is said wherever somebody could read a pass."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fakes.risk_months import at, inspect_on, night_of, place_on, scope_in
from zicha.pipeline.reports.documents import document_of
from zicha.pipeline.reports.facts import facts_of, view_of
from zicha.pipeline.reports.overview import overview, summary
from zicha.reports.content import content

DAY = date(2026, 11, 20)
SAYS = "nothing of level 4 was inspected"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("levels")
    scope = scope_in(folder / "scope", systems=("level: 3", "level: 4"))
    place = place_on(folder / "data", DAY, scope)
    inspect_on(place, DAY, [])
    return at(place, night_of(DAY) + timedelta(hours=5))


def test_the_report_says_it_where_scope_rate_and_hazards_stand(place):
    facts = facts_of(place, view_of(place), "miit-self-inspection", "billing")

    laid = {section.key: section for section in content(facts, "en").sections}

    for chapter in ("scope", "posture", "risks"):
        assert SAYS in " ".join(laid[chapter].sentences), chapter


def test_a_report_of_a_level_that_the_catalogue_holds_is_silent_about_it(place):
    facts = facts_of(place, view_of(place), "mlps-l2", "portal")

    assert (facts.lacks.zh, facts.lacks.en) == ("", "")


@pytest.mark.parametrize("form", ["mlps-protection-work-plan", "mlps-hazards"])
def test_the_forms_of_classified_protection_say_it(place, form):
    document = document_of(place, form, "billing")

    assert SAYS in " ".join(note.en for note in document.notes)
    assert not any(SAYS in note.en for note in document_of(place, form, "portal").notes)


def test_another_frameworks_share_is_no_safeguard_of_the_level(place):
    document = document_of(place, "mlps-protection-work-plan", "billing")
    safeguards = next(s for s in document.sections if s.field == "safeguards")

    assert safeguards.state != "filled"
    assert SAYS in safeguards.lacks.en
    assert safeguards.tables == ()


def test_the_page_and_the_summary_say_it(place):
    told = [overview(place)["without_framework"], summary(place, DAY.isoformat())]

    assert [each["system"] for each in told[0]] == ["billing"]
    assert told[1]["without_framework"] == told[0]
    assert SAYS in told[0][0]["says"]["en"]
