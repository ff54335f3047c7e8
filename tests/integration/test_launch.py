"""`make run` as a newcomer types it: in a copy of its own, through the real scheduler."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from fakes.counts import LONG, only_long

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".venv", "data", ".git", "__pycache__", ".*_cache", "*.egg-info", "node_modules"
)
CANARY = "canary-7f3a9c"
PLANTED = {
    "AWS_PROFILE": CANARY,
    "AWS_ACCESS_KEY_ID": CANARY,
    "AWS_SECRET_ACCESS_KEY": CANARY,
    "AWS_ENDPOINT_URL": f"http://{CANARY}.invalid",
    "SLACK_BOT_TOKEN": CANARY,
    "SLACK_WEBHOOK_URL": f"http://{CANARY}.invalid",
    "AIRFLOW_HOME": f"/{CANARY}",
    "AIRFLOW__CORE__EXECUTOR": CANARY,
    "AIRFLOW_CONN_DEMO_AWS": f"aws://{CANARY}:{CANARY}@",
    "ZICHA_DATABASE_URL": f"postgresql://{CANARY}.invalid/x",
    "ZICHA_CREDENTIAL_SLACK": CANARY,
    "PYTHONPATH": f"/{CANARY}",
}
# The proxy is planted for the demo only: the installation before it may need the real one.
PROXIES = dict.fromkeys(
    ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
    f"http://{CANARY}.invalid:1",
)

MOMENTS = {
    "collecting": "采集证据 collect evidence 1/",
    "judging": "判定证据 judge evidence 0/1 judge",
    "reporting": "报告问题 report findings 0/2",
}

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy in a folder with a space in its name, installed as a newcomer would."""
    folder = tmp_path_factory.mktemp("new comer") / "zicha copy"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT, symlinks=True)
    subprocess.run(["make", "install"], cwd=folder, check=True, timeout=900)
    yield folder
    assert processes_in(folder) == []


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home folder whose own AWS settings must neither be read nor touched."""
    folder = tmp_path_factory.mktemp("home")
    (folder / ".aws").mkdir()
    (folder / ".aws" / "credentials").write_text(
        f"[default]\naws_access_key_id = {CANARY}\naws_secret_access_key = {CANARY}\n"
    )
    return folder


@pytest.fixture(scope="module")
def first(copy, home):
    return make_run(copy, home)


def make_run(folder, home, *settings):
    env = os.environ | PLANTED | PROXIES | {"HOME": str(home)}
    return subprocess.run(
        ["make", "run", "ONCE=1", *settings],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def processes_in(folder):
    """Whoever runs from the copy's own environment, with the folder in its settings."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environ = (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if f"ZICHA_HOME={folder}\0".encode() in environ and state != "Z":
            found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def rows(path, query):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def inspections(folder):
    return rows(folder / "data" / "demo" / "zicha.sqlite", "select id, state from runs order by id")


def airflow_runs(folder):
    path = folder / "data" / "demo" / "airflow" / "airflow.db"
    return rows(path, "select dag_id, state from dag_run order by dag_id")


def test_it_ends_well_and_says_what_was_found(first):
    assert first.returncode == 0, first.stdout[-4000:]
    for word in ("evidence sealed", "outcomes", "findings", "gaps", "frameworks", "login"):
        assert word in first.stdout


def test_exactly_one_inspection_runs(copy, first):
    assert len(inspections(copy)) == 1
    assert airflow_runs(copy) == [
        ("collect_evidence", "success"),
        ("judge_evidence", "success"),
        ("report_findings", "success"),
    ]


def test_no_child_is_left(copy, first):
    assert processes_in(copy) == []


def test_nothing_of_the_newcomer_is_read_or_touched(copy, home, first):
    holding = [
        path
        for path in (copy / "data").rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]

    assert CANARY not in first.stdout
    assert holding == []
    assert [path.name for path in (home / ".aws").iterdir()] == ["credentials"]


def test_the_same_day_again_reuses_the_sealed_collection_and_says_so(copy, home, first):
    second = make_run(copy, home)

    assert second.returncode == 0, second.stdout[-4000:]
    assert "reused" in second.stdout
    assert len(inspections(copy)) == 1


# The launch that is killed below begins anew too.
@only_long
def test_again_collects_anew(copy, home, first):
    before = len(inspections(copy))

    third = make_run(copy, home, "AGAIN=1")

    assert third.returncode == 0, third.stdout[-4000:]
    assert "reused" not in third.stdout
    assert len(inspections(copy)) == before + 1


@pytest.mark.parametrize("doing", MOMENTS if LONG else ["collecting"])
def test_killed_in_the_middle_it_is_finished_by_the_next_launch(copy, home, first, doing):
    before = len(inspections(copy))
    log = copy.parent / f"killed-{doing}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["make", "run", "ONCE=1", "AGAIN=1"],
            cwd=copy,
            env=os.environ | PLANTED | {"HOME": str(home)},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    until = time.monotonic() + 240
    while MOMENTS[doing] not in log.read_text() and time.monotonic() < until:
        time.sleep(0.1)

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 60
    while processes_in(copy) and time.monotonic() < until:
        time.sleep(0.2)
    after = make_run(copy, home)

    assert after.returncode == 0, after.stdout[-4000:]
    found = inspections(copy)
    assert len(found) == before + 1
    assert {state for _, state in found} == {"reported"}
