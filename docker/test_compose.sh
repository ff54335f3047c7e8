#!/bin/sh
# Start docker-compose.yaml with throw-away secrets, wait until it is healthy, and take it down.
set -eu
docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1 || {
    echo "skipped: no docker engine with the compose plugin here" >&2
    exit 77
}
folder=$(mktemp -d)
project="zicha-test-$$"
settings="$folder/env"
trap 'docker compose -p "$project" --env-file "$settings" down -v --timeout 10 >/dev/null 2>&1; rm -rf "$folder"' EXIT
.venv/bin/python docker/write_env.py --scope include/scope/example --file "$settings" >/dev/null
ZICHA_ENV_FILE=$settings docker compose -p "$project" --env-file "$settings" up -d --build --wait --wait-timeout 300
docker compose -p "$project" --env-file "$settings" exec -T scheduler airflow dags list
