"""What was met in the year before and is measured as conforming now counts as set right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.ledgers import place_in
from zicha.catalog.frameworks import load_frameworks
from zicha.duties.time import moment_of
from zicha.model.coverage import Cell, Conclusion, Conformity, Coverage, ItemCoverage, Risk
from zicha.model.text import Text
from zicha.pipeline.reports.risks import risk_lines
from zicha.pipeline.runs.conformity import KIND, YEAR, Held, Kept, met_before, written
from zicha.storage import runs

L3 = load_frameworks()["mlps-l3"]
TRIGGER = next(item.hazard_trigger for item in L3.items if item.hazard_trigger)
POINTING = [item.id for item in L3.items if item.hazard_trigger == TRIGGER]
NOW = moment_of("2026-11-20T02:05+08:00")


@pytest.fixture
def place(tmp_path):
    return place_in(tmp_path, NOW)


def covered(status, hazards=()):
    items = tuple(
        ItemCoverage(
            item.id,
            item.ref,
            status if item.id in POINTING else Conformity.UNDETERMINED,
            objects=(Cell("billing-app", status),) if item.id in POINTING else (),
        )
        for item in L3.items
    )
    undecided = Conclusion("undecided", Text("x", "x"))
    return Coverage(L3.id, "billing", items, None, undecided, hazards=tuple(hazards))


def lines(place, coverage, before):
    return risk_lines(
        place,
        "hazard",
        held=L3,
        risks=coverage.hazards,
        covered=coverage,
        of_item={},
        before=before,
    )


@pytest.fixture
def named(place):
    """The example scope, whose first object stands for all."""
    return next(object_.id for object_ in place.scope.objects)


def in_scope(coverage, named):
    items = tuple(
        replace(item, objects=tuple(replace(cell, id=named) for cell in item.objects))
        for item in coverage.items
    )
    return replace(coverage, items=items)


def test_what_was_met_and_conforms_now_is_set_right(place, named):
    found = lines(place, in_scope(covered(Conformity.CONFORMING), named), [TRIGGER])

    assert [(line.id, line.rectified, line.is_open) for line in found] == [(TRIGGER, True, False)]
    assert len(found[0].items) == len(POINTING)


@pytest.mark.parametrize("status", [Conformity.UNDETERMINED, Conformity.NOT_APPLICABLE])
def test_what_nobody_measured_since_is_not_set_right(place, named, status):
    assert lines(place, in_scope(covered(status), named), [TRIGGER]) == ()


def test_what_is_still_met_is_not_set_right(place, named):
    coverage = in_scope(covered(Conformity.PARTIAL, [Risk(TRIGGER, POINTING[0])]), named)

    assert [line.rectified for line in lines(place, coverage, [TRIGGER])] == [False]


def test_what_was_never_met_is_no_line(place, named):
    assert lines(place, in_scope(covered(Conformity.CONFORMING), named), []) == ()


def keep(place, at, *met):
    kept = Kept({}, {"billing": {L3.id: Held({}, {"hazard": list(met)})}})
    day = at.date().isoformat()
    with place.database.write() as connection:
        run = runs.open_run(
            connection,
            run=f"{day}-001",
            day=day,
            trigger="daily",
            scope_digest="",
            scope={},
            at=at,
        )
        runs.keep(connection, run.id, KIND, place.store.put(written(kept)))
        runs.move(connection, run.id, runs.JUDGED, at)
    return run


def test_the_year_before_a_run_is_looked_back_on_and_no_more(place):
    keep(place, NOW - 2 * YEAR, "A-01")
    keep(place, NOW - YEAR / 2, "A-18")
    keep(place, NOW - YEAR / 4)
    run = keep(place, NOW, "A-21")

    assert met_before(place, run, "billing", L3.id) == {"hazard": {"A-18"}}
    assert met_before(place, run, "portal", L3.id) == {}


def test_a_damaged_record_of_an_earlier_run_tells_nothing_and_stops_nothing(place):
    earlier = keep(place, NOW - YEAR / 2, "A-18")
    run = keep(place, NOW)
    with place.database.read() as connection:
        sealed = runs.kept(connection, earlier.id, KIND)[""]
    path = place.data / "evidence" / "objects" / "sha256"
    hexes = sealed.digest.removeprefix("sha256:")
    (held,) = [p for p in path.rglob("*") if p.is_file() and hexes.endswith(p.name[-20:])]
    held.chmod(0o600)
    held.write_bytes(b"{}")

    assert met_before(place, run, "billing", L3.id) == {}
