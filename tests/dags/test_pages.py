"""The pages inside the real Airflow server: whoever is not logged in gets 401, whatever they ask."""

from __future__ import annotations

import pytest

SERVE = """
import json, sys, types, hashlib
from pathlib import Path
from contextlib import contextmanager

home = Path(__import__("os").environ["AIRFLOW_HOME"])
(home / "reports").mkdir(exist_ok=True)
(home / "reports" / "自查.docx").write_bytes(b"the report")
(home / "reports" / "changed.docx").write_bytes(b"something else")
(home.parent / "outside.txt").write_bytes(b"outside")
digest = "sha256:" + hashlib.sha256(b"the report").hexdigest()
outside = "sha256:" + hashlib.sha256(b"outside").hexdigest()
HOSTILE = "<script>alert(1)</script>"
OVERVIEW = {
    "run": "2026-11-21-001", "day": "2026-11-21", "state": "reported", "demo": True,
    "system_names": {"billing": {"zh": "计费系统 " + HOSTILE, "en": "Billing " + HOSTILE}},
    "outcomes": {"pass": 3, "fail": 1, "unknown": 1},
    "gaps": [{"source": HOSTILE, "reason": "refused", "permission": "s3:GetBucketPolicy",
              "since": "2026-11-21", "remedy": "grant s3:GetBucketPolicy", "affects": 2,
              "what_to_do": {"zh": "授予 " + HOSTILE, "en": "grant " + HOSTILE}}],
    "findings": [{"id": "f1", "state": "open", "severity": "critical", "risk": "high",
                  "subject": HOSTILE, "expectation": "aws/s3_buckets/x", "systems": ["billing"],
                  "opened": "2026-11-21", "due": None, "owner": ""}],
    "frameworks": [{"id": "mlps-l3", "title": {"zh": "等保三级", "en": "MLPS level 3"},
                    "system": "billing", "counts": {"conforming": 1}, "rate": 50.0,
                    "range": [25.0, 75.0]}],
    "cells": {"billing": {"conforming": 1, "undetermined": 2}},
    "reports": [
        {"id": "r1", "path": "reports/自查.docx", "format": "docx", "lang": "zh",
         "digest": digest, "system": "billing"},
        {"id": "r2", "path": "reports/changed.docx", "format": "docx", "lang": "zh",
         "digest": digest, "system": "billing"},
        {"id": "r3", "path": "../outside.txt", "format": "docx", "lang": "zh",
         "digest": outside, "system": "billing"},
    ],
}

import zicha.pipeline
from zicha.catalog.roots import project_root
from zicha.catalog.scope import load_scope
import zicha_airflow.workplace as workplace
scope = load_scope(project_root() / "include" / "scope" / "example")
@contextmanager
def here():
    yield types.SimpleNamespace(data=home, scope=scope)
workplace.here = here
zicha.pipeline.overview = lambda place: OVERVIEW

from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from starlette.routing import Mount
from starlette.testclient import TestClient

app = create_app("core")
mounted = [r.app for r in app.routes if isinstance(r, Mount) and r.path == "/zicha"]
routes = []
for route in mounted[0].routes:
    for method in sorted(getattr(route, "methods", None) or ["GET"]):
        routes.append([method, "/zicha" + route.path.replace("{report_id}", "r1")
                       .replace("{anything:path}", "any/thing")])
extra = [["GET", "/zicha/" + p] for p in
         ("docs", "redoc", "openapi.json", "static/x.css", "docs/oauth2-redirect", "../zicha/")]
extra += [[m, "/zicha/"] for m in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")]
anonymous = TestClient(app, follow_redirects=True)
token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="reader", role="viewer"))
reader = TestClient(app, headers={"Authorization": "Bearer " + token})
cookie = TestClient(app, cookies={"_token": token})
page = reader.get("/zicha/")
asked = anonymous.get("/zicha/", headers={"Accept": "text/html,*/*"})
report = reader.get("/zicha/reports/r1")
print()
print(json.dumps({
    "mounted": len(mounted),
    "routes": routes,
    "anonymous": [[m, p, anonymous.request(m, p).status_code] for m, p in routes + extra],
    "forged": anonymous.get("/zicha/", headers={"Authorization": "Bearer x.y.z"}).status_code,
    "browser": [asked.status_code, asked.text, dict(asked.headers)],
    "without_slash": anonymous.get("/zicha").status_code,
    "refused": dict(anonymous.get("/zicha/").headers),
    "page": [page.status_code, page.text, dict(page.headers)],
    "english": reader.get("/zicha/?lang=en").text,
    "cookie": cookie.get("/zicha/").status_code,
    "docs": [reader.get("/zicha/" + p).status_code for p in ("docs", "redoc", "openapi.json")],
    "post": reader.post("/zicha/").status_code,
    "style": reader.get("/zicha/style.css").headers["content-type"],
    "report": [report.status_code, report.text, dict(report.headers)],
    "changed": reader.get("/zicha/reports/r2").status_code,
    "outside": reader.get("/zicha/reports/r3").status_code,
    "unlisted": reader.get("/zicha/reports/%2e%2e%2fworkplace.json").status_code,
}))
"""


@pytest.fixture(scope="module")
def served(run_python):
    return run_python(SERVE, migrate=True)


def test_the_pages_are_mounted_once(served):
    assert served["mounted"] == 1
    assert ["GET", "/zicha/"] in served["routes"]


def test_an_anonymous_request_gets_401_on_every_route(served):
    assert [asked for asked in served["anonymous"] if asked[2] != 401] == []
    assert served["without_slash"] == 401


def test_a_browser_that_is_refused_is_shown_the_way_to_the_login(served):
    status, page, headers = served["browser"]

    assert status == 401
    assert 'href="/auth/login?next=%2Fzicha%2F"' in page
    assert "2026-11-21" not in page
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_a_forged_token_is_refused(served):
    assert served["forged"] in (401, 403)


def test_a_viewer_reads_the_page_with_a_token_or_with_the_cookie_of_the_login(served):
    assert served["page"][0] == 200
    assert served["cookie"] == 200


def test_what_a_source_said_stays_text(served):
    text = served["page"][1]

    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_page_says_that_it_is_an_estimate_and_shows_demo_data(served):
    assert "自查预估" in served["page"][1]
    assert "演示数据" in served["page"][1]
    assert "a self-estimate, not an assessment conclusion" in served["english"]
    assert "25.0 % – 75.0 %" in served["page"][1]


def test_every_answer_is_confined_refusals_included(served):
    for headers in (served["page"][2], served["refused"], served["report"][2]):
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_there_is_no_generated_documentation_and_nothing_to_write_to(served):
    assert served["docs"] == [404, 404, 404]
    assert served["post"] == 404
    assert served["style"].startswith("text/css")


def test_a_listed_report_leaves_as_an_attachment_with_its_bytes(served):
    status, body, headers = served["report"]

    assert (status, body) == (200, "the report")
    assert headers["content-disposition"].startswith("attachment;")
    assert "%E8%87%AA%E6%9F%A5.docx" in headers["content-disposition"]


def test_a_report_whose_bytes_changed_is_not_handed_out(served):
    assert served["changed"] == 409


def test_nothing_outside_the_data_folder_and_nothing_unlisted_is_handed_out(served):
    assert served["outside"] == 404
    assert served["unlisted"] == 404
