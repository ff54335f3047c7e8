"""Grants of sudo, written as people write them, and what they come to."""

from __future__ import annotations

import pytest

from fakes.host import FakeHost, host_of
from zicha.collectors.linux.sudo_rules import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources.host import Ran

FILE = "cat -- /etc/sudoers"


def table(sudoers, **more):
    host = FakeHost("h", {FILE: sudoers, **more})
    return COLLECTOR.table(COLLECTOR.fetch(host))


def rows(sudoers):
    return {row["grantee"]: row for row in table(sudoers).rows}


def test_what_distributions_ship_asks_administrators_for_a_password():
    for name in ("debian", "openeuler"):
        host = host_of(name)
        found = COLLECTOR.table(COLLECTOR.fetch(host)).rows
        assert {row["runs_everything_without_password"] for row in found} == {False}


# Forms of sudoers(5): tags, run-as lists, aliases, continuation, defaults.
FOR_NOTHING = [
    "ops ALL=(ALL) NOPASSWD: ALL",
    "ops ALL=(ALL:ALL) NOPASSWD:ALL",
    "ops ALL = NOPASSWD: ALL",
    "ops ALL=(root) NOEXEC: NOPASSWD: /bin/ls, ALL",
    "ops ALL=(ALL) \\\n  NOPASSWD: ALL",
    "Cmnd_Alias THINGS = /bin/ls, ALL\nops ALL=(ALL) NOPASSWD: THINGS",
    "Runas_Alias OP = root, db\nops ALL=(OP) NOPASSWD: ALL",
    "User_Alias TEAM = ops, other\nTEAM ALL=(ALL) NOPASSWD: ALL",
    "ops, other ALL=(ALL) NOPASSWD: ALL",
    "Defaults !authenticate\nops ALL=(ALL) ALL",
    "Defaults:ops !authenticate\nops ALL=(ALL) ALL",
    "ops ALL=(ALL) NOPASSWD: ALL # for a while",
]


@pytest.mark.parametrize("line", FOR_NOTHING)
def test_everything_for_nothing_is_seen_however_it_is_written(line):
    assert rows(f"{line}\n")["ops"]["runs_everything_without_password"] is True


HARMLESS = [
    "ops ALL=(ALL) ALL",
    "ops ALL=(postgres) NOPASSWD: ALL",
    "ops ALL=(root) NOPASSWD: /usr/sbin/auditctl -l",
    "ops ALL=(ALL) NOPASSWD: /bin/ls, PASSWD: ALL",
    "ops ALL=(:adm) NOPASSWD: ALL",
]


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_less_than_that_is_not_taken_for_it(line):
    assert rows(f"{line}\n")["ops"]["runs_everything_without_password"] is False


@pytest.mark.parametrize(
    "command", ["/usr/bin/vim /etc/hosts", "/usr/bin/tar", "/opt/tools/*", "ALL"]
)
def test_a_command_that_leads_to_a_shell_is_one(command):
    found = rows(f"ops ALL=(root) NOPASSWD: {command}\n")

    assert found["ops"]["opens_a_shell_without_password"] is True


def test_a_grantee_of_two_lines_is_one_and_the_weaker_line_counts():
    found = rows("ops ALL=(ALL) ALL\nops ALL=(root) NOPASSWD: /bin/bash\n")

    assert found["ops"]["opens_a_shell_without_password"] is True


def test_a_number_sign_before_a_digit_is_a_uid_and_not_a_comment():
    assert "#1001" in rows("#1001 ALL=(ALL) ALL\n# nobody else\n")


def test_arguments_of_commands_are_not_kept():
    host = FakeHost("h", {FILE: "ops ALL=(root) NOPASSWD: /bin/mount -o password=CANARY //a /b\n"})

    (row,) = COLLECTOR.table(COLLECTOR.fetch(host)).rows

    assert row["opens_a_shell_without_password"] is True
    assert not any(b"CANARY" in ran.out for _, ran in host.tape)


