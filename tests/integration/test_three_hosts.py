"""A clean, a hardened and a neglected host over a real sshd, and one asked by an ordinary user.

What is real in them and what is recorded, `fakes/far_hosts.py` says.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.far_hosts import answers_of, make_root, serve
from fakes.ssh_server import needs_sshd, run_folder
from fakes.suite_cases import SUITES
from zicha.catalog.thresholds import limits, load_thresholds
from zicha.collectors import collectors
from zicha.evaluation.outcomes import evaluate
from zicha.model.collector import merged

pytestmark = [needs_sshd, pytest.mark.slow]
NOW = datetime(2025, 11, 22, 2, 0, tzinfo=UTC)
LINUX = {id_: each for id_, each in collectors().items() if each.source == "linux"}
HOSTS = {
    "clean": ("debian", "hosts/clean"),
    "hardened": ("debian", "hosts/clean", "hosts/hardened"),
    "neglected": ("debian", "hosts/clean", "hosts/hardened", "hosts/neglected"),
    "closed": ("debian", "hosts/clean", "hosts/hardened"),
}
# What only root may read on the host that an ordinary user asks.
CLOSED = ("etc/shadow", "etc/sudoers", "etc/ssh/ssh_host_ed25519_key")

PLANTED = {
    ("sshd_settings", "root-may-not-log-in-with-a-password", "neglected"),
    ("sshd_settings", "passwords-alone-do-not-open-a-session", "neglected"),
    ("sshd_settings", "ciphers-are-strong", "neglected"),
    ("sshd_settings", "guesses-per-connection-are-few", "neglected"),
    ("sshd_settings", "match-blocks-open-no-other-way", "neglected"),
    ("accounts", "only-root-is-root", "toor"),
    ("accounts", "every-uid-has-one-account", "root"),
    ("accounts", "every-uid-has-one-account", "toor"),
    ("accounts", "no-password-is-empty", "guest"),
    ("password_rules", "guessing-locks-the-account", "neglected"),
    ("password_rules", "passwords-are-long-enough", "neglected"),
    ("sudo_rules", "nobody-gets-everything-for-nothing", "li.na"),
    ("sudo_rules", "no-shell-comes-without-a-password", "li.na"),
    ("sudo_rules", "only-administrators-run-everything", "li.na"),
    ("session_limits", "idle-shells-end", "neglected"),
    ("log_retention", "logs-are-kept-six-months", "neglected"),
    ("audit_state", "account-changes-are-recorded", "neglected"),
    ("audit_state", "changes-of-privilege-are-recorded", "neglected"),
    ("audit_state", "acts-of-root-are-recorded", "neglected"),
    ("firewall_state", "unlisted-ipv4-is-refused", "neglected"),
    ("firewall_state", "unlisted-ipv6-is-refused", "neglected"),
    ("malware_protection", "signatures-are-fresh", "neglected"),
    ("pending_updates", "no-security-update-waits", "neglected"),
    ("time_sync", "clock-is-synchronised", "neglected"),
    ("kernel_settings", "addresses-are-randomised", "neglected"),
    ("service_units", "no-remote-administration-in-the-clear", "telnet.socket"),
    ("service_units", "no-service-without-purpose", "avahi-daemon.service"),
    ("listening_sockets", "nothing-listens-in-the-clear", "tcp 0.0.0.0:23"),
    ("listening_sockets", "data-stores-do-not-listen-everywhere", "tcp 0.0.0.0:3306"),
    ("integrity_tools", "files-are-watched", "neglected"),
    ("mount_options", "no-setuid-where-users-write", "/home"),
    ("module_rules", "dccp-is-kept-out", "neglected"),
    ("file_permissions", "only-root-writes-key-files", "/etc/cron.d/e2scrub_all"),
    ("file_permissions", "logs-are-not-open-to-all", "/var/log/auth.log"),
    ("audit_files", "audit-files-are-kept-six-months", "neglected"),
    ("audit_files", "somebody-hears-before-space-ends", "neglected"),
    ("job_access", "only-named-accounts-leave-jobs", "cron"),
    ("scheduled_jobs", "nobody-else-changes-a-job", "/var/spool/cron/crontabs/li.na"),
    ("scheduled_jobs", "jobs-are-not-open-to-all", "/var/spool/cron/crontabs/li.na"),
}


@pytest.fixture(scope="module")
def folder():
    # Not pytest's own: there nobody but its owner may go in, and an ordinary user must.
    made = Path(tempfile.mkdtemp(prefix="zicha-hosts-"))
    made.chmod(0o755)
    yield made
    for path in made.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def outcomes(folder):
    """Every outcome of every suite over the four hosts: (suite, expectation, subject) to status."""
    tables = {id_: [] for id_ in LINUX}
    with run_folder():
        for name, answers in HOSTS.items():
            for id_, table in asked(folder, name, answers_of(*answers)).items():
                tables[id_].append(table)
    known = limits(load_thresholds(), {})
    scope = [{"source": name, "host": name} for name in HOSTS]
    return {
        (id_.partition("/")[2], o.expectation, *o.subject): o.verdict
        for id_, found in tables.items()
        for o in evaluate(SUITES[id_], merged(found), scope, NOW, known, timedelta(hours=26))
    }


def asked(folder, name, answers):
    root = folder / name
    make_root(root, answers)
    server = serve(folder / f"{name}-sshd", root, "nobody" if name == "closed" else "root")
    if name == "closed":
        for path in CLOSED:
            (root / path).chmod(0)
    host = server.host(name)
    try:
        return {id_: each.table(each.fetch(host), NOW, "", name) for id_, each in LINUX.items()}
    finally:
        host.close()
        server.stop()


def of(outcomes, host, status):
    return {
        (suite, expectation, subject[-1])
        for (suite, expectation, *subject), verdict in outcomes.items()
        if subject[0] == host and verdict.status == status
    }


def test_a_hardened_host_passes_everything(outcomes):
    assert of(outcomes, "hardened", "fail") == set()
    assert of(outcomes, "hardened", "unknown") == set()
    assert {suite for suite, *_ in of(outcomes, "hardened", "pass")} == {
        id_.partition("/")[2] for id_ in LINUX
    }


def test_a_neglected_host_fails_what_was_planted_and_nothing_else(outcomes):
    found = of(outcomes, "neglected", "fail")

    assert sorted(found - PLANTED) == []
    assert sorted(PLANTED - found) == []
    assert of(outcomes, "neglected", "unknown") == set()


def test_a_clean_host_as_shipped_lies_between_the_two(outcomes):
    found = {(suite, expectation) for suite, expectation, _ in of(outcomes, "clean", "fail")}

    assert of(outcomes, "clean", "unknown") == set()
    assert {
        ("password_rules", "guessing-locks-the-account"),
        ("password_rules", "quality-is-checked"),
        ("audit_state", "audit-is-recording"),
        ("malware_protection", "protection-is-running"),
        ("log_retention", "logs-are-kept-six-months"),
    } <= found
    # As shipped: nobody has crept in, and nothing speaks in the clear.
    assert {suite for suite, _ in found}.isdisjoint(
        {"accounts", "sudo_rules", "listening_sockets", "service_units", "file_permissions"}
    )


def test_what_an_ordinary_user_may_not_read_is_unknown_and_the_rest_is_judged(outcomes):
    unknown = of(outcomes, "closed", "unknown")

    assert of(outcomes, "closed", "fail") == set()
    assert {suite for suite, *_ in unknown} == {"accounts", "sudo_rules", "sshd_settings"}
    assert ("accounts", "no-password-is-empty", "li.na") in unknown
    assert ("accounts", "only-root-is-root", "root") in of(outcomes, "closed", "pass")
    reasons = {
        verdict.because
        for (_, _, host, *_), verdict in outcomes.items()
        if host == "closed" and verdict.status == "unknown"
    }
    assert reasons == {"refused"}
