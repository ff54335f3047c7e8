"""Which files rsyslog takes its rules from, and what of them says where logs go."""

from __future__ import annotations

import pytest

from fakes.host import FakeHost, host_of
from zicha.collectors import collectors
from zicha.collectors.linux.rsyslog_files import only_forwarding
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

RETENTION = collectors()["linux/log_retention"]
LISTED = "find {} -maxdepth 1 '(' -type f -o -type l ')' -name '{}'"


def forwards(conf, answers=None):
    host = host_of("debian")
    for command in [each for each in host.answers if "/etc/rsyslog" in each]:
        del host.answers[command]
    host.answers["cat -- /etc/rsyslog.conf"] = conf
    host.answers.update(answers or {})
    (row,) = RETENTION.table(RETENTION.fetch(host)).rows
    return row["forwards_to"]


DROPPED = {
    LISTED.format("/etc/rsyslog.d", "*.conf"): "/etc/rsyslog.d/60.conf\n",
    "cat -- /etc/rsyslog.d/60.conf": "*.* @@logs.example.cn:6514\n",
}
WHOLE = {LISTED.format("/etc/rsyslog.d", "*"): "/etc/rsyslog.d/60.conf\n"}
ASIDE = {"cat -- /etc/rsyslog-local/a.conf": "*.* @10.0.0.9\n"}


@pytest.mark.parametrize(
    ("conf", "answers", "to"),
    [
        ("$IncludeConfig /etc/rsyslog.d/*.conf\n", DROPPED, "logs.example.cn"),
        ('include(file="/etc/rsyslog.d/*.conf" mode="optional")\n', DROPPED, "logs.example.cn"),
        (
            'include(\n  mode="optional"\n  file="/etc/rsyslog.d/*.conf"\n)\n',
            DROPPED,
            "logs.example.cn",
        ),
        ("$IncludeConfig /etc/rsyslog.d/\n", DROPPED | WHOLE, "logs.example.cn"),
        ("$IncludeConfig /etc/rsyslog-local/a.conf\n", ASIDE, "10.0.0.9"),
        # Files that nothing includes are not in force.
        ("# $IncludeConfig /etc/rsyslog.d/*.conf\n", DROPPED, ""),
        ('#include(file="/etc/rsyslog.d/*.conf")\n*.* @10.0.0.1\n', DROPPED, "10.0.0.1"),
        # One that includes itself is read once.
        ("$IncludeConfig /etc/rsyslog.conf\n*.* @10.0.0.1\n", {}, "10.0.0.1"),
    ],
)
def test_rules_are_taken_from_what_is_included(conf, answers, to):
    assert forwards(conf, answers=answers) == to


def test_a_file_that_is_included_may_include_another():
    nested = {"cat -- /etc/rsyslog.d/60.conf": "$IncludeConfig /etc/rsyslog-local/a.conf\n"}

    said = forwards("$IncludeConfig /etc/rsyslog.d/*.conf\n", answers=DROPPED | nested | ASIDE)

    assert said == "10.0.0.9"


@pytest.mark.parametrize(
    "include",
    [
        "$IncludeConfig /opt/logging/rsyslog.conf",
        "$IncludeConfig /etc/rsyslog.d/../shadow",
        "$IncludeConfig /etc/rsyslog.d/*/rules.conf",
        "include(file=`echo $EXTRA`)",
        'include(text="*.* @10.0.0.2")',
    ],
)
def test_an_include_that_is_not_followed_leaves_open_where_logs_go(include):
    found = forwards(f"{include}\n*.* @10.0.0.1\n")

    assert isinstance(found, Unread)
    assert found.reason is Reason.NOT_COLLECTED
    assert "/etc/rsyslog.d" in found.remedy


def test_an_include_never_leads_to_a_file_of_another_kind():
    host = FakeHost("h", {"cat -- /etc/rsyslog.conf": "$IncludeConfig /etc/rsyslog.d/../shadow\n"})
    list(RETENTION.fetch(host))

    assert not [command for command in host.asked if "shadow" in command]


def test_what_is_kept_is_kept_again_as_it_is():
    kept = only_forwarding('include(file="/etc/rsyslog.d/*.conf")\n*.* @@10.0.0.1\nuser secret\n')

    assert kept == "$IncludeConfig /etc/rsyslog.d/*.conf\n*.* @@10.0.0.1\n"
    assert only_forwarding(kept) == kept
