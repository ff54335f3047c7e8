"""docker-compose.yaml as text: where there is no engine to start it, its shape is held."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fakes.compose import RequiredVariableError, composed, env_file, interpolated
from zicha.model.errors import ConfigError
from zicha.pipeline.alerts.destinations import CREDENTIAL
from zicha.pipeline.alerts.slack_worker import APP_TOKEN
from zicha.pipeline.workplace import Settings
from zicha.sources.credentials import EnvironmentCredentials

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
AIRFLOW = ("init", "apiserver", "scheduler", "dag-processor", "triggerer")
KNOWN_KEYS = {
    *("image", "build", "restart", "env_file", "environment"),
    *("volumes", "depends_on", "command", "ports", "healthcheck"),
    *("cap_drop", "security_opt", "profiles", "read_only", "tmpfs", "secrets"),
}


def test_every_component_of_airflow_and_one_postgres_are_there():
    assert sorted(SERVICES) == sorted((*AIRFLOW, "postgres", "slack-worker"))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_uses_only_keys_that_compose_knows(name):
    assert set(SERVICES[name]) <= KNOWN_KEYS


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "init"])
def test_every_service_that_stays_has_a_health_check(name):
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", [*AIRFLOW[1:], "slack-worker"])
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

    # These say where a secret is, or which channel: none is a secret.
    assert used - without_default == {
        *("ZICHA_ENV_FILE", "ZICHA_SLACK_TOKEN_FILE", "ZICHA_SLACK_APP_TOKEN_FILE"),
        *("ZICHA_SLACK_CHANNEL", "ZICHA_SLACK_HEALTH_CHANNEL"),
    }
    assert without_default <= offered


def test_the_example_env_file_holds_no_secret():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if re.match(r"[A-Z_]+=.", line)] == []


def test_every_setting_of_ours_that_a_component_reads_can_be_given_in_the_env_file():
    # What compose itself sets needs no line; the rest reaches every component by env_file.
    asked: set[str] = set()

    class Asks(dict):
        def get(self, name, default=None):
            asked.add(name)
            return default

    Settings.of(Asks())
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    offered = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))

    assert asked - set(SERVICES["scheduler"]["environment"]) <= offered
    assert all(SERVICES[name]["env_file"] for name in AIRFLOW)


def test_the_worker_of_the_buttons_starts_only_when_asked_and_gets_what_it_needs_alone():
    worker = SERVICES["slack-worker"]
    given = set(worker["environment"])

    assert worker["profiles"] == ["slack"]
    assert worker["cap_drop"] == ["ALL"]
    assert worker["read_only"]
    assert not {"env_file", "ports", "build"} & set(worker)
    assert not [name for name in given if name.startswith(("AIRFLOW", "POSTGRES"))]
    for name in worker["secrets"]:
        said = f"ZICHA_CREDENTIAL_{name.upper().replace('-', '_')}_FILE"
        assert worker["environment"][said] == f"/run/secrets/{name}"
        assert COMPOSE["secrets"][name]["file"].endswith(f".secrets/{name}}}")
    assert ".secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_worker_of_the_buttons_reads_its_credentials_by_the_names_it_asks_for():
    read = EnvironmentCredentials(SERVICES["slack-worker"]["environment"])

    for name in (CREDENTIAL, APP_TOKEN):
        with pytest.raises(ConfigError, match=f"cannot read /run/secrets/{name} "):
            read.secret(name)


def test_the_worker_of_the_buttons_is_well_while_its_file_is_fresh(tmp_path):
    script = SERVICES["slack-worker"]["healthcheck"]["test"][-1]
    alive = tmp_path / "alive"
    ask = [sys.executable, "-c", script.replace("/tmp/alive", str(alive))]

    def is_well():
        return subprocess.run(ask, capture_output=True, check=False).returncode == 0

    assert not is_well()
    alive.touch()
    assert is_well()
    os.utime(alive, (0, 0))
    assert not is_well()


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


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What `make env` writes, and where."""
    path = tmp_path_factory.mktemp("env") / ".env"
    ran = _make_env(path, "--scope", str(ROOT / "include" / "scope" / "example"))
    assert ran.returncode == 0, ran.stderr
    return path


def _make_env(path, *words):
    command = [sys.executable, str(ROOT / "docker" / "write_env.py"), "--file", str(path), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_make_env_writes_is_all_that_compose_asks_for(written):
    services = composed(env_file(written))

    assert "postgresql+psycopg://zicha:" in services["init"]["environment"]["ZICHA_DATABASE_URL"]


def test_compose_refuses_to_start_when_any_one_secret_is_missing(written):
    given = env_file(written)
    required = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))

    for name in required:
        with pytest.raises(RequiredVariableError, match=name):
            composed(given | {name: ""})
    assert len(required) == 8


