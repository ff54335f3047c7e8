"""The inbox: a message is one however often it comes, and moves forward only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from zicha.storage import notices, runs

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def message(id_, state=notices.RECEIVED, minutes=0):
    at = NOW + timedelta(minutes=minutes)
    return notices.Received(id_, "sha256:0", 2, state, at, at, name="x", source="y")


def test_a_message_that_comes_again_is_counted_and_changes_nothing(database):
    with database.write() as connection:
        assert notices.enter(connection, [message("a"), message("b"), message("a")]) == 2
        assert notices.enter(connection, [message("a", notices.DEAD)]) == 0

        assert notices.counts(connection) == {"received": 2, "repeated": 2}


def test_an_event_told_twice_and_one_told_late_are_counted(database):
    def told(id_, event, received, occurred, account="1"):
        at = NOW + timedelta(minutes=received)
        said = None if occurred is None else NOW + timedelta(minutes=occurred)
        about = {"event": event, "occurred_at": said, "account": account, "region": "cn"}
        return notices.Received(id_, "sha256:0", 2, notices.DONE, at, at, **about)

    with database.write() as connection:
        listed = [
            told("a", "e-1", 0, 0), told("b", "e-1", 1, 0), told("c", "e-2", 1, -1),
            told("d", "e-3", 2, 2), told("e", "e-4", 2, 1), told("f", "", 3, None),
            told("g", "e-5", 4, -9, account="2"), told("h", "", 5, 1),
        ]  # fmt: skip
        notices.enter(connection, listed)

        assert notices.told_again(connection) == 1
        assert notices.out_of_order(connection) == 2  # c and h; d and e came together


def test_the_oldest_waits_first_and_a_run_takes_it_once(database):
    with database.write() as connection:
        notices.enter(connection, [message("late", minutes=5), message("early")])
        runs.open_narrow(
            connection, run="2026-11-22-e1", day="2026-11-22", scope_digest="d", scope={}, at=NOW
        )
        assert [one.message for one in notices.waiting(connection, 10)] == ["early", "late"]

        notices.take(connection, "2026-11-22-e1", NOW, ["early"])

        assert notices.unfinished(connection) == ["2026-11-22-e1"]
        assert notices.oldest(connection) == NOW
        notices.finish(connection, "2026-11-22-e1", NOW)
        assert notices.unfinished(connection) == []
        assert notices.counts(connection) == {"done": 1, "received": 1, "repeated": 0}


def test_a_run_of_an_event_is_open_beside_the_days_run_and_is_no_inspection(database):
    with database.write() as connection:
        day = {"day": "2026-11-22", "scope_digest": "d", "scope": {}, "at": NOW}
        runs.open_narrow(connection, run="2026-11-22-e1", **day)
        runs.open_narrow(connection, run="2026-11-22-e2", **day)
        opened = runs.open_run(connection, run="2026-11-22-001", trigger="daily", **day)

        assert opened.id == "2026-11-22-001"
        assert [run.id for run in runs.of_day(connection, "2026-11-22")] == ["2026-11-22-001"]
        assert runs.latest(connection).id == "2026-11-22-001"
        assert len(runs.every(connection)) == 3
