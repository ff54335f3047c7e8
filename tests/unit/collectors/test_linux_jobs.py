"""What users left with cron and at, by the folders of either family."""

from __future__ import annotations

import shlex

import pytest

from fakes.host import FakeHost
from zicha.collectors import collectors
from zicha.collectors.linux.job_access import NAMED
from zicha.collectors.linux.scheduled_jobs import COLLECTOR, KINDS
from zicha.model.verdict import Reason
from zicha.sources.host import Ran

DENIED = Ran(1, b"", b"find: '/var/spool/cron': Permission denied")


def command(folder):
    return f"find {folder} -maxdepth 1 -type f -not -name '.*' -printf '%m %u %p\\n'"


def table(**answers):
    host = FakeHost("h", {command(KEYS[name]): said for name, said in answers.items()})
    return COLLECTOR.table(COLLECTOR.fetch(host))


KEYS = {folder.strip("/").replace("/", "_"): folder for folder in KINDS}


@pytest.mark.parametrize(
    ("line", "owned", "writable", "readable"),
    [
        ("600 li.na /var/spool/cron/li.na", True, False, False),
        ("644 root /var/spool/cron/li.na", True, False, True),
        ("660 li.na /var/spool/cron/li.na", True, True, False),
        ("600 wang /var/spool/cron/li.na", False, False, False),
        ("600 wang /var/spool/cron/=cmd|' C x'!A0", False, False, False),
    ],
)
def test_a_crontab_is_its_users_alone(line, owned, writable, readable):
    (row,) = table(var_spool_cron=f"{line}\n").rows

    assert (row["belongs_to_its_user"], row["others_may_write"], row["everybody_may_read"]) == (
        owned,
        writable,
        readable,
    )


def test_a_job_of_at_belongs_to_whoever_left_it():
    (row,) = table(var_spool_cron_atjobs="700 wang /var/spool/cron/atjobs/a0000101c8\n").rows

    assert (row["kind"], row["user"], row["belongs_to_its_user"]) == ("at", "wang", True)


def test_no_folder_at_all_is_a_complete_listing_of_nothing():
    found = table()

    assert (found.rows, found.states["h",].reason) == ((), None)


def test_a_folder_that_may_not_be_seen_is_a_gap_with_the_rule_to_add():
    state = table(var_spool_cron=DENIED).states["h",]

    assert state.reason is Reason.REFUSED
    assert state.permission.startswith("sudo -n find /var/spool/cron ")


def test_a_line_of_another_shape_is_malformed():
    assert table(var_spool_cron="x\n").states["h",].reason is Reason.MALFORMED


ACCESS = collectors()["linux/job_access"]
PROGRAMS = "find /usr/bin -maxdepth 1 '(' -name crontab -o -name at ')' -printf '%f\\n'"
FILES = shlex.join(["find", "/etc", "-maxdepth", "1", "(", *NAMED, ")", "-printf", "%f\\n"])


def access(files, programs="crontab\nat\n"):
    host = FakeHost("h", {PROGRAMS: programs, FILES: files})
    return {r["scheduler"]: r["open_to"] for r in ACCESS.table(ACCESS.fetch(host)).rows}


@pytest.mark.parametrize(
    ("files", "cron", "at"),
    [
        # crontab(1) of Debian, of cronie; at(1).
        ("debian_version\n", "everybody", "root"),
        ("", "root", "root"),
        ("cron.deny\nat.deny\n", "all-but-those-named", "all-but-those-named"),
        ("cron.allow\ncron.deny\nat.allow\n", "those-named", "those-named"),
    ],
)
def test_the_files_decide_who_may_leave_jobs(files, cron, at):
    assert access(files) == {"cron": cron, "at": at}


def test_a_scheduler_that_is_not_there_is_open_to_nobody():
    assert access("", "crontab\n") == {"cron": "root"}
    assert access("", "") == {}


def test_files_that_may_not_be_seen_leave_it_unread():
    assert access(DENIED)["cron"].reason is Reason.REFUSED
