from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from zicha.storage import attestations, messages, reports, runs
from zicha.storage.attestations import ATTESTATION, WAIVER, Declaration, LoadedFile
from zicha.storage.reports import ReportRecord

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


@pytest.fixture
def connection(database):
    with database.write() as opened:
        runs.open_run(
            opened, run="r", day="2026-11-21", trigger="daily", scope_digest="", scope={}, at=NOW
        )
        yield opened


def enqueued(connection, body="one", key="r-slack"):
    return messages.enqueue(
        connection, key, channel="slack", recipient="#sec", body={"text": body}, at=NOW, run="r"
    )


def test_a_message_is_put_in_the_outbox_once(connection):
    first = enqueued(connection)

    assert enqueued(connection, "another body") == first
    assert messages.waiting(connection) == [first]


def test_what_was_sent_is_neither_claimed_nor_waiting_any_more(connection):
    enqueued(connection)

    assert messages.claim(connection, "r-slack", NOW)
    messages.settle(connection, "r-slack", messages.SENT, NOW, remote_id="17.3")
    messages.settle(connection, "r-slack", messages.NEW, NOW, error="late")

    assert not messages.claim(connection, "r-slack", NOW)
    assert messages.waiting(connection) == []
    sent = messages.get(connection, "r-slack")
    assert (sent.state, sent.remote_id, sent.attempts) == ("sent", "17.3", 1)


@pytest.mark.parametrize("state", [messages.NEW, messages.MAYBE_SENT, messages.SENDING])
def test_what_may_not_have_arrived_is_still_waiting(connection, state):
    enqueued(connection)
    messages.claim(connection, "r-slack", NOW)
    messages.settle(connection, "r-slack", state, NOW, error="timed out")

    (left,) = messages.waiting(connection)
    assert (left.state, left.error) == (state, "timed out")
    assert messages.claim(connection, "r-slack", NOW)


def test_what_was_given_up_is_not_tried_again(connection):
    enqueued(connection)
    messages.settle(connection, "r-slack", messages.DEAD, NOW)

    assert not messages.claim(connection, "r-slack", NOW)


def test_a_report_made_again_takes_its_own_place(connection):
    report = ReportRecord("r", "self-inspection", "billing", "zh", "docx", "a", "sha256:a", 1, NOW)
    again = ReportRecord("r", "self-inspection", "billing", "zh", "docx", "b", "sha256:b", 2, NOW)

    reports.record(connection, report)
    reports.record(connection, again)

    assert reports.listed(connection, "r") == [again]
    assert reports.listed(connection, "other") == []


def loaded(connection, *declared, digest="sha256:1", name="attestations.yaml", at=NOW):
    file = LoadedFile(ATTESTATION, name, digest, "os:0@host", at)
    attestations.load(connection, ATTESTATION, file, declared)


OLD = Declaration("room", {"says": "old"}, date(2026, 1, 1), date(2026, 12, 31))
NEW = Declaration("room", {"says": "new"}, date(2026, 1, 1), date(2027, 12, 31))


def test_a_file_loaded_twice_changes_nothing(connection):
    loaded(connection, OLD)
    loaded(connection, OLD, at=NOW + timedelta(1))

    assert attestations.standing(connection, ATTESTATION) == [OLD]
    assert [file.loaded_at for file in attestations.files(connection)] == [NOW]


def test_another_wording_takes_the_place_of_the_old_one_which_is_kept(connection):
    loaded(connection, OLD)
    loaded(connection, NEW, digest="sha256:2")
    assert attestations.standing(connection, ATTESTATION) == [NEW]

    loaded(connection, OLD, digest="sha256:3")
    assert attestations.standing(connection, ATTESTATION) == [OLD]
    assert [file.digest for file in attestations.files(connection, ATTESTATION)] == [
        "sha256:1",
        "sha256:2",
        "sha256:3",
    ]


def test_another_file_withdraws_nothing_of_this_one(connection):
    loaded(connection, OLD)
    loaded(connection, name="other.yaml", digest="sha256:2")

    assert attestations.standing(connection, ATTESTATION) == [OLD]
    assert attestations.standing(connection, WAIVER) == []


@pytest.mark.parametrize(
    ("day", "stands"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_declaration_stands_on_the_days_it_names(connection, day, stands):
    loaded(connection, OLD)

    assert attestations.standing(connection, ATTESTATION, day) == [OLD] * stands
