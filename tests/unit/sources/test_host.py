"""What a host's answer means: an answer, a gap with a remedy, or nothing that may be kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from fakes.host import FakeHost
from zicha.collectors.linux.accounts import COLLECTOR as ACCOUNTS
from zicha.model.errors import ConfigError, UnreachableError
from zicha.model.evidence import Answer, Gap
from zicha.model.verdict import Reason
from zicha.sources.host import Host, Ran, open_host
from zicha.sources.host_local import LocalReach
from zicha.sources.host_recorded import RecordedReach, record


def local(seconds=5.0, most_bytes=100_000):
    return Host("here", LocalReach(seconds, most_bytes))


def test_this_machine_answers():
    said = local().run("echo", ["echo", "a b", "$HOME"], expects="a b")

    assert said.body == {"text": "a b $HOME\n"}


def test_a_command_sees_a_clean_environment(monkeypatch):
    monkeypatch.setenv("CANARY", "secret")

    said = local().run("env", ["env"])

    assert "LC_ALL=C" in said.body["text"]
    assert "CANARY" not in said.body["text"]


def test_a_hanging_command_is_ended_and_unreachable():
    said = local(seconds=0.3).run("sleep", ["sleep", "60"])

    assert (type(said), said.reason) == (Gap, Reason.UNREACHABLE)


def test_endless_output_is_ended_and_partial():
    said = local().run("yes", ["yes"])

    assert (type(said), said.reason) == (Gap, Reason.PARTIAL)


def test_a_child_that_keeps_the_pipe_does_not_hold_us_up():
    said = local(seconds=20).run("sh", ["sh", "-c", "sleep 30 & echo done"])

    assert said.body["text"] == "done\n"


def test_an_absent_command_is_an_answer_where_that_means_not_installed():
    absent = local().run("x", ["no-such-command-here"], may_be_absent=True)
    gap = local().run("x", ["no-such-command-here"])

    assert (type(absent), absent.body) == (Answer, None)
    assert (type(gap), gap.reason) == (Gap, Reason.NOT_COLLECTED)


def test_an_absent_file_is_an_answer_unless_a_line_is_expected():
    absent = local().read("/no/such/file")
    gap = local().read("/no/such/file", expects="root:")

    assert (type(absent), absent.body) == (Answer, None)
    assert (gap.reason, "/no/such/file" in gap.remedy) == (Reason.NOT_COLLECTED, True)


def test_a_refusal_names_the_rule_that_would_help():
    denied = Ran(1, b"", b"cat: /etc/shadow: Permission denied")
    said = FakeHost("h", {"cat -- /etc/shadow": denied}).read("/etc/shadow", expects="root:")

    assert said.reason is Reason.REFUSED
    assert said.permission == "sudo -n cat -- /etc/shadow"
    assert "NOPASSWD: cat -- /etc/shadow" in said.remedy


def test_sudo_is_asked_only_where_the_scope_allows_it():
    denied = Ran(1, b"", b"cat: /etc/shadow: Permission denied")
    answers = {"cat -- /etc/shadow": denied, "sudo -n cat -- /etc/shadow": "root:*:1::::::\n"}
    without, allowed = FakeHost("h", answers), FakeHost("h", answers, sudo=True)

    assert isinstance(without.read("/etc/shadow"), Gap)
    assert isinstance(allowed.read("/etc/shadow"), Answer)
    assert without.asked == ["cat -- /etc/shadow"]


def test_sudo_that_is_not_installed_leaves_the_refusal_as_it_was():
    denied = Ran(1, b"", b"You must be root to run this program.")
    said = FakeHost("h", {"auditctl -s": denied}, sudo=True).run("a", ["auditctl", "-s"])

    assert said.reason is Reason.REFUSED


@pytest.mark.parametrize("printed", ["", "error: something else\n"])
def test_output_without_its_witness_is_malformed(printed):
    said = FakeHost("h", {"sshd -T": printed}).run("sshd -T", ["sshd", "-T"], expects="port ")

    assert said.reason is Reason.MALFORMED


def test_an_unexplained_exit_is_malformed():
    said = FakeHost("h", {"ss": Ran(2, b"", b"odd")}).run("ss", ["ss"])

    assert (said.reason, "ended with 2: odd" in said.remedy) == (Reason.MALFORMED, True)


def test_a_file_in_gb18030_is_read_and_one_in_neither_encoding_is_malformed():
    chinese = Ran(0, "root:x:0:0:超级用户:/root:/bin/sh\n".encode("gb18030"))
    neither = Ran(0, b"root:\xff\xfe\xff\n")

    read = FakeHost("h", {"cat -- /a": chinese}).read("/a", expects="root:")
    gap = FakeHost("h", {"cat -- /a": neither}).read("/a", expects="root:")

    assert "超级用户" in read.body["text"]
    assert gap.reason is Reason.MALFORMED


def test_a_recording_answers_with_its_moment_and_only_what_it_holds():
    replies = [{"argv": ["id"], "exit": 0, "out": ["uid=0"]}]
    recording = {"recorded": True, "recorded_at": "2026-11-02T02:10:00+08:00", "replies": replies}
    host = Host("r", RecordedReach(recording, "host.json"))

    known, unknown = host.run("id", ["id"]), host.run("w", ["w"], may_be_absent=True)

    assert known.body == {"text": "uid=0\n"}
    assert known.heard["recorded_at"] == "2026-11-02T02:10:00+08:00"
    assert (type(unknown), unknown.reason) == (Gap, Reason.NOT_COLLECTED)


@pytest.mark.parametrize(
    "recording",
    [
        {"replies": []},
        {"recorded": True, "replies": []},
        {"recorded": True, "recorded_at": "yesterday", "replies": []},
        {"recorded": True, "recorded_at": "2026-11-02T02:10:00+08:00", "replies": [{"exit": 0}]},
        [],
    ],
)
def test_what_is_not_marked_as_a_recording_is_refused(tmp_path, recording):
    (tmp_path / "host.json").write_text(json.dumps(recording))
    source = SimpleNamespace(id="r", reach="recorded", file="host.json")

    with pytest.raises(ConfigError, match=r"host\.json"):
        open_host(source, None, tmp_path)


def test_a_recording_keeps_no_hash_and_lays_out_the_same():
    answers = {
        "cat -- /etc/passwd": "root:x:0:0:李娜:/root:/bin/sh\n",
        "cat -- /etc/group": "root:x:0:\n",
        "cat -- /etc/shadow": "root:$6$CANARY$CANARY:20000:0:90:7:::\n",
    }
    host = FakeHost("h", answers)

    recording = record(host, [ACCOUNTS], datetime(2026, 11, 2, tzinfo=UTC))

    kept = json.dumps(recording, ensure_ascii=False)
    again = Host("h", RecordedReach(recording, "host.json"))
    assert "CANARY" not in kept
    assert "李娜" not in kept
    assert ACCOUNTS.table(ACCOUNTS.fetch(again)).rows == ACCOUNTS.table(ACCOUNTS.fetch(host)).rows


def test_a_host_that_does_not_answer_is_unreachable_for_every_question():
    host = FakeHost("h", {"id": UnreachableError("h: no answer")})

    said = host.run("id", ["id"], may_be_absent=True)

    assert (type(said), said.reason, said.remedy) == (Gap, Reason.UNREACHABLE, "h: no answer")


def test_ssh_without_known_hosts_is_never_tried(tmp_path):
    source = SimpleNamespace(
        id="s", reach="ssh", address="192.0.2.1", port=22, user="u", credential="c", known_hosts=""
    )

    with pytest.raises(ConfigError, match="known_hosts"):
        open_host(source, None, tmp_path)