def test_a_refused_drop_in_leaves_every_no_open_and_keeps_every_yes():
    folder = "find /etc/sudoers.d -maxdepth 1 '(' -type f -o -type l ')' -name '*'"
    found = table(
        "a ALL=(ALL) NOPASSWD: ALL\nb ALL=(ALL) ALL\n",
        **{folder: Ran(1, b"", b"Permission denied")},
    )

    first, second = found.rows
    assert first["runs_everything_without_password"] is True
    assert second["runs_everything_without_password"].reason is Reason.REFUSED
    assert found.states["h",].reason is Reason.REFUSED


MORE = "/etc/sudoers.more"
LISTED = f"find {MORE} -maxdepth 1 '(' -type f -o -type l ')' -name '*'"
GRANT = "ops ALL=(ALL) NOPASSWD: ALL\n"


def test_grants_are_followed_into_the_files_and_folders_that_are_taken_in():
    answers = {
        "cat -- /etc/sudoers.local": f'@includedir "{MORE}"\n@include /etc/sudoers\n',
        LISTED: f"{MORE}/a\n{MORE}/b.rpmsave\n{MORE}/c~\n",
        f"cat -- {MORE}/a": GRANT,
        f"cat -- {MORE}/b.rpmsave": GRANT.replace("ops", "gone"),
    }
    found = table("#include /etc/sudoers.local\n", **answers)

    assert [row["grantee"] for row in found.rows] == ["ops"]
    assert found.rows[0]["runs_everything_without_password"] is True
    assert found.states["h",].reason is None


def test_a_file_taken_in_that_may_not_be_read_leaves_every_no_open():
    refused = Ran(1, b"", b"Permission denied")
    found = table(
        "a ALL=(ALL) ALL\n@include /etc/sudoers.local\n",
        **{"cat -- /etc/sudoers.local": refused},
    )

    assert found.rows[0]["runs_everything_without_password"].reason is Reason.REFUSED
    assert found.states["h",].reason is Reason.REFUSED


@pytest.mark.parametrize("line", ["sudoers: files sss", "sudoers:ldap [SUCCESS=return] files"])
def test_grants_kept_in_a_directory_are_not_said_to_be_none(line):
    said = {"cat -- /etc/nsswitch.conf": f"passwd: files sss\n{line} # ours\n"}
    found = table("a ALL=(ALL) ALL\nb ALL=(ALL) NOPASSWD: ALL\n", **said)
    nobody = table("# nobody\n", **said)

    first, second = found.rows
    assert first["runs_everything_without_password"].reason is Reason.PARTIAL
    assert second["runs_everything_without_password"] is True
    assert (nobody.rows, nobody.states["h",].reason) == ((), Reason.PARTIAL)


def test_grants_in_files_alone_are_all_there_are():
    said = {"cat -- /etc/nsswitch.conf": "passwd: files sss\nsudoers: files\n"}
    found = table("a ALL=(ALL) ALL\n", **said)

    assert found.rows[0]["runs_everything_without_password"] is False
    assert found.states["h",].reason is None


@pytest.mark.parametrize("line", ["ops", "@include /srv/sudo", "User_Alias X"])
def test_a_line_that_is_not_understood_makes_the_listing_malformed(line):
    found = table(f"{line}\n")

    assert (found.rows, found.states["h",].reason) == ((), Reason.MALFORMED)


def test_sudoers_that_may_not_be_read_is_refused_with_the_rule_to_add():
    found = table(Ran(1, b"", b"cat: /etc/sudoers: Permission denied"))

    state = found.states["h",]
    assert (state.reason, state.permission) == (Reason.REFUSED, f"sudo -n {FILE}")


def test_no_sudo_is_a_complete_listing_of_nothing():
    found = COLLECTOR.table(COLLECTOR.fetch(FakeHost("h", {})))

    assert (found.rows, found.states["h",].reason) == ((), None)
    assert not any(isinstance(cell, Unread) for row in found.rows for cell in row.values())
