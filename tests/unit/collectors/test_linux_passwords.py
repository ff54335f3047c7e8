"""PAM stacks as distributions ship or administrators write them, and what they come to.

The stacks under `fixtures/linux/pam` are written from knowledge of the packages' own files:
pam and libpam-modules of Debian 12, authselect of RHEL 9, pam of openEuler 22.03, Kylin V10 SP3,
Anolis 8 and UOS 20 (D); the Ubuntu one is hardened.
"""

from __future__ import annotations

import pytest

from fakes.host import FakeHost, host_of
from zicha.collectors.linux.password_rules import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources.host import Ran

COMMON_AUTH, COMMON_PASSWORD = "cat -- /etc/pam.d/common-auth", "cat -- /etc/pam.d/common-password"
SYSTEM, REMOTE = "cat -- /etc/pam.d/system-auth", "cat -- /etc/pam.d/password-auth"


def row(host):
    (only,) = COLLECTOR.table(COLLECTOR.fetch(host)).rows
    return only


# name: shortest, kinds, remembered, locks after, unlocks after, accepts empty
STACKS = {
    "debian": (None, None, 0, None, None, True),
    "ubuntu": (12, 3, 5, 5, 900, False),
    "rhel": (14, 4, 0, 3, 600, True),
    "openeuler": (8, 3, 5, 3, 300, True),
    "kylin": (8, 3, 3, 3, 60, True),
    "anolis": (None, 0, 0, None, None, True),
    "uos": (9, 1, 3, 5, 180, False),
}


@pytest.mark.parametrize("name", STACKS)
def test_each_distribution_is_read_by_its_own_paths(name):
    found = row(host_of(f"pam/{name}"))

    assert (
        found["shortest_password"],
        found["kinds_of_characters"],
        found["remembered_passwords"],
        found["locks_after_failures"],
        found["unlocks_after_seconds"],
        found["accepts_empty_passwords"],
    ) == STACKS[name]


def test_a_module_on_the_disk_that_no_stack_names_asks_nothing():
    host = host_of("pam/debian")
    host.answers["cat -- /etc/security/pwquality.conf"] = "minlen = 14\nminclass = 4\n"

    assert row(host)["checks_quality"] is False


def test_counting_without_turning_away_locks_nobody():
    host = host_of("pam/ubuntu")
    auth = host.answers[COMMON_AUTH]
    host.answers[COMMON_AUTH] = "".join(x for x in auth.splitlines(True) if "preauth" not in x)

    assert row(host)["locks_out"] is False


def test_the_weaker_of_two_entrances_speaks_for_the_host():
    host = host_of("pam/openeuler")
    auth = host.answers[REMOTE]
    host.answers[REMOTE] = "".join(x for x in auth.splitlines(True) if "faillock" not in x)

    found = row(host)

    assert (found["locks_out"], found["locks_after_failures"]) == (False, None)


def test_a_word_on_the_line_wins_over_the_file():
    host = host_of("pam/ubuntu")
    said = host.answers[COMMON_PASSWORD].replace("retry=3", "retry=3 minlen=6")
    host.answers[COMMON_PASSWORD] = said

    assert row(host)["shortest_password"] == 6


def test_the_file_has_the_last_word_over_its_drop_ins():
    host = host_of("pam/rhel")
    host.answers["cat -- /etc/security/pwquality.conf"] = "minlen = 6\n"

    assert row(host)["shortest_password"] == 6


def test_quality_that_is_not_enforced_is_no_check():
    host = host_of("pam/ubuntu")
    host.answers["cat -- /etc/security/pwquality.conf"] = "minlen = 12\nenforcing = 0\n"

    assert row(host)["checks_quality"] is False


def test_an_optional_module_asks_nothing():
    host = host_of("pam/ubuntu")
    said = host.answers[COMMON_PASSWORD]
    host.answers[COMMON_PASSWORD] = said.replace(
        "requisite\tpam_pwquality", "optional\tpam_pwquality"
    )

    assert row(host)["checks_quality"] is False


def test_a_lock_that_never_opens_has_no_seconds_and_is_still_a_lock():
    host = host_of("pam/ubuntu")
    host.answers["cat -- /etc/security/faillock.conf"] = "deny = 5\nunlock_time = never\n"

    found = row(host)

    assert (found["locks_out"], found["unlocks_after_seconds"]) == (True, None)


@pytest.mark.parametrize("line", ["nonsense", "auth include", "@include"])
def test_a_line_that_is_no_line_of_a_stack_leaves_the_rules_unknown(line):
    host = host_of("pam/debian")
    host.answers[COMMON_AUTH] += f"{line}\n"

    assert row(host)["locks_out"].reason is Reason.MALFORMED


def test_a_stack_that_includes_itself_ends():
    host = host_of("pam/debian")
    host.answers[COMMON_AUTH] = "@include common-auth\n"

    assert row(host)["locks_out"].reason is Reason.MALFORMED


def test_a_stack_that_may_not_be_read_leaves_unknown_what_it_says_and_nothing_else():
    host = host_of("pam/openeuler")
    host.answers[REMOTE] = Ran(1, b"", b"cat: /etc/pam.d/password-auth: Permission denied")

    found = row(host)

    unread = {name for name, cell in found.items() if isinstance(cell, Unread)}
    assert {found[name].reason for name in unread} == {Reason.REFUSED}
    assert "shortest_password" not in unread
    assert "locks_out" in unread


def test_options_of_other_modules_are_dropped_before_they_are_kept():
    host = host_of("pam/debian")
    host.answers[COMMON_AUTH] = "auth required pam_mysql.so user=u passwd=CANARY\n"

    for _ in COLLECTOR.fetch(host):
        pass

    assert not any(b"CANARY" in ran.out for _, ran in host.tape)


def test_a_host_without_pam_is_a_complete_listing_of_nothing():
    found = COLLECTOR.table(COLLECTOR.fetch(FakeHost("h", {})))

    assert (found.rows, found.states["h",].reason) == ((), None)
