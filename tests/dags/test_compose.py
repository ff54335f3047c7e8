"""docker-compose.yaml as text: where there is no engine to start it, its shape is held."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
AIRFLOW = ("init", "apiserver", "scheduler", "dag-processor", "triggerer")
KNOWN_KEYS = {
    *("image", "build", "restart", "env_file", "environment"),
    *("volumes", "depends_on", "command", "ports", "healthcheck"),
}


def test_every_component_of_airflow_and_one_postgres_are_there():
    assert sorted(SERVICES) == sorted((*AIRFLOW, "postgres"))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_uses_only_keys_that_compose_knows(name):
    assert set(SERVICES[name]) <= KNOWN_KEYS


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "init"])
def test_every_service_that_stays_has_a_health_check(name):
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", AIRFLOW[1:])
def test_nothing_starts_before_the_database_is_migrated(name):
    assert SERVICES[name]["depends_on"] == {"init": {"condition": "service_completed_successfully"}}


def test_every_secret_comes_from_the_env_file_and_has_no_default():
    used = set(re.findall(r"\$\{([A-Z_]+)[^}]*\}", TEXT))
    without_default = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))
    offered = set(
        re.findall(
            r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
        )
    )

    assert used - without_default == {"ZICHA_ENV_FILE"}
    assert without_default <= offered


def test_the_example_env_file_holds_no_secret():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if re.match(r"[A-Z_]+=.", line)] == []


def test_airflow_and_we_have_a_database_each():
    settings = SERVICES["scheduler"]["environment"]

    assert settings["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].endswith("@postgres/airflow")
    assert settings["ZICHA_DATABASE_URL"].endswith("@postgres/zicha")


def test_the_web_server_listens_on_loopback_unless_somebody_changes_it():
    assert SERVICES["apiserver"]["ports"] == ["127.0.0.1:8080:8080"]


def test_volumes_that_are_used_are_declared():
    named = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume[0].isalpha()
    }

    assert named == set(COMPOSE["volumes"])
