"""Hosts over SSH, against a real sshd that the test starts for itself."""

from __future__ import annotations

import socket

import pytest

from fakes.ssh_server import SshServer, needs_sshd, public, run_folder
from zicha.collectors.linux.accounts import COLLECTOR as ACCOUNTS
from zicha.collectors.linux.listening_sockets import COLLECTOR as SOCKETS
from zicha.model.errors import ConfigError
from zicha.model.verdict import Reason

asyncssh = pytest.importorskip("asyncssh")
pytestmark = needs_sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with run_folder():
        started = SshServer(tmp_path_factory.mktemp("sshd"))
        yield started
        started.stop()


def test_it_answers_in_our_locale_and_quotes_what_the_shell_would_read(server):
    host = server.host()

    said = host.run("printf", ["printf", "%s|%s", "a b;c", "$HOME"])
    locale = host.run("env", ["env"])
    host.close()

    assert said.body == {"text": "a b;c|$HOME"}
    assert "LC_ALL=C" in locale.body["text"].splitlines()
    assert said.heard["host_key"].startswith("SHA256:")


def test_one_connection_serves_every_question_and_the_collectors_work_over_it(server):
    host = server.host()

    first = host.run("env", ["env"]).body["text"]
    accounts = ACCOUNTS.table(ACCOUNTS.fetch(host))
    sockets = SOCKETS.table(SOCKETS.fetch(host))
    second = host.run("env", ["env"]).body["text"]
    host.close()

    client = [line for line in first.splitlines() if line.startswith("SSH_CONNECTION=")]
    assert client[0] in second.splitlines()
    assert accounts.states["far",].reason is None
    assert "root" in {row["account"] for row in accounts.rows}
    assert server.port in {row["port"] for row in sockets.rows}


def test_a_wrong_host_key_is_never_accepted(server, tmp_path):
    other = asyncssh.generate_private_key("ssh-ed25519")
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{server.port} {public(other)}")
    host = server.host(known_hosts=known)

    said = host.run("id", ["id"])
    host.close()

    assert said.reason is Reason.REFUSED
    assert "known_hosts" in said.permission


def test_an_unknown_host_key_is_never_accepted(server, tmp_path):
    known = tmp_path / "known_hosts"
    known.write_text(f"192.0.2.7 {public(server.host_key)}")
    host = server.host(known_hosts=known)

    said = host.run("id", ["id"])
    host.close()

    assert said.reason is Reason.REFUSED


def test_no_known_hosts_is_refused_before_anything_is_sent(server, tmp_path):
    empty = tmp_path / "known_hosts"
    empty.write_text("\n")

    with pytest.raises(ConfigError, match="holds no host key"):
        server.host(known_hosts=empty)


def test_a_refused_key_names_where_it_should_be(server):
    other = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    host = server.host(key=other)

    said = host.run("id", ["id"])
    host.close()

    assert said.reason is Reason.REFUSED
    assert said.permission.startswith("authorized_keys of ")


def test_a_hanging_command_costs_itself_and_not_the_next(server):
    host = server.host(seconds=2.0)

    hung = host.run("sleep", ["sleep", "60"])
    next_ = host.run("echo", ["echo", "on"])
    host.close()

    assert hung.reason is Reason.UNREACHABLE
    assert next_.body == {"text": "on\n"}


def test_a_connection_that_breaks_is_unreachable_and_not_waited_for_again(server):
    host = server.host(seconds=3.0)

    # Some login shells stand between the command and the server, others make way for it.
    upwards = (
        'p=$PPID; while ! grep -q sshd /proc/$p/comm; do p=$(cut -d" " -f4 /proc/$p/stat); done'
    )
    said = [host.run("x", ["sh", "-c", f"{upwards}; kill -9 $p"]) for _ in range(5)]
    host.close()

    assert {reply.reason for reply in said} == {Reason.UNREACHABLE}


def test_endless_output_is_ended_and_partial(server):
    host = server.host(most_bytes=100_000)

    said = host.run("yes", ["yes"])
    host.close()

    assert said.reason is Reason.PARTIAL


def test_an_absent_command_is_told_from_an_absent_host(server):
    host = server.host()

    absent = host.run("x", ["no-such-command-here"], may_be_absent=True)
    host.close()

    assert absent.body is None


def test_nobody_there_is_unreachable_at_once_for_every_further_question(server):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = server.host(port=closed.getsockname()[1])
        said = [host.run("id", ["id"]) for _ in range(20)]
    host.close()

    assert {reply.reason for reply in said} == {Reason.UNREACHABLE}
