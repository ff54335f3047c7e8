"""CloudTrail files as they come: whole, broken, hostile, misplaced; none is dropped silently."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from zicha.collectors.cloudtrail.events import COLLECTOR as EVENTS
from zicha.collectors.cloudtrail.log_hours import COLLECTOR as HOURS
from zicha.model.errors import ConfigError
from zicha.model.evidence import Answer, Gap
from zicha.model.verdict import Reason
from zicha.sources.log_folder import LogFolder, Period, open_log_folder, settled_day

ACCOUNT, REGION = "111122223333", "cn-north-1"
PLACE = (ACCOUNT, REGION)
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
PERIOD = Period(BEGIN, BEGIN + timedelta(hours=3))


def event(number=1, at="2026-11-01T00:10:00Z", **more):
    return {
        "eventID": f"e{number}",
        "eventTime": at,
        "eventName": "GetObject",
        "eventSource": "s3.amazonaws.com",
        "userIdentity": {"type": "IAMUser", "userName": "li.na", "accessKeyId": "AKIACANARY"},
        **more,
    }


def name(stamp="20261101T0015Z", mark="abcdefghijklmnop", account=ACCOUNT, suffix=".json.gz"):
    return f"{account}_CloudTrail_{REGION}_{stamp}_{mark}{suffix}"


def packed(*events):
    return gzip.compress(json.dumps({"Records": events}).encode())


def folder(path, **files):
    for file, content in files.items():
        (path / file).parent.mkdir(parents=True, exist_ok=True)
        (path / file).write_bytes(content)
    return LogFolder("logs", path, [PLACE], PERIOD)


def gaps(replies):
    return [reply for reply in replies if isinstance(reply, Gap)]


def test_packed_and_plain_files_are_read_in_any_subfolder(tmp_path):
    files = {
        f"AWSLogs/{ACCOUNT}/{name()}": packed(event(1)),
        name(mark="b" * 16, suffix=".json"): json.dumps({"Records": [event(2)]}).encode(),
    }

    table = EVENTS.table(EVENTS.fetch(folder(tmp_path, **files)))

    assert {row["event_id"] for row in table.rows} == {"e1", "e2"}
    assert table.states[PLACE].reason is None


def test_no_name_and_no_key_is_kept(tmp_path):
    said = list(folder(tmp_path, **{name(): packed(event())}).replies())

    kept = json.dumps([reply.body for reply in said if isinstance(reply, Answer)])
    assert "li.na" not in kept
    assert "AKIACANARY" not in kept


BROKEN = {
    "truncated": packed(event())[:-12],
    "empty": b"",
    "empty-inside": gzip.compress(b""),
    "not-gzip": b"PK\x03\x04 not gzip at all",
    "bomb": gzip.compress(bytes(50_000_000)),
    "gb18030": gzip.compress('{"Records": ["计费"]}'.encode("gb18030")),
    "twice": gzip.compress(b'{"Records": [{"eventID": "a", "eventID": "b"}]}'),
    "nan": gzip.compress(b'{"Records": [{"eventID": "a", "n": NaN}]}'),
    "infinite": gzip.compress(b'{"Records": [{"eventID": "a", "n": 1e999}]}'),
    "deep": gzip.compress(b"[" * 100_000),
    "long-number": gzip.compress(b'{"Records": [{"n": ' + b"9" * 5000 + b"}]}"),
    "no-records": gzip.compress(b"{}"),
    "odd-records": gzip.compress(b'{"Records": [1]}'),
    "cut-text": gzip.compress(b'{"Records": [{"eventID": "a"'),
    "trailing": packed(event()) + b"garbage",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_a_gap_about_it_and_the_others_are_kept(tmp_path, kind):
    bad = name(mark="b" * 16)
    logs = folder(tmp_path, **{name(): packed(event(1)), bad: BROKEN[kind]})

    (gap,) = gaps(logs.replies())
    table = EVENTS.table(EVENTS.fetch(logs))
    hours = HOURS.table(HOURS.fetch(logs))

    assert (gap.about, gap.reason) == (bad, Reason.MALFORMED)
    assert bad in gap.remedy
    assert [row["event_id"] for row in table.rows] == ["e1"]
    assert table.states[PLACE].reason is Reason.MALFORMED
    assert hours.states[PLACE].reason is Reason.MALFORMED


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(tmp_path):
    logs = folder(tmp_path, **{name(): packed(event())})
    (tmp_path / name()).chmod(0)

    assert [gap.reason for gap in gaps(logs.replies())] == [Reason.REFUSED]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    secret = tmp_path / "outside.json.gz"
    secret.write_bytes(packed(event(9)))
    inside = tmp_path / "logs"
    inside.mkdir()
    (inside / name()).symlink_to(secret)

    table = EVENTS.table(EVENTS.fetch(folder(inside)))

    assert table.rows == ()
    assert table.states[PLACE].reason is Reason.MALFORMED


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / name())

    assert [gap.reason for gap in gaps(folder(tmp_path).replies())] == [Reason.MALFORMED]


def test_files_of_another_account_are_reported_not_dropped(tmp_path):
    other = "999988887777"
    logs = folder(tmp_path, **{name(): packed(event()), name(account=other): packed(event(2))})

    (gap,) = gaps(logs.replies())

    assert (gap.place, gap.reason) == ((other, REGION), Reason.NOT_COLLECTED)
    assert "outside the scope" in gap.remedy


def test_a_file_with_an_odd_name_is_reported_and_a_digest_or_hidden_file_is_not(tmp_path):
    digest = f"{ACCOUNT}_CloudTrail-Digest_{REGION}_trail_{REGION}_20261101T0015Z.json.gz"
    logs = folder(tmp_path, **{"events.json": b"{}", digest: b"", ".keep": b""})

    assert [gap.about for gap in gaps(logs.replies())] == ["events.json"]


def test_an_absent_folder_is_a_gap_for_every_place_it_should_hold(tmp_path):
    logs = LogFolder("logs", tmp_path / "none", [PLACE, (ACCOUNT, "cn-northwest-1")], PERIOD)

    assert [gap.reason for gap in logs.replies()] == [Reason.NOT_COLLECTED] * 2


def test_an_empty_folder_is_a_complete_listing_of_nothing(tmp_path):
    logs = folder(tmp_path)

    events, hours = EVENTS.table(EVENTS.fetch(logs)), HOURS.table(HOURS.fetch(logs))

    assert (events.rows, events.states[PLACE].reason) == ((), None)
    assert [row["files"] for row in hours.rows] == [0, 0, 0]


def test_only_the_period_is_read_with_an_hour_for_late_delivery(tmp_path):
    files = {
        name("20261031T2355Z", "a" * 16): packed(event(1, "2026-10-31T23:50:00Z")),
        name("20261101T0005Z", "b" * 16): packed(event(2, "2026-10-31T23:58:00Z"), event(3)),
        name("20261101T0305Z", "c" * 16): packed(event(4, "2026-11-01T02:59:00Z")),
        name("20261101T0405Z", "d" * 16): packed(event(5, "2026-11-01T04:01:00Z")),
    }

    table = EVENTS.table(EVENTS.fetch(folder(tmp_path, **files)))

    assert [row["event_id"] for row in table.rows] == ["e3", "e4"]


def test_an_event_delivered_twice_is_one_and_two_events_of_one_id_stay_two(tmp_path):
    files = {
        name(mark="a" * 16): packed(event(1), event(2)),
        name(mark="b" * 16): packed(event(1), event(2, errorCode="AccessDenied")),
    }

    table = EVENTS.table(EVENTS.fetch(folder(tmp_path, **files)))

    assert [row["event_id"] for row in table.rows] == ["e1", "e2", "e2"]


def test_an_event_that_names_nobody_is_not_taken_for_an_ordinary_user(tmp_path):
    by_service = {"accountId": ACCOUNT, "invokedBy": "ec2.amazonaws.com"}
    events = [event(1, userIdentity=by_service), event(2, userIdentity={"accountId": ACCOUNT})]

    table = EVENTS.table(EVENTS.fetch(folder(tmp_path, **{name(): packed(*events)})))

    first, second = (row["is_by_root"] for row in table.rows)
    assert first is False
    assert second.reason is Reason.MALFORMED


def test_the_settled_day_leaves_an_hour_for_delivery():
    period = settled_day(datetime(2026, 11, 2, 9, 30, tzinfo=UTC))

    assert period.ends_at == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert period.ends_at - period.begins_at == timedelta(hours=24)


def test_a_recorded_folder_says_which_hours_it_holds(tmp_path):
    note = {"begins_at": BEGIN.isoformat(), "ends_at": "2026-11-01T03:00:00+00:00"}
    note["recorded_at"] = "2026-11-02T00:00:00+00:00"
    source = SimpleNamespace(
        id="logs", folder="logs", accounts=[ACCOUNT], regions=[REGION], recorded=True
    )
    folder(tmp_path / "logs", **{name(): packed(event()), "recording.json": b"{}"})
    with pytest.raises(ConfigError, match="begins_at"):
        open_log_folder(source, tmp_path, BEGIN)
    (tmp_path / "logs" / "recording.json").write_text(json.dumps(note))

    logs = open_log_folder(source, tmp_path, BEGIN)

    assert logs.period == PERIOD
    assert gaps(logs.replies()) == []
    assert {reply.heard["recorded_at"] for reply in logs.replies()} == {note["recorded_at"]}
