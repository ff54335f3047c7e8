"""The route for Slack's buttons stands outside the login, and takes nothing that is not signed."""

from __future__ import annotations

import pytest

SERVE = """
import json, os, time, tempfile
from urllib.parse import urlencode
folder = tempfile.mkdtemp()
os.environ["ZICHA_DATA"] = folder
os.environ["ZICHA_CREDENTIAL_SLACK_SIGNING"] = "canary-secret"
from airflow.api_fastapi.app import create_app
from starlette.testclient import TestClient
from zicha.alerts.slack_signature import signature
client = TestClient(create_app("core"))
where = "/zicha-slack/interactivity"
action = {"action_id": "zicha-acknowledge", "value": "0" * 16, "action_ts": "1.2"}
said = {"user": {"id": "U1AB"}, "actions": [action]}
body = urlencode({"payload": json.dumps(said)}).encode()
stamp = str(int(time.time()))
signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature("canary-secret", stamp, body)}
unsigned = client.post(where, content=body)
long = client.post(where, content=b"x" * 200_000, headers=signed)
taken = client.post(where, content=body, headers=signed)
import sqlite3
rows = sqlite3.connect(folder + "/zicha.sqlite").execute(
    "SELECT actor, outcome, because FROM button_presses ORDER BY id").fetchall()
print()
print(json.dumps({
    "unsigned": [unsigned.status_code, unsigned.text], "long": long.status_code,
    "taken": [taken.status_code, taken.text], "rows": rows,
    "others": [client.get(where).status_code, client.get("/zicha-slack/docs").status_code,
               client.get("/zicha-slack/openapi.json").status_code],
}))
"""


@pytest.fixture(scope="module")
def served(run_python):
    return run_python(SERVE, migrate=True)


def test_a_request_that_is_not_signed_or_too_long_hears_only_the_refusal(served):
    assert served["unsigned"] == [401, ""]
    assert served["long"] == 401


def test_a_signed_press_without_a_role_is_recorded_and_its_refusal_is_no_error_of_slacks(served):
    assert served["taken"] == [200, ""]
    assert [row[1:] for row in served["rows"]] == [
        ["spoofed", "unsigned"],
        ["spoofed", "too-long"],
        ["refused", "nothing-stands"],
    ]


def test_there_is_nothing_else_under_the_route(served):
    assert served["others"]
    assert set(served["others"]) <= {404, 405}
