"""Views: what is not known of an input is not known of what is derived from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fakes.suites import NOW, WORDS, table
from zicha.evaluation.derived import build_view
from zicha.evaluation.views import View, load_views
from zicha.model.collector import PlaceState, Table
from zicha.model.errors import ConfigError
from zicha.model.evidence import Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

VIEW = View(
    id="toy/counted",
    title=Text(**WORDS),
    columns={"account": str, "things": int, "last_at": datetime},
    subject=("account",),
    subject_type="account",
    places=("account",),
    reads={"toy/things": ("at",)},
    max_age=timedelta(hours=26),
    sql="""
        SELECT places.account, count(t.at) AS things, max(t.at) AS last_at
        FROM places LEFT JOIN toy_things AS t ON t.account = places.account
        GROUP BY ALL ORDER BY ALL
    """,
)
SOUND = PlaceState(collected_at=NOW, source="toy", evidence_digest="d")


def things(*rows, **states):
    known = {(account[1:],): state for account, state in states.items()}
    return table({"at": datetime, "n": int}, rows, known or {("1",): SOUND})


def built(*tables: Table, view: View = VIEW) -> Table:
    return build_view(view, {each.id: each for each in tables}, NOW)


def reasons(found: Table) -> dict[str, Reason | None]:
    return {place[0]: state.reason for place, state in found.states.items()}


def test_rows_are_derived_and_moments_stay_moments():
    found = built(things({"at": NOW, "n": 1}, {"at": None, "n": 1}))

    assert found.rows == ({"account": "1", "things": 1, "last_at": NOW},)
    assert found.states == {("1",): replace(SOUND, evidence_digest="d")}


def test_a_complete_place_without_rows_is_seen_by_the_sql():
    found = built(things(_1=SOUND))

    assert [row["things"] for row in found.rows] == [0]


def test_an_incomplete_input_leaves_its_place_unknown_and_without_rows():
    cut = PlaceState(Reason.PARTIAL, "again", "a:Permission", NOW)

    found = built(things({"at": NOW, "n": 1}, _1=cut, _2=SOUND))

    assert reasons(found) == {"1": Reason.PARTIAL, "2": None}
    assert found.states["1",].permission == "a:Permission"
    assert [row["account"] for row in found.rows] == ["2"]


def test_an_unread_cell_that_is_read_leaves_its_place_unknown():
    found = built(things({"at": Unread(Reason.THROTTLED, "wait"), "n": 1}))

    assert (reasons(found), found.states["1",].remedy) == ({"1": Reason.THROTTLED}, "wait")


def test_an_unread_cell_that_is_not_read_does_not_matter():
    found = built(things({"at": NOW, "n": Unread(Reason.THROTTLED)}))

    assert reasons(found) == {"1": None}


def test_a_place_that_one_input_does_not_know_is_not_collected():
    other = replace(things(_1=SOUND, _2=SOUND), id="toy/others")
    both = replace(VIEW, reads={"toy/things": ("at",), "toy/others": ("n",)})

    found = built(things(_1=SOUND), other, view=both)

    assert reasons(found) == {"1": None, "2": Reason.NOT_COLLECTED}


def test_the_age_of_a_view_is_that_of_its_oldest_input():
    old = replace(SOUND, collected_at=NOW - timedelta(hours=5))
    other = replace(things(_1=old), id="toy/others")
    both = replace(VIEW, reads={"toy/things": ("at",), "toy/others": ("n",)})

    found = built(things(_1=SOUND), other, view=both)

    assert found.states["1",].collected_at == NOW - timedelta(hours=5)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS x",
        "SELECT nonsense",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT account, 'x' AS things, NULL AS last_at FROM places",
        "SELECT 'elsewhere' AS account, 1::BIGINT AS things, NULL::TIMESTAMP AS last_at",
        "SELECT NULL::VARCHAR AS account, 1::BIGINT AS things, NULL::TIMESTAMP AS last_at",
    ],
)
def test_sql_that_makes_something_else_shows_nothing(sql):
    found = built(things({"at": NOW, "n": 1}), view=replace(VIEW, sql=sql))

    assert (reasons(found), found.rows) == ({"1": Reason.ERRORED}, ())


def test_an_input_that_was_not_given_is_named():
    with pytest.raises(ConfigError, match="toy/things"):
        built()


def test_a_column_that_the_input_does_not_have_is_named():
    with pytest.raises(ConfigError, match="other"):
        built(things(_1=SOUND), view=replace(VIEW, reads={"toy/things": ("other",)}))


def test_a_view_without_its_sql_is_refused(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "counted.yaml").write_text(
        "id: toy/counted\ntitle: {zh: 数, en: counted}\ncolumns: {account: str}\n"
        "subject: [account]\nsubject_type: account\nplaces: [account]\n"
        "reads: {toy/things: [at]}\nmax_age_hours: 26\n",
        encoding="utf-8",
    )

    with pytest.raises(ConfigError, match=r"counted\.sql is missing"):
        load_views(tmp_path)
