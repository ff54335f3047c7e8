"""What hosts print of clocks, walls, files, updates and the rest, and what it comes to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes.host import FakeHost, host_of
from zicha.collectors import collectors
from zicha.collectors.linux.file_permissions import PRINTED
from zicha.collectors.linux.kernel_settings import NAMES
from zicha.collectors.linux.session_limits import only_time_out
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources.host import Ran

LINUX = {id_: each for id_, each in collectors().items() if each.source == "linux"}
DENIED = Ran(1, b"", b"Operation not permitted (you must be root)")


def table(id_, answers):
    host = FakeHost("h", answers)
    return LINUX[f"linux/{id_}"].table(LINUX[f"linux/{id_}"].fetch(host))


def row(id_, answers):
    (only,) = table(id_, answers).rows
    return only


def nft(*lines, hook="type filter hook input priority filter; policy accept;", family="inet"):
    inside = "".join(f"\t\t{line}\n" for line in (hook, *lines))
    return f"table {family} filter {{\n\tchain input {{\n{inside}\t}}\n}}\n"


# What the input chain says, and whether what is not admitted is refused, in IPv4 and in IPv6.
WALLS = [
    (
        nft("tcp dport 22 accept", hook="type filter hook input priority 0; policy drop;"),
        True,
        True,
    ),
    (nft("tcp dport 22 accept", "reject with icmpx admin-prohibited"), True, True),
    (nft("tcp dport 22 accept", "counter packets 3 bytes 180 drop"), True, True),
    (nft("tcp dport 22 accept", "ip saddr 192.0.2.0/24 drop"), False, False),
    (nft("tcp dport 22 accept"), False, False),
    (nft("accept", hook="type filter hook input priority 0; policy drop;"), False, False),
    (nft("counter packets 1 bytes 2 accept", "drop"), False, False),
    (nft("drop", family="ip"), True, False),
    (nft("drop", family="ip6"), False, True),
    (nft("drop", hook="type filter hook output priority 0; policy drop;"), False, False),
    ("", False, False),
]


@pytest.mark.parametrize(("ruleset", "ipv4", "ipv6"), WALLS)
def test_a_wall_is_judged_by_what_happens_to_the_unlisted(ruleset, ipv4, ipv6):
    found = row("firewall_state", {"nft list ruleset": ruleset})

    assert (found["refuses_unlisted_ipv4"], found["refuses_unlisted_ipv6"]) == (ipv4, ipv6)


def test_no_firewall_at_all_refuses_nothing():
    found = row("firewall_state", {})

    assert (found["refuses_unlisted_ipv4"], found["refuses_unlisted_ipv6"]) == (False, False)


def test_the_older_tools_count_where_nftables_is_not_installed():
    found = row("firewall_state", {"iptables -S": "-P INPUT DROP\n", "ip6tables -S": DENIED})

    assert found["refuses_unlisted_ipv4"] is True
    assert found["refuses_unlisted_ipv6"].reason is Reason.REFUSED


def test_a_policy_behind_a_rule_that_admits_everything_refuses_nothing():
    found = row("firewall_state", {"iptables -S": "-P INPUT DROP\n-A INPUT -j ACCEPT\n"})

    assert found["refuses_unlisted_ipv4"] is False


def test_a_wall_that_may_not_be_seen_names_its_rule():
    state = table("firewall_state", {"nft list ruleset": DENIED}).states["h",]

    assert (state.reason, state.permission) == (Reason.REFUSED, "sudo -n nft list ruleset")


def test_addresses_that_are_admitted_stay_on_the_host():
    host = FakeHost("h", {"nft list ruleset": nft("ip saddr 198.51.100.7 accept")})

    for _ in LINUX["linux/firewall_state"].fetch(host):
        pass

    assert not any(b"198.51" in ran.out for _, ran in host.tape)


# A profile, the seconds that hold in the end, and whether its user may change them.
PROFILES = [
    ("TMOUT=600\nreadonly TMOUT\nexport TMOUT\n", 600, True),
    ("readonly TMOUT=300; export TMOUT\n", 300, True),
    ("declare -xr TMOUT=900\n", 900, True),
    ("export TMOUT=600\nTMOUT=0\n", None, False),
    ("TMOUT=600\nreadonly TMOUT\nTMOUT=7200\n", 600, True),
    ("# TMOUT=600\n", None, False),
    ("echo my_TMOUT=600\n", None, False),
    ("", None, False),
]


@pytest.mark.parametrize(("profile", "seconds", "is_fixed"), PROFILES)
def test_the_time_out_is_the_one_that_a_shell_ends_up_with(profile, seconds, is_fixed):
    found = row("session_limits", {"cat -- /etc/profile": profile})

    assert (found["idle_shell_seconds"], found["users_cannot_change_it"]) == (seconds, is_fixed)


def test_what_is_kept_of_a_profile_is_kept_again_from_a_recording():
    kept = only_time_out("export TMOUT=600 SECRET=x; readonly TMOUT\n")

    assert (only_time_out(kept), "SECRET" in kept) == (kept, False)


CHRONY = "System time     : 0.250000000 seconds slow of NTP time\nLeap status     : {}\n"


@pytest.mark.parametrize(
    ("answers", "is_synchronised"),
    [
        ({"timedatectl show": "NTPSynchronized=yes\n"}, True),
        ({"timedatectl show": "NTPSynchronized=no\n"}, False),
        ({"chronyc -n tracking": CHRONY.format("Normal")}, True),
        ({"chronyc -n tracking": CHRONY.format("Not synchronised")}, False),
        ({}, False),
    ],
)
def test_either_witness_shows_that_a_clock_follows(answers, is_synchronised):
    assert row("time_sync", answers)["is_synchronised"] is is_synchronised


def test_a_daemon_that_does_not_answer_leaves_the_clock_unknown():
    silent = Ran(1, b"", b"506 Cannot talk to daemon")
    found = row(
        "time_sync", {"timedatectl show": "NTPSynchronized=no\n", "chronyc -n tracking": silent}
    )

    assert isinstance(found["is_synchronised"], Unread)


DNF = "dnf -q -C updateinfo list --all --security"


def test_updates_of_other_archives_are_no_security_updates():
    assert row("pending_updates", host_of("debian").answers)["pending_security_updates"] == 1


def test_one_package_of_two_advisories_waits_once_and_an_installed_one_not_at_all():
    said = (
        "i RHSA-2024:0001 Important/Sec. bash-5.1.8-6.el9.x86_64\n"
        "  RHSA-2024:0002 Important/Sec. curl-7.76.1-29.el9.x86_64\n"
        "  RHSA-2024:0003 Critical/Sec.  curl-7.76.1-29.el9.x86_64\n"
    )

    assert row("pending_updates", {DNF: said})["pending_security_updates"] == 1


def test_a_repository_without_advisories_proves_nothing():
    assert row("pending_updates", {DNF: ""})["pending_security_updates"].reason is Reason.MALFORMED


APT = "apt-get -s dist-upgrade"
INDEX = "find /var/lib/apt/lists -maxdepth 1 -name '*Release' -printf '%T@ %f\\n'"
SECURE = "1788220800.1 deb.debian.org_dists_bookworm-security_InRelease\n"
PLAIN = "1788220800.1 deb.debian.org_dists_bookworm_InRelease\n"
WAITS = "Inst curl [1] (2 Debian-Security:12/stable-security [amd64])\n"


@pytest.mark.parametrize(
    ("said", "index", "waiting"),
    [
        ("0 upgraded\n", SECURE + PLAIN, 0),
        (WAITS, SECURE, 1),
        (WAITS, None, 1),
        ("0 upgraded\n", PLAIN, Reason.MALFORMED),
        ("0 upgraded\n", None, Reason.MALFORMED),
        ("0 upgraded\n", DENIED, Reason.REFUSED),
    ],
)
def test_without_an_archive_of_security_updates_apt_proves_nothing(said, index, waiting):
    found = row("pending_updates", {APT: said, INDEX: index})["pending_security_updates"]

    assert (found.reason if isinstance(found, Unread) else found) == waiting


def test_a_host_with_neither_package_manager_is_a_gap_and_no_pass():
    assert table("pending_updates", {}).states["h",].reason is Reason.NOT_COLLECTED


PS = "ps -e -o euid= -o euser:32= -o comm="


@pytest.mark.parametrize(
    ("program", "counts"),
    [
        ("0 root clamd", True),
        ("107 clamav clamd", True),
        ("1000 li.na clamd", False),
        # A second account with uid 0 is root; one that is called so and is not, is nobody.
        ("0 toor hostguard", True),
        ("1000 clamav hostguard", False),
        ("0 root tmux: clamd", False),
    ],
)
def test_a_program_counts_by_whose_it_is_not_by_its_name_alone(program, counts):
    found = row("malware_protection", {PS: f"    0 root    systemd\n{program}\n"})

    assert found["is_protected"] is counts


@pytest.mark.parametrize(
    ("collector", "column"),
    [("malware_protection", "is_protected"), ("integrity_tools", "watches_its_files")],
)
def test_a_list_that_hides_the_programs_of_others_proves_no_absence(collector, column):
    # What `ps -e` prints for an ordinary user where /proc is mounted with hidepid=2.
    found = row(collector, {PS: "1000 zicha sshd\n1000 zicha ps\n"})

    assert found[column].reason is Reason.REFUSED
    assert "gid=" in found[column].remedy


def test_programs_are_counted_and_only_known_agents_named():
    host = FakeHost("h", {PS: "0 root systemd\n7 li secret-tool\n0 root YDService\n"})

    found = LINUX["linux/malware_protection"].table(LINUX["linux/malware_protection"].fetch(host))

    assert found.rows[0]["protected_by"] == "tencent-cloud-workload-protection"
    assert not any(b"secret-tool" in ran.out for _, ran in host.tape)


def printed(folder, *lines):
    return {
        f"find {folder} -maxdepth 1 -type f -printf '{PRINTED}'": "".join(f"{x}\n" for x in lines)
    }


def test_a_file_is_judged_by_its_bits_and_its_owner():
    found = table(
        "file_permissions",
        printed(
            "/etc",
            "666 0 /etc/crontab",
            "644 1000 /etc/passwd",
            "4 0 /etc/shadow",
            "644 0 /etc/fstab",
        ),
    )

    rows = {r["path"]: r for r in found.rows}
    assert set(rows) == {"/etc/crontab", "/etc/passwd", "/etc/shadow"}
    assert rows["/etc/crontab"]["others_may_write"] is True
    assert rows["/etc/passwd"]["belongs_to_root"] is False
    assert rows["/etc/shadow"]["everybody_may_read"] is True


def test_a_name_with_blanks_and_signs_is_one_file():
    found = table("file_permissions", printed("/etc/cron.d", "644 0 /etc/cron.d/=cmd|' C x'!A0"))

    assert found.rows[0]["path"] == "/etc/cron.d/=cmd|' C x'!A0"


def kernel(**changed):
    said = dict.fromkeys(NAMES, "0") | changed
    return {f"sysctl -e {' '.join(NAMES)}": "".join(f"{n} = {v}\n" for n, v in said.items())}


def test_half_a_randomisation_is_none_and_a_dump_for_root_alone_is_none():
    found = row(
        "kernel_settings", kernel(**{"kernel.randomize_va_space": "1", "fs.suid_dumpable": "2"})
    )

    assert (found["randomises_addresses"], found["dumps_privileged_programs"]) == (False, False)


def test_a_setting_that_the_kernel_does_not_have_is_unread():
    answers = kernel()
    (command,) = answers
    answers[command] = answers[command].replace("net.ipv4.tcp_syncookies = 0\n", "")

    assert isinstance(row("kernel_settings", answers)["answers_floods_with_cookies"], Unread)


def used(name, last, program="lastlog"):
    host = host_of("debian")
    del host.answers["lastlog"]
    host.answers[program] = last
    found = LINUX["linux/accounts"].table(LINUX["linux/accounts"].fetch(host)).rows
    return next(r for r in found if r["account"] == name)["last_used_at"]


# As lastlog2 2.41 of Debian 13 prints it, with an account that is in its database without a login.
NEWER = """\
Username         Port     From                                       Latest
a-very-long-account-name-of-more ssh      host.example.cn                            Sat Dec  7 19:33:20 +0000 2024
li.na            pts/0    2001:db8::7                                Thu Nov 20 00:53:20 +0000 2025
root                                                                 **Never logged in**
"""


def test_lastlog2_is_read_where_lastlog_is_gone():
    assert used("li.na", NEWER, "lastlog2") == datetime(2025, 11, 20, 0, 53, 20, tzinfo=UTC)
    # Whom it does not name has not logged in since it counts: the day of the password stands.
    assert used("postgres", NEWER, "lastlog2") == used("postgres", HEAD)
    assert used("root", NEWER, "lastlog2") == used("root", HEAD)


def test_a_list_of_nobody_by_lastlog2_tells_of_nobody():
    # What an empty database prints, with exit status 0; a missing one ends with 1.
    assert used("li.na", "", "lastlog2").reason is Reason.MALFORMED
    denied = Ran(1, b"", b"lastlog2: Couldn't read entries for all users")
    assert isinstance(used("li.na", denied, "lastlog2"), Unread)


def test_without_either_of_them_the_last_use_is_not_known():
    assert used("li.na", "", "no-such-program").reason is Reason.NOT_COLLECTED


HEAD = "Username         Port     From             Latest\n"


def test_the_last_login_is_a_moment_and_where_it_came_from_is_dropped():
    last = f"{HEAD}li.na            pts/1    2001:db8::5      Thu Nov 20 18:00:01 +0800 2025\n"

    assert used("li.na", last) == datetime(2025, 11, 20, 10, 0, 1, tzinfo=UTC)


def test_who_never_logged_in_was_last_in_use_when_the_password_was_set():
    last = f"{HEAD}li.na                                      **Never logged in**\n"

    assert used("li.na", last) == datetime(2026, 9, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (None, Reason.NOT_COLLECTED),
        (f"{HEAD}li.na  pts/1  yesterday\n", Reason.MALFORMED),
        (f"{HEAD}li.na  pts/1  x  Thu Nov 31 18:00:01 +0800 2025\n", Reason.MALFORMED),
        ("nonsense\n", Reason.MALFORMED),
    ],
)
def test_a_last_login_that_cannot_be_read_is_unknown_and_never_old(last, reason):
    assert used("li.na", last).reason is reason


def test_a_module_that_is_only_blacklisted_can_still_be_asked_for():
    folder = "find /etc/modprobe.d -maxdepth 1 '(' -type f -o -type l ')' -name '*.conf'"
    rules = "blacklist dccp\ninstall sctp /usr/bin/false\ninstall usb-storage /bin/true\n"
    found = row(
        "module_rules",
        {folder: "/etc/modprobe.d/a.conf\n", "cat -- /etc/modprobe.d/a.conf": rules},
    )

    assert (found["loads_dccp"], found["loads_sctp"], found["loads_usb_storage"]) == (
        True,
        False,
        False,
    )


def test_a_schedule_without_a_baseline_watches_nothing():
    folder = "find /etc/cron.d -maxdepth 1 '(' -type f -o -type l ')' -name '*aide*'"
    found = row("integrity_tools", {PS: "0 root cron\n", folder: "/etc/cron.d/aide\n"})

    assert (found["aide_is_scheduled"], found["watches_its_files"]) == (True, False)


def test_an_agent_that_watches_needs_no_schedule():
    found = row("integrity_tools", {PS: "0 root cron\n0 root wazuh-syscheckd\n"})

    assert (found["watches_its_files"], found["watched_by"]) == (True, "wazuh")


def test_the_last_mount_on_a_point_is_the_one_that_users_meet():
    mounts = "a / ext4 rw 0 0\nb /tmp tmpfs rw,nosuid 0 0\nc /tmp tmpfs rw,nodev,user=CANARY 0 0\n"
    found = row("mount_options", {"cat -- /proc/self/mounts": mounts})

    assert (found["allows_setuid"], found["allows_devices"]) == (True, False)
