"""Hosts are asked nothing but what the collectors declare, and nothing that changes a host."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from fakes.host import FakeHost, host_of
from zicha.collectors import collectors
from zicha.collectors.linux.kernel_settings import NAMES
from zicha.collectors.linux.service_units import ARGV
from zicha.sources.host import Ran

LINUX = [each for each in collectors().values() if each.source == "linux"]
READERS = {
    "sshd",
    "cat",
    "ss",
    "find",
    "auditctl",
    "ps",
    "apt-get",
    "dnf",
    "lastlog",
    "lastlog2",
    "timedatectl",
    "chronyc",
    "nft",
    "iptables",
    "ip6tables",
    "sysctl",
    "systemctl",
}
# These programs also change hosts; they are asked in these words only.
ASKED_ONLY = {
    "apt-get": {"apt-get -s dist-upgrade"},
    "dnf": {"dnf -q -C updateinfo list --all --security"},
    # It imports, renames and clears with options.
    "lastlog2": {"lastlog2"},
    "ps": {"ps -e -o euid= -o euser:32= -o comm="},
    "timedatectl": {"timedatectl show"},
    "chronyc": {"chronyc -n tracking"},
    "nft": {"nft list ruleset"},
    "iptables": {"iptables -S"},
    "ip6tables": {"ip6tables -S"},
    "systemctl": {" ".join(ARGV)},
    "sysctl": {" ".join(("sysctl", "-e", *NAMES))},
}
every_collector = pytest.mark.parametrize("collector", LINUX, ids=[each.id for each in LINUX])
HOSTS = ["debian", "openeuler", "bare", "refusing"]
every_host = pytest.mark.parametrize("host", HOSTS)


def asked(collector, name):
    host = FakeHost("h", {}) if name == "bare" else host_of(name.replace("refusing", "debian"))
    if name == "refusing":
        refused = Ran(1, b"", b"Permission denied")
        host.answers.update({c: refused for c in host.answers if c.split()[0] != "find"})
    for _ in collector.fetch(host):
        pass
    return host.asked


@every_collector
@every_host
def test_every_command_is_declared(collector, host):
    undeclared = [
        command
        for command in asked(collector, host)
        if not any(fnmatchcase(command, pattern) for pattern in collector.permissions)
    ]

    assert undeclared == []


@every_collector
def test_no_declared_command_writes(collector):
    words = [permission.split() for permission in collector.permissions]

    assert {first for first, *_ in words} <= READERS
    for program, asked in ASKED_ONLY.items():
        assert {each for each in collector.permissions if each.split()[0] == program} <= asked
    assert not {"-exec", "-execdir", "-delete", "-D", "-R", "-w", "-a"} & {
        option for _, *options in words for option in options
    }
    assert not any("-e" in options for first, *options in words if first not in ASKED_ONLY)


@every_collector
def test_every_declaration_is_used(collector):
    commands = [c for name in HOSTS for c in asked(collector, name)]

    unused = [
        pattern
        for pattern in collector.permissions
        if not any(fnmatchcase(command, pattern) for command in commands)
    ]
    # Distributions ship no file there as a rule; where one lies, it is read.
    assert set(unused) <= {
        "cat -- /usr/lib/systemd/journald.conf.d/*",
        "cat -- /etc/security/pwquality.conf.d/*",
    }
