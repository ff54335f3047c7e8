"""The parts of `make run` that need no Airflow: the machine, the environment, the children."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from demo.launch_environment import (
    Folders,
    Secrets,
    account_settings,
    airflow_settings,
    keep_secrets,
    make_folders,
    scrubbed,
)
from demo.launch_machine import LaunchError, check_folder, check_machine
from demo.launch_screen import Screen
from rich.console import Console

ROOT = Path(__file__).resolve().parents[3]
SECRETS = Secrets("password", "jwt", "session", "fernet")
CANARIES = {
    "AWS_PROFILE": "canary",
    "AWS_ACCESS_KEY_ID": "canary",
    "AWS_ENDPOINT_URL_S3": "http://canary.invalid",
    "SLACK_BOT_TOKEN": "canary",
    "AIRFLOW_HOME": "/canary",
    "AIRFLOW_CONN_DEMO_AWS": "canary",
    "AIRFLOW__CORE__EXECUTOR": "canary",
    "HTTPS_PROXY": "http://canary.invalid:1",
    "ALL_PROXY": "http://canary.invalid:1",
    "PYTHONPATH": "/canary",
    "ZICHA_DATABASE_URL": "postgresql://canary",
    "ZICHA_DATA": "/canary",
    "ZICHA_CREDENTIAL_SLACK": "canary",
}


@pytest.fixture
def folders(tmp_path):
    made = Folders(tmp_path / "a folder with spaces")
    made.scope.mkdir(parents=True)
    source = ROOT / "include" / "scope" / "example" / "sources.yaml"
    (made.scope / "sources.yaml").write_bytes(source.read_bytes())
    make_folders(made)
    return made


def test_another_system_is_told_what_to_do_instead():
    with pytest.raises(LaunchError, match=r"macOS.*Linux virtual machine"):
        check_machine("darwin")
    with pytest.raises(LaunchError, match="WSL 2"):
        check_machine("win32")
    with pytest.raises(LaunchError, match=r"3\.11 to 3\.13"):
        check_machine("linux", (3, 14))


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "drvfs", "fuse.sshfs"])
def test_a_folder_on_a_network_or_windows_file_system_is_refused(kind):
    mounts = f"overlay / overlay rw 0 0\nC: /mnt/c {kind} rw 0 0\n"

    with pytest.raises(LaunchError, match="local Linux folder"):
        check_folder(Path("/mnt/c/zicha"), mounts)


def test_a_local_folder_with_spaces_is_accepted(tmp_path):
    folder = tmp_path / "two words"
    folder.mkdir()

    check_folder(folder, "overlay / overlay rw 0 0\n")


def test_a_folder_that_a_database_address_cannot_carry_is_refused(tmp_path):
    with pytest.raises(LaunchError, match="without it"):
        check_folder(tmp_path / "100%", "overlay / overlay rw 0 0\n")


def test_nothing_of_the_newcomer_reaches_the_demo(folders):
    env = scrubbed(os.environ | CANARIES, folders)
    env |= airflow_settings(folders, SECRETS, 1234) | account_settings(folders, 1235)

    assert [key for key, value in env.items() if "canary" in value] == []
    assert env["PYTHONUTF8"] == "1"
    assert env["GX_ANALYTICS_ENABLED"] == "false"
    assert "127.0.0.1" in env["NO_PROXY"]


def test_airflow_listens_on_loopback_only_and_runs_four_at_once(folders):
    env = airflow_settings(folders, SECRETS, 1234)

    assert env["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert env["AIRFLOW__CORE__PARALLELISM"] == "4"
    assert env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("sqlite:////")


def test_secrets_are_made_once_and_for_their_owner_only(folders):
    first = keep_secrets(folders)

    again = keep_secrets(folders)

    assert first == again
    for name in ("secrets.json", "passwords.json"):
        mode = stat.S_IMODE((folders.airflow / name).stat().st_mode)
        assert mode == 0o600
    assert json.loads((folders.airflow / "passwords.json").read_text()) == {"zicha": first.password}


def test_each_demo_account_has_a_profile_of_its_own(folders):
    account_settings(folders, 1235)

    said = (folders.airflow / "aws-config").read_text()

    assert "[profile demo-aws]" in said
    assert "arn:aws-cn:iam::111122223333:role/zicha" in said
    assert "[profile demo-aws-second]" in said
    assert "arn:aws-cn:iam::444455556666:role/zicha" in said


PARENT = """
import sys, time
from pathlib import Path
from demo.launch_children import Children, adopt_orphans
adopt_orphans()
children = Children(Path(sys.argv[1]), Path.cwd())
stubborn = "import signal, subprocess, sys, time;" \\
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);" \\
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']," \\
    " start_new_session=True); print('up', flush=True); time.sleep(600)"
for name in ("one", "two"):
    children.start(name, [sys.executable, "-c", stubborn if name == "two" else
        "import time; time.sleep(600)"], {"MARK": sys.argv[2], "PATH": ""})
while "up" not in (Path(sys.argv[1]) / "two.log").read_text():
    time.sleep(0.05)
print("ready", flush=True)
if sys.argv[3] == "stop":
    import demo.launch_children as module
    module.GRACE_S = 0.5
    children.stop()
else:
    time.sleep(600)
"""


def left_of(mark):
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environ = (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if f"MARK={mark}\0".encode() in environ and state != "Z":
            found.append(int(entry.name))
    return found


def test_stopping_ends_every_child_and_grandchild_also_the_stubborn(tmp_path):
    mark = f"stop-{os.getpid()}-{time.monotonic_ns()}"

    subprocess.run(
        [sys.executable, "-c", PARENT, str(tmp_path), mark, "stop"],
        cwd=ROOT,
        check=True,
        timeout=60,
    )

    assert left_of(mark) == []


def test_a_killed_launcher_takes_its_children_with_it(tmp_path):
    mark = f"kill-{os.getpid()}-{time.monotonic_ns()}"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), mark, "stay"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout.readline() == b"ready\n"
    before = set(left_of(mark))

    parent.kill()
    parent.wait()
    until = time.monotonic() + 10
    while len(left_of(mark)) > 2 and time.monotonic() < until:
        time.sleep(0.05)
    left = left_of(mark)
    for pid in left:
        os.kill(pid, 9)

    # The one that ignores the signal, and its own child, would be left; Airflow's do not ignore it.
    assert len(before) == 3
    assert len(left) == 2


def test_a_phase_that_is_named_again_goes_on_and_is_shown_once():
    heard = io.StringIO()
    screen = Screen(Console(file=heard, width=100))

    screen.phase("judge")
    screen.phase("judge")
    screen.count(1, 1)
    screen.phase("report")
    screen.close()

    said = [line.split("] ")[1] for line in heard.getvalue().splitlines()]
    assert said == ["judge …", "judge 1/1", "report …"]
