"""Deciding inside the real Airflow server: only the roles of our own file let anybody decide."""

from __future__ import annotations

import pytest

SERVE = """
import json, os, shutil, sys
from datetime import datetime, UTC
from pathlib import Path

tests, home = Path(TESTS), Path(os.environ["AIRFLOW_HOME"])
sys.path.insert(0, str(tests))
os.environ["ZICHA_DATA"] = str(home / "data")
os.environ["ZICHA_SCOPE"] = str(tests.parent / "include" / "scope" / "example")

from datetime import timedelta
from fakes.findings import plant
from zicha.pipeline.findings.refusals import refusal_rows
from zicha.pipeline.findings.waiving import request_waiver, waiver_document
from zicha.pipeline.workplace import open_workplace

place = open_workplace(os.environ)
now = place.clock()
plant(place, now)
until = (now + timedelta(days=30)).date().isoformat()
body = {"finding": "f-1", "because": "borne", "expires": until}
mine = request_waiver(place, body, "airflow:demo-security-owner")["id"]

from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from starlette.testclient import TestClient

app = create_app("core")

def logged_in(name, role="admin"):
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role=role))
    return TestClient(app, headers={"Authorization": "Bearer " + token})

ACT = {"X-Zicha-Act": "yes"}
ACK, APPROVE = "/zicha/findings/f-1/acknowledge", f"/zicha/decisions/{mine}/approve"
owner, nobody = logged_in("demo-security-owner"), logged_in("somebody")
said = {
    "anonymous": TestClient(app).post(ACK, headers=ACT).status_code,
    "without_header": owner.post(ACK).status_code,
    "elsewhere": owner.post(ACK, headers=ACT | {"Origin": "https://evil.example"}).status_code,
    "no_role": [nobody.post(ACK, headers=ACT).status_code, nobody.post(ACK, headers=ACT).text],
    "by_get": owner.get(ACK, headers=ACT).status_code,
    "own": [owner.post(APPROVE, headers=ACT).status_code, owner.post(APPROVE, headers=ACT).text],
    "state": waiver_document(place, mine)["state"],
    "ack": [(r := owner.post(ACK, headers=ACT)).status_code, r.json()],
}
# An organisation that shows its pages to whom it names, and to nobody else.
strict = home / "strict"
shutil.copytree(os.environ["ZICHA_SCOPE"], strict)
roles = strict / "roles.yaml"
roles.write_text(roles.read_text("utf-8") + "unlisted: {airflow: []}", encoding="utf-8")
os.environ["ZICHA_SCOPE"] = str(strict)
said["strict"] = {
    who: [client.get(path).status_code for path in ("/zicha/", "/zicha/style.css", "/zicha/no")]
    for who, client in (("nobody", nobody), ("owner", owner), ("anonymous", TestClient(app)))
}
said["refusals"] = [[row["actor"], row["act"], row["about"], row["verified"]] for row in refusal_rows(place)]
print()
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def served(run_python, request):
    tests = str(request.config.rootpath / "tests")
    return run_python(f"TESTS = {tests!r}\n" + SERVE, migrate=True)


def test_a_decision_takes_a_login_a_header_and_the_same_site(served):
    assert served["anonymous"] == 401
    assert (served["without_header"], served["elsewhere"]) == (403, 403)
    assert served["by_get"] == 404


def test_an_administrator_of_airflow_without_our_role_is_refused(served):
    code, text = served["no_role"]

    assert code == 403
    assert "it takes the role engineer or officer" in text


def test_whoever_asked_for_a_waiver_cannot_approve_it_here_either(served):
    assert served["own"][0] == 403
    assert "another person must decide" in served["own"][1]
    assert served["state"] == "requested"


def test_a_decision_is_recorded_with_the_user_that_airflow_verified(served):
    code, row = served["ack"]

    assert (code, row["before"], row["after"]) == (200, "open", "acknowledged")


def test_whom_the_scope_leaves_no_role_sees_no_page_and_that_is_on_record(served):
    assert served["strict"] == {
        "nobody": [403, 200, 404],
        "owner": [200, 200, 404],
        "anonymous": [401, 401, 401],
    }
    assert ["airflow:somebody", "read", "/zicha/", True] in served["refusals"]


def test_every_refused_decision_is_on_record_with_the_user_that_airflow_verified(served):
    told = [row[:3] for row in served["refusals"]]

    assert ["airflow:somebody", "acknowledge", "f-1"] in told
    assert any(row[:2] == ["airflow:demo-security-owner", "approve-waiver"] for row in told)
