"""Moments that sources write: never read in the zone of the machine that happens to look."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from zicha.collectors.cloudtrail.events import COLLECTOR as EVENTS
from zicha.collectors.moments import moment, moment_if_any
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

BEIJING = timezone(timedelta(hours=8))
LISTED = Collector(
    id="x/y",
    title=Text("列", "listed"),
    max_age=timedelta(days=1),
    permissions=(),
    lists="list",
    places=("account",),
    subject=("account", "id"),
    subject_type="x",
    columns={"account": str, "id": str, "at": datetime},
    fetch=lambda _: iter(()),
    tabulate=lambda said: ({"account": "a", "id": "1", **each.body} for each in said.to("list")),
)


@pytest.mark.parametrize(
    "said",
    ["2026-11-22T10:00:00", "2026-11-22", "0001-01-01T00:00:00+08:00", "soon", 7, None, ""],
)
def test_what_names_no_moment_of_its_own_is_malformed(said):
    found = moment(said)

    assert isinstance(found, Unread)
    assert found.reason is Reason.MALFORMED


def test_a_null_and_an_empty_text_are_none_only_where_a_column_may_be_empty():
    assert (moment_if_any(None), moment_if_any("")) == (None, None)


def test_a_moment_of_any_zone_is_kept_in_utc():
    assert moment("2026-11-22T18:00:00+08:00") == datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 22, 10),  # noqa: DTZ001 - meant
        datetime(1, 1, 1, tzinfo=BEIJING),
    ],
    ids=["without a zone", "out of any calendar"],
)
def test_a_cell_whose_moment_cannot_be_compared_is_unread(at):
    (row,) = LISTED.table([Answer(("a",), "list", "", {"at": at})]).rows

    assert row["at"].reason is Reason.MALFORMED


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_an_event_without_a_zone_is_kept_unread_wherever_it_is_read(zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    place = ("111122223333", "cn-north-1")
    period = {"begins_at": "2026-11-21T00:00:00Z", "ends_at": "2026-11-22T00:00:00Z"}
    record = {"eventID": "e", "eventTime": "2026-11-22T07:00:00"}

    try:
        table = EVENTS.table(
            [
                Answer(place, "read_logs", "", {**period, "files": []}),
                Answer(place, "read_logs", "file", {"Records": [record]}),
            ]
        )
    finally:
        monkeypatch.undo()
        time.tzset()

    assert [row["occurred_at"].reason for row in table.rows] == [Reason.MALFORMED]
