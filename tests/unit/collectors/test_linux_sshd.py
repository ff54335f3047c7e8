"""What `sshd -T` and its files say, laid out as one row: who gets in, and how."""

from __future__ import annotations

import pytest

from fakes.host import FakeHost, host_of
from zicha.collectors.linux.sshd_settings import COLLECTOR
from zicha.model.evidence import Unread
from zicha.model.verdict import Reason
from zicha.sources.host import Ran

DENIED = Ran(1, b"", b"Permission denied")


def table(host):
    return COLLECTOR.table(COLLECTOR.fetch(host))


def row(host):
    (only,) = table(host).rows
    return only


def test_ssh_settings_of_debian():
    found = row(host_of("debian"))

    assert found["accepts_passwords"] is False
    assert found["forwards_x11"] is True
    assert found["login_grace_seconds"] == 120
    assert found["silent_client_seconds"] == 300
    assert found["restricts_who_may_log_in"] is True
    assert found["ciphers"].startswith("chacha20-poly1305@openssh.com,")


def test_a_match_block_for_root_from_outside_is_what_counts_for_root():
    assert row(host_of("debian"))["permit_root_login"] == "yes"


def test_a_limit_of_zero_is_no_limit():
    assert row(host_of("openeuler"))["silent_client_seconds"] is None


def test_no_ssh_server_is_a_complete_listing_of_nothing():
    found = table(FakeHost("h", {}))

    assert (found.rows, found.states["h",].reason) == ((), None)


def test_where_host_keys_are_not_ours_to_read_sshd_g_says_the_same():
    host = host_of("debian")
    for command in [c for c in host.answers if c.startswith("sshd -T")]:
        host.answers[command.replace("-T", "-G")] = host.answers[command]
        host.answers[command] = Ran(1, b"", b"sshd: no hostkeys available -- exiting.")

    assert row(host)["max_auth_tries"] == 6


def test_a_refused_sshd_names_its_rule():
    host = host_of("debian")
    for command in [c for c in host.answers if c.startswith("sshd")]:
        host.answers[command] = Ran(1, b"", b"sshd: no hostkeys available -- exiting.")

    state = table(host).states["h",]

    assert (state.reason, state.permission) == (Reason.REFUSED, "sudo -n sshd -T")


def test_a_missing_run_folder_is_said_as_it_is():
    said = Ran(255, b"", b"Missing privilege separation directory: /run/sshd")

    state = table(FakeHost("h", {"sshd -T": said})).states["h",]

    assert state.reason is Reason.NOT_COLLECTED
    assert "/run/sshd" in state.remedy


# sshd_config(5): a block runs to the next Match or the end of its file; `Match all` is everyone.
BLOCKS = [
    ("Match User backup\n  PasswordAuthentication yes\n", True),
    ("match address 10.0.0.0/8\n\tPermitRootLogin=yes\n", True),
    ('Match Group sftp\n  PasswordAuthentication "yes"\n', True),
    ("Match Group sftp\n  ForceCommand internal-sftp\n  PasswordAuthentication no\n", False),
    ("PasswordAuthentication yes\nMatch User a\n  X11Forwarding no\n", False),
    ("Match User a\nMatch all\n  PasswordAuthentication yes\n", False),
    ("# Match User a\n#  PasswordAuthentication yes\n", False),
]


@pytest.mark.parametrize(("config", "loosens"), BLOCKS)
def test_a_match_block_that_opens_another_way_in_is_seen(config, loosens):
    host = host_of("debian")
    host.answers["cat -- /etc/ssh/sshd_config"] = config

    assert row(host)["a_match_block_loosens"] is loosens


def test_a_drop_in_that_may_not_be_read_leaves_the_blocks_open_and_nothing_else():
    host = host_of("debian")
    folder = "find /etc/ssh/sshd_config.d -maxdepth 1 '(' -type f -o -type l ')' -name '*.conf'"
    host.answers[folder] = "/etc/ssh/sshd_config.d/50-x.conf\n"
    host.answers["cat -- /etc/ssh/sshd_config.d/50-x.conf"] = DENIED

    found = row(host)

    assert [name for name, cell in found.items() if isinstance(cell, Unread)] == [
        "a_match_block_loosens"
    ]


@pytest.mark.parametrize(
    ("line", "is_read"),
    [
        ("Include /etc/ssh/sshd_config.d/*.conf\n", True),
        ("Include sshd_config.d/*.conf\n", True),
        ('include = "/etc/ssh/sshd_config.d/*.conf"\n', True),
        ("Include /etc/ssh/sites/*.conf\n", False),
        ("Include /etc/ssh/sshd_config.d/*.conf /opt/ssh/ours\n", False),
        ("Match User a\n  Include /opt/ssh/ours\n", False),
    ],
)
def test_blocks_of_a_file_that_was_not_read_are_not_said_to_be_harmless(line, is_read):
    host = host_of("openeuler")
    host.answers["cat -- /etc/ssh/sshd_config"] = line

    found = row(host)["a_match_block_loosens"]

    assert (found is False) if is_read else found.reason is Reason.NOT_COLLECTED


# sshd_config(5): PAM asks for a password through keyboard-interactive too.
@pytest.mark.parametrize(
    ("password", "keyboard", "pam", "methods", "accepts"),
    [
        ("no", "no", "yes", "any", False),
        ("yes", "no", "no", "any", True),
        ("no", "yes", "yes", "any", True),
        ("no", "yes", "no", "any", False),
        ("no", "yes", "yes", "publickey,keyboard-interactive", False),
        ("yes", "no", "yes", "publickey,password publickey", False),
        ("yes", "no", "yes", "publickey password", True),
        ("no", "yes", "yes", "publickey keyboard-interactive:pam", True),
    ],
)
def test_passwords_alone_open_a_session_by_whichever_way_pam_asks(
    password, keyboard, pam, methods, accepts
):
    said = {
        "passwordauthentication": password,
        "kbdinteractiveauthentication": keyboard,
        "usepam": pam,
        "authenticationmethods": methods,
    }
    host = host_of("openeuler")
    kept = [x for x in host.answers["sshd -T"].splitlines() if x.split()[0] not in said]
    host.answers["sshd -T"] = "".join(f"{x}\n" for x in [*kept, *map(" ".join, said.items())])

    assert row(host)["accepts_passwords"] is accepts


def test_a_second_factor_that_pam_asks_for_is_more_than_a_password():
    host = host_of("openeuler")
    host.answers["sshd -T"] = (
        host.answers["sshd -T"]
        .replace("passwordauthentication yes", "passwordauthentication no")
        .replace("kbdinteractiveauthentication no", "kbdinteractiveauthentication yes")
    )
    assert row(host)["accepts_passwords"] is True

    host.answers["cat -- /etc/pam.d/sshd"] += "auth required pam_google_authenticator.so\n"
    assert row(host)["accepts_passwords"] is False

    host.answers["cat -- /etc/pam.d/sshd"] = DENIED
    assert isinstance(row(host)["accepts_passwords"], Unread)
