"""Rule 3 of the design, case by case, and what must hold of any case."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zicha.evaluation.rollup import (
    cell,
    cell_status,
    conclusion,
    item,
    needs_attestation,
    part_status,
    rate,
    without_objects,
)
from zicha.evaluation.rollup_rules import first_fit, load_rules
from zicha.model.coverage import Cell, Conformity, Part, Rate
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.model.verdict import Status

RULES = load_rules()
P, F, U, N = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOT_APPLICABLE
GOOD, HALF, BAD, OPEN, NA = (
    Conformity.CONFORMING,
    Conformity.PARTIAL,
    Conformity.NONCONFORMING,
    Conformity.UNDETERMINED,
    Conformity.NOT_APPLICABLE,
)


def control(status, proves="full", id_="a/b"):
    return Part("control", id_, status, proves)


def parts(statuses):
    return [control(status, id_=f"a/{n}") for n, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((), U),
        ((P,), P),
        ((F,), F),
        ((U,), U),
        ((N,), N),
        ((P, P), P),
        ((P, N), P),
        ((P, U), U),
        ((N, U), U),
        ((P, F), F),
        ((U, F), F),
        ((N, F), F),
        ((P, U, F, N), F),
    ],
)
def test_a_part_is_what_its_worst_outcome_says(outcomes, expected):
    assert part_status(RULES, outcomes) is expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), OPEN),
        ((P,), GOOD),
        ((F,), BAD),
        ((U,), OPEN),
        ((N,), NA),
        ((P, P), GOOD),
        ((P, N), GOOD),
        ((N, N), NA),
        ((P, U), OPEN),
        ((N, U), OPEN),
        ((P, F), HALF),
        ((F, F), BAD),
        ((F, N), BAD),
        ((F, U), BAD),
        ((P, F, U), HALF),
    ],
)
def test_a_cell_conforms_only_when_every_part_is_proved(statuses, expected):
    assert cell_status(RULES, parts(statuses)) is expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((), OPEN),
        ((GOOD,), GOOD),
        ((GOOD, GOOD), GOOD),
        ((GOOD, NA), GOOD),
        ((NA, NA), NA),
        ((BAD, BAD), BAD),
        ((BAD, NA), BAD),
        ((GOOD, BAD), HALF),
        ((HALF,), HALF),
        ((HALF, GOOD), HALF),
        ((HALF, BAD), HALF),
        ((HALF, OPEN), HALF),
        ((GOOD, OPEN), OPEN),
        ((NA, OPEN), OPEN),
        ((OPEN,), OPEN),
        ((GOOD, BAD, OPEN), HALF),
        ((BAD, OPEN), BAD),
    ],
)
def test_an_item_sums_up_its_objects(cells, expected):
    found = item(RULES, "f/1", "1", [Cell(str(n), status) for n, status in enumerate(cells)])

    assert found.status is expected


@pytest.mark.parametrize(
    ("controls", "unreached", "expected"),
    [
        ([], [], True),
        ([], ["a/b"], True),
        ([control(P)], [], False),
        ([control(P)], ["a/c"], False),
        ([control(P), control(U, "part")], [], False),
        ([control(F)], [], False),
        ([control(U)], [], False),
        ([control(U)], ["a/c"], True),
        ([control(N)], [], True),
        ([control(P, "part")], [], True),
        ([control(F, "part")], [], True),
    ],
)
def test_people_attest_what_no_machine_proves_in_full(controls, unreached, expected):
    assert needs_attestation(controls, unreached) is expected


def test_an_item_without_objects_is_undetermined_unless_each_type_is_said_to_be_absent():
    why = Text("没有", "there is none")

    assert without_objects("f/1", "1", ["terminal"], [why]).status is NA
    assert without_objects("f/1", "1", ["terminal", "server"], [why, None]).status is OPEN
    assert without_objects("f/1", "1", [], []).status is OPEN


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], None),
        ([NA], None),
        ([GOOD], Rate(100, 100, 100)),
        ([GOOD, NA], Rate(100, 100, 100)),
        ([GOOD, OPEN], Rate(50, 50, 100)),
        ([GOOD, HALF], Rate(50, 50, 50)),
        ([BAD, OPEN], Rate(0, 0, 50)),
        ([OPEN], Rate(0, 0, 100)),
    ],
)
def test_the_undetermined_stay_in_the_denominator(statuses, expected):
    assert rate(RULES, statuses) == expected


@pytest.mark.parametrize(
    ("found", "hazards", "open_hazards", "expected"),
    [
        (None, 0, 0, "undecided"),
        (Rate(90.1, 90.1, 100), 0, 0, "conforming"),
        (Rate(90, 90, 90), 0, 0, "basically-conforming"),
        (Rate(90, 90, 91), 0, 0, "undecided"),
        (Rate(60, 60, 60), 0, 0, "basically-conforming"),
        (Rate(60, 60, 90), 3, 3, "basically-conforming"),
        (Rate(59.9, 59.9, 60), 0, 0, "undecided"),
        (Rate(59.9, 59.9, 59.9), 2, 0, "nonconforming"),
        (Rate(95, 95, 95), 1, 0, "undecided"),
        (Rate(95, 95, 95), 0, 1, "undecided"),
        (Rate(10, 10, 95), 0, 0, "undecided"),
    ],
)
def test_nothing_is_concluded_that_could_still_change(found, hazards, open_hazards, expected):
    assert conclusion(RULES, found, hazards, open_hazards).id == expected


def test_a_table_that_leaves_a_case_open_is_refused():
    with pytest.raises(ConfigError, match="no rule speaks of conforming"):
        first_fit(RULES.item[:1], [GOOD])


def test_every_combination_has_a_rule():
    for table, kind in ((RULES.part, Status), (RULES.cell, Status), (RULES.item, Conformity)):
        members = list(kind)
        for mask in range(1 << len(members)):
            first_fit(table, {m for n, m in enumerate(members) if mask >> n & 1})


SOME = st.lists(st.sampled_from(list(Status)), min_size=1, max_size=3)
GRID = st.lists(st.lists(SOME, min_size=1, max_size=3), min_size=1, max_size=5)


def statuses_of(grid):
    return [
        item(
            RULES,
            str(n),
            "",
            [cell(RULES, str(m), parts(statuses)) for m, statuses in enumerate(cells)],
        ).status
        for n, cells in enumerate(grid)
    ]


def share(found):
    """The range as it is; nothing applicable says nothing, so it bounds nothing."""
    return None if found is None else (round(found.lowest, 9), round(found.highest, 9))


@settings(max_examples=300, deadline=None)
@given(GRID, st.randoms(use_true_random=False))
def test_more_knowledge_never_widens_the_range(grid, pick):
    spots = [
        (n, m, k)
        for n, cells in enumerate(grid)
        for m, statuses in enumerate(cells)
        for k, status in enumerate(statuses)
        if status is U
    ]
    if not spots:
        return
    n, m, k = pick.choice(spots)
    known = [[list(statuses) for statuses in cells] for cells in grid]
    known[n][m][k] = pick.choice([P, F, N])

    before, after = (share(rate(RULES, statuses_of(g))) for g in (grid, known))

    assert after is None or (before[0] <= after[0] and after[1] <= before[1])


@settings(max_examples=300, deadline=None)
@given(GRID, st.randoms(use_true_random=False))
def test_something_unknown_in_place_of_a_fact_never_raises_the_rate(grid, pick):
    n = pick.randrange(len(grid))
    m = pick.randrange(len(grid[n]))
    k = pick.randrange(len(grid[n][m]))
    hidden = [[list(statuses) for statuses in cells] for cells in grid]
    hidden[n][m][k] = U

    before, after = (rate(RULES, statuses_of(g)) for g in (grid, hidden))

    assert before is None or after.value <= before.value


@settings(max_examples=100, deadline=None)
@given(SOME)
def test_the_order_of_parts_changes_nothing(statuses):
    found = {cell(RULES, "o", order) for order in permutations(parts(statuses))}

    assert len(found) == 1
