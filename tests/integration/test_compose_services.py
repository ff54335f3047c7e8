"""docker-compose.yaml for real, without containers: every service healthy, one inspection done."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fakes.compose import ROOT, env_file
from fakes.composed_airflow import LASTING, composed_airflow
from fakes.postgres import PostgresUnavailableError, postgres_server
from zicha.storage import outcomes, runs
from zicha.storage.database import open_database

pytestmark = [pytest.mark.scheduler, pytest.mark.slow, pytest.mark.timeout(1500)]

RECORDED = ["recorded-host", "demo-cloudtrail", "demo-register"]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    if shutil.which("psql") is None:
        pytest.skip("no psql here: apt-get install postgresql-client")
    home = tmp_path_factory.mktemp("composed")
    settings = home / "env"
    command = [sys.executable, str(ROOT / "docker" / "write_env.py"), "--file", str(settings)]
    scope = ROOT / "include" / "scope" / "example"
    subprocess.run([*command, "--scope", str(scope)], check=True, capture_output=True)
    try:
        with (
            postgres_server(
                superuser="postgres", password=env_file(settings)["POSTGRES_PASSWORD"]
            ) as server,
            composed_airflow(home, settings, server) as started,
        ):
            yield started
    except PostgresUnavailableError as error:
        pytest.skip(str(error))


def test_every_service_becomes_healthy_by_its_own_check(running):
    for name in LASTING:
        assert running.wait(lambda name=name: running.is_healthy(name)), name


def test_neither_database_opens_to_the_owner_of_the_other(running):
    ours = running.env["ZICHA_DATABASE_URL"].replace("+psycopg", "")

    ran = running.run(["psql", ours.rpartition("/")[0] + "/airflow", "-c", "SELECT 1"])

    assert ran.returncode != 0
    assert "permission denied" in ran.stderr


def test_an_inspection_passes_and_leaves_its_verdicts_in_our_own_database(running):
    airflow = running.wait(lambda: running.is_healthy("apiserver")) and running.admin()
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    for dag in ("judge_evidence", "collect_evidence"):
        running.wait(lambda dag=dag: dag in str(airflow._ask("GET", "/api/v2/dags?limit=100")))
        airflow.unpause(dag)

    airflow.trigger("collect_evidence", day, {"sources": RECORDED})
    state = running.wait(lambda: _ended(airflow, day))

    assert state == "success", airflow.runs("judge_evidence", day)
    database = open_database(running.env["ZICHA_DATABASE_URL"])
    with database.read() as connection:
        run = runs.latest(connection)
        assert run is not None
        assert (run.day, run.state) == (day, "judged")
        assert outcomes.of_run(connection, run.id)
    database.close()


def _ended(airflow, day):
    states = [run["state"] for run in airflow.runs("judge_evidence", day)]
    return next((state for state in states if state in ("success", "failed")), None)