def test_the_env_file_is_for_its_owner_only_and_each_has_secrets_of_its_own(written, tmp_path):
    _make_env(tmp_path / "other")

    mine, other = env_file(written), env_file(tmp_path / "other")
    secrets = [name for name in mine if name.endswith(("PASSWORD", "SECRET", "KEY"))]
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert len(secrets) == 6
    assert all(len(mine[name]) >= 44 and mine[name] != other[name] for name in secrets)
    assert len({mine[name] for name in secrets}) == 6


def test_an_env_file_in_use_is_never_overwritten(written):
    before = written.read_bytes()

    ran = _make_env(written)

    assert ran.returncode == 2
    assert "it is kept" in ran.stderr
    assert written.read_bytes() == before
    assert [p.name for p in written.parent.iterdir()] == [".env"]


def test_a_scope_that_is_no_folder_writes_nothing(tmp_path):
    ran = _make_env(tmp_path / ".env", "--scope", str(tmp_path / "nowhere"))

    assert (ran.returncode, list(tmp_path.iterdir())) == (2, [])


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("${A:-x}", {}, "x"),
        ("${A:-x}", {"A": ""}, "x"),
        ("${A-x}", {"A": ""}, ""),
        ("${A}", {}, ""),
        ("$$A ${A:?why}", {"A": "1"}, "$A 1"),
    ],
)
def test_the_tests_interpolate_as_the_compose_specification_says(text, given, said):
    # https://docs.docker.com/reference/compose-file/interpolation/
    assert interpolated(text, given) == said


def test_every_command_is_one_that_the_environment_has(run_python):
    airflow = {SERVICES[name]["command"][1] for name in AIRFLOW[1:]}
    script = """
import json
from airflow.cli.cli_parser import airflow_commands
print(json.dumps([command.name for command in airflow_commands]))
"""

    assert airflow <= set(run_python(script))
    assert {SERVICES[name]["command"][0] for name in AIRFLOW[1:]} == {"airflow"}
    assert "airflow db migrate" in SERVICES["init"]["command"][2]
    assert (ROOT / "include" / "zicha" / "pipeline" / "database_made.py").is_file()


def test_every_airflow_setting_is_one_that_airflow_knows(run_python):
    script = """
import json
from airflow.configuration import conf
described = conf.configuration_description
print(json.dumps([f"{s}.{k}".upper() for s, said in described.items() for k in said["options"]]))
"""
    known = set(run_python(script))
    named = {
        name.removeprefix("AIRFLOW__").replace("__", ".")
        for name in SERVICES["scheduler"]["environment"]
        if name.startswith("AIRFLOW__")
    }

    assert named - known == set()


def test_the_image_is_not_root_and_holds_only_what_is_named():
    lines = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line.startswith("USER")] == ["USER zicha"]
    assert "--require-hashes" in "".join(lines)
    assert "*" in let_in
    copied = {word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]}
    assert copied <= {line.removeprefix("!") for line in let_in}
    assert not any(word in "".join(lines) for word in ("PASSWORD", "SECRET", "KEY="))


def test_the_image_takes_the_versions_that_the_tests_ran_with():
    pin = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
    whole = dict(pin.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    image = dict(pin.findall((ROOT / "docker" / "requirements.lock").read_text(encoding="utf-8")))

    assert {name: v for name, v in image.items() if whole.get(name) != v} == {}
    assert image.keys() < whole.keys()
    assert image.keys() & {"moto", "pytest", "mypy", "playwright"} == set()


def test_a_scope_folder_may_have_a_blank_in_its_name_and_no_sign_that_ends_it(tmp_path):
    (tmp_path / "our scope").mkdir()
    (tmp_path / "a:b").mkdir()

    ran = _make_env(tmp_path / "one.env", "--scope", str(tmp_path / "our scope"))
    refused = _make_env(tmp_path / "two.env", "--scope", str(tmp_path / "a:b"))

    assert ran.returncode == 0
    assert f"ZICHA_SCOPE_FOLDER={tmp_path}/our scope\n" in (tmp_path / "one.env").read_text("utf-8")
    assert (refused.returncode, "has ':' in it" in refused.stderr) == (2, True)
    assert not (tmp_path / "two.env").exists()
