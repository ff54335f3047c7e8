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
secret() { od -An -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }
fernet=$(.venv/bin/python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())')
{
    echo "ZICHA_SCOPE_FOLDER=$PWD/include/scope/example"
    echo "POSTGRES_PASSWORD=$(secret 16)"
    echo "AIRFLOW_DATABASE_PASSWORD=$(secret 16)"
    echo "ZICHA_DATABASE_PASSWORD=$(secret 16)"
    echo "AIRFLOW_JWT_SECRET=$(secret 64)"
    echo "AIRFLOW_SECRET_KEY=$(secret 32)"
    echo "AIRFLOW_FERNET_KEY=$fernet"
} >"$settings"
ZICHA_ENV_FILE=$settings docker compose -p "$project" --env-file "$settings" up -d --build --wait --wait-timeout 300
docker compose -p "$project" --env-file "$settings" exec -T scheduler airflow dags list
