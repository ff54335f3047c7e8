"""What auditd keeps of its files, by auditd.conf(5) and the dates of the files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes.host import FakeHost
from zicha.collectors.linux.audit_files import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources.host import Ran

CONF = "cat -- /etc/audit/auditd.conf"
DATES = "find /var/log/audit -maxdepth 1 -name 'audit.log*' -printf '%T@ %f\\n'"
FULL = "1763600000.5 audit.log\n1763000000.0 audit.log.1\n"
ROTATES = "max_log_file = 8\nnum_logs = 2\nmax_log_file_action = ROTATE\n"


def table(conf, dates=FULL):
    host = FakeHost("h", {CONF: conf, DATES: dates})
    return COLLECTOR.table(COLLECTOR.fetch(host))


def row(conf, dates=FULL):
    (found,) = table(conf, dates).rows
    return found


@pytest.mark.parametrize(
    ("conf", "overwrites"),
    [
        (ROTATES, True),
        ("MAX_LOG_FILE=8\nNum_Logs=2\nmax_log_file_action=rotate\n", True),
        (ROTATES.replace("ROTATE", "keep_logs"), False),
        # Fewer than two files, or no size: nothing rotates.
        (ROTATES.replace("= 2", "= 1"), False),
        ("max_log_file_action = ROTATE\nnum_logs = 5\n", False),
        ("", False),
    ],
)
def test_files_are_overwritten_when_they_rotate_among_a_number(conf, overwrites):
    found = row(conf)

    assert found["overwrites_files"] is overwrites
    assert (found["overwritten_up_to"] is None) is not overwrites


def test_what_is_older_than_the_oldest_file_of_a_full_set_is_lost():
    assert row(ROTATES)["overwritten_up_to"] == datetime(2025, 11, 13, 2, 13, 20, tzinfo=UTC)
    assert row(ROTATES.replace("= 2", "= 5"))["overwritten_up_to"] is None


@pytest.mark.parametrize(
    ("conf", "dates", "reason"),
    [
        (ROTATES, Ran(1, b"", b"find: '/var/log/audit': Permission denied"), Reason.REFUSED),
        (ROTATES, "yesterday audit.log\nx audit.log.1\n", Reason.MALFORMED),
        (f"{ROTATES}log_file = /data/audit.log\n", FULL, Reason.NOT_COLLECTED),
    ],
)
def test_files_that_were_not_seen_leave_open_what_is_lost(conf, dates, reason):
    found = row(conf, dates)["overwritten_up_to"]

    assert isinstance(found, Unread)
    assert found.reason is reason


def test_a_number_of_another_form_makes_the_settings_malformed():
    assert table("num_logs = many\n").states["h",].reason is Reason.MALFORMED


def test_where_no_settings_are_there_is_nothing_to_judge_and_a_refusal_is_a_gap():
    absent = Ran(1, b"", b"cat: /etc/audit/auditd.conf: No such file or directory")
    denied = Ran(1, b"", b"cat: /etc/audit/auditd.conf: Permission denied")

    assert (table(absent).rows, table(absent).states["h",].reason) == ((), None)
    assert table(denied).states["h",].reason is Reason.REFUSED


def test_readers_of_mail_are_not_kept():
    host = FakeHost("h", {CONF: f"{ROTATES}action_mail_acct = li.na@example.cn\n", DATES: FULL})
    list(COLLECTOR.fetch(host))

    assert not any(b"example.cn" in ran.out for _, ran in host.tape)
