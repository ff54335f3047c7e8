#!/bin/sh
# Two databases, each with an owner of its own: Airflow's state may be cleaned, ours may not.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 \
    --set airflow_password="$AIRFLOW_DATABASE_PASSWORD" \
    --set zicha_password="$ZICHA_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE DATABASE airflow OWNER airflow;
CREATE ROLE zicha LOGIN PASSWORD :'zicha_password';
CREATE DATABASE zicha OWNER zicha;
REVOKE CONNECT ON DATABASE airflow FROM PUBLIC;
REVOKE CONNECT ON DATABASE zicha FROM PUBLIC;
SQL
