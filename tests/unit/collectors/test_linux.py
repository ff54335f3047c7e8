"""What hosts of the Debian and the openEuler family say, laid out as rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import pytest

from fakes.host import FakeHost, host_of
from zicha.collectors import collectors
from zicha.model.errors import UnreachableError
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources.host import Ran

LINUX = {id_: each for id_, each in collectors().items() if each.source == "linux"}
DENIED = Ran(1, b"", b"Permission denied")


def table(id_, host):
    return LINUX[id_].table(LINUX[id_].fetch(host))


def row(id_, host):
    (only,) = table(id_, host).rows
    return only


def account(host, name):
    return next(r for r in table("linux/accounts", host).rows if r["account"] == name)


def test_accounts_of_debian():
    person = account(host_of("debian"), "li.na")
    service = account(host_of("debian"), "postgres")

    assert person["is_administrator"] is True
    assert person["password_hash"] == "yescrypt"
    assert person["password_max_days"] == 90
    assert person["password_changed_at"] == datetime(2026, 9, 4, tzinfo=UTC)
    assert (service["is_system_account"], service["has_login_shell"]) == (True, True)
    assert service["logs_in_with_password"] is False


def test_accounts_of_openeuler():
    host = host_of("openeuler")

    second = account(host, "sysbak")
    report = account(host, "report")

    assert (second["uid"], second["shares_its_uid"]) == (0, True)
    assert second["password_state"] == "locked"
    assert second["password_max_days"] is None
    assert (report["password_hash"], report["is_administrator"]) == ("sm3", True)
    assert report["password_changed_at"] is None
    assert report["expires_at"] == datetime(2026, 2, 16, tzinfo=UTC)
    assert account(host, "old")["password_hash"] == "des"
    assert account(host, "guest")["password_state"] == "empty"
    assert account(host, "guest")["logs_in_with_password"] is True


def test_a_hash_in_the_account_file_itself_is_seen_and_not_kept():
    host = FakeHost("h", {"cat -- /etc/passwd": "root:$1$CANARY$CANARY:0:0::/root:/bin/sh\n"})
    host.answers["cat -- /etc/group"] = "root:x:0:\n"
    host.answers["cat -- /etc/shadow"] = "root:*:1::::::\n"

    assert account(host, "root")["password_hash"] == "md5"
    assert b"CANARY" not in b"".join(ran.out for _, ran in host.tape)


@pytest.mark.parametrize("family", ["debian", "openeuler"])
def test_no_hash_name_or_telephone_number_or_database_password_leaves_the_host(family):
    host = host_of(family)

    replies = [reply for each in LINUX.values() for reply in each.fetch(host)]

    kept = json.dumps([getattr(reply, "body", None) for reply in replies], ensure_ascii=False)
    assert not [word for word in ("CANARY", "李娜", "王伟", "13800000000") if word in kept]


def test_a_refused_shadow_file_leaves_unread_what_it_says_and_nothing_else():
    host = host_of("debian")
    host.answers["cat -- /etc/shadow"] = DENIED

    found = account(host, "li.na")

    unread = {name for name, cell in found.items() if isinstance(cell, Unread)}
    assert unread == {
        "logs_in_with_password",
        "password_state",
        "password_hash",
        "password_max_days",
        "password_changed_at",
        "expires_at",
    }
    assert found["password_state"].permission == "sudo -n cat -- /etc/shadow"


def test_a_password_without_a_day_of_change_never_expires():
    host = host_of("debian")
    text = host.answers["cat -- /etc/shadow"]
    line = next(each for each in text.splitlines() if each.startswith("li.na:"))
    name, kind, _, *rest = line.split(":")
    host.answers["cat -- /etc/shadow"] = text.replace(line, ":".join([name, kind, "", *rest]))

    assert account(host, "li.na")["password_max_days"] is None


def test_an_account_file_without_root_is_malformed():
    host = FakeHost("h", {"cat -- /etc/passwd": "daemon:x:1:1::/:/bin/false\n"})

    assert table("linux/accounts", host).states["h",].reason is Reason.MALFORMED


def test_sockets_are_named_by_protocol_address_and_port_once():
    found = {r["socket"]: r for r in table("linux/listening_sockets", host_of("debian")).rows}

    assert found.keys() == {
        "udp 127.0.0.53:53",
        "udp [fe80::1]:546",
        "tcp 0.0.0.0:80",
        "tcp [::ffff:127.0.0.1]:5432",
    }
    assert found["tcp 0.0.0.0:80"]["process"] == "nginx"
    assert found["tcp 0.0.0.0:80"]["listens_on_every_address"] is True
    assert found["udp [fe80::1]:546"]["is_reachable_from_outside"] is True
    assert found["tcp [::ffff:127.0.0.1]:5432"]["is_reachable_from_outside"] is False


def test_without_ss_the_kernel_says_what_listens():
    header = "  sl  local_address rem_address   st tx_queue\n"
    host = FakeHost(
        "h",
        {
            "cat -- /proc/net/tcp": header
            + "   0: 0100007F:1538 00000000:0000 0A 0\n"
            + "   1: 00000000:0016 00000000:0000 0A 0\n"
            + "   2: 0C08140A:C001 0100140A:0016 01 0\n",
            "cat -- /proc/net/udp": header + "   0: 00000000:006F 00000000:0000 07 0\n",
            "cat -- /proc/net/tcp6": header
            + "   0: 00000000000000000000000001000000:0019 "
            + "00000000000000000000000000000000:0000 0A 0\n",
        },
    )

    found = table("linux/listening_sockets", host)

    assert [r["socket"] for r in found.rows] == [
        "tcp 127.0.0.1:5432",
        "tcp 0.0.0.0:22",
        "tcp [::1]:25",
        "udp 0.0.0.0:111",
    ]
    assert found.states["h",].reason is None


def test_log_retention_of_debian():
    found = row("linux/log_retention", host_of("debian"))

    assert found["syslog_kept_days"] == 189
    assert found["journal_kept_days"] == 182
    assert found["longest_kept_days"] == 189
    assert found["journal_is_persistent"] is True
    assert found["forwards_to"] == "logs.example.cn"


def test_rotation_by_size_promises_no_time():
    found = row("linux/log_retention", host_of("openeuler"))

    assert found["syslog_kept_days"] is None
    assert found["longest_kept_days"] is None
    assert found["forwards_to"] == "10.20.1.9"


def test_a_rule_for_a_log_that_nobody_writes_promises_nothing():
    host = host_of("debian")
    host.answers["find /var/log -maxdepth 1"] = "/var/log/journal\n"

    found = row("linux/log_retention", host)

    assert found["syslog_kept_days"] is None
    assert found["longest_kept_days"] == 182


def test_a_log_that_no_rule_covers_leaves_nothing_promised():
    host = host_of("debian")
    host.answers["find /var/log -maxdepth 1"] += "/var/log/messages\n"

    assert row("linux/log_retention", host)["syslog_kept_days"] is None


def test_a_rule_may_name_logs_by_a_pattern():
    host = host_of("debian")
    host.answers["cat -- /etc/logrotate.d/rsyslog"] = "/var/log/*log {\n daily\n rotate 7\n}\n"

    assert row("linux/log_retention", host)["syslog_kept_days"] == 7


def test_a_refused_rule_of_rotation_leaves_only_retention_unread():
    host = host_of("debian")
    host.answers["cat -- /etc/logrotate.d/apt"] = DENIED

    found = row("linux/log_retention", host)

    unread = {name for name, cell in found.items() if isinstance(cell, Unread)}
    assert unread == {"syslog_kept_days", "longest_kept_days"}


def test_audit_of_debian():
    found = row("linux/audit_state", host_of("debian"))

    assert found["is_recording"] is True
    assert found["rules_are_locked"] is True
    assert found["lost_events"] == 4
    assert found["watches_account_files"] is True
    assert found["records_commands_run_as_root"] is True


def test_a_host_without_audit_is_an_answer():
    found = row("linux/audit_state", FakeHost("h", {}))

    assert (found["is_installed"], found["is_recording"]) == (False, False)
    assert found["failure_mode"] is None


def test_a_container_that_may_not_ask_the_kernel_is_refused():
    said = Ran(1, b"", b"Error sending status request (Operation not permitted)")

    state = table("linux/audit_state", FakeHost("h", {"auditctl -s": said})).states["h",]

    assert (state.reason, state.permission) == (Reason.REFUSED, "sudo -n auditctl -s")


def test_a_rule_that_only_sees_reading_or_is_never_recorded_watches_nothing():
    host = host_of("debian")
    host.answers["auditctl -l"] = (
        "-w /etc/passwd -p r\n-a never,exit -F path=/etc/shadow\n-w /etc/sudoers.bak -p wa\n"
    )

    found = row("linux/audit_state", host)

    assert (found["watches_account_files"], found["watches_sudo_files"]) == (False, False)


@pytest.mark.parametrize("id_", LINUX)
def test_a_host_out_of_reach_is_unreachable(id_):
    host = host_of("debian")
    host.answers.update(dict.fromkeys(host.answers, UnreachableError("h: no answer")))

    found = table(id_, host)

    assert (found.rows, found.states["h",].reason) == ((), Reason.UNREACHABLE)
    assert not [c for c in host.asked if not is_declared(c, LINUX[id_].permissions)]


def is_declared(command, permissions):
    return any(fnmatchcase(command, pattern) for pattern in permissions)
