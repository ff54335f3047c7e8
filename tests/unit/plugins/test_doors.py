"""Every route of the web pages names the role it takes, and asks for it before it does anything."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from fakes import roles as fakes
from zicha.catalog.roles import load_roles
from zicha.cli.place import here
from zicha.pipeline.findings.refusals import refusal_rows
from zicha_airflow import slack_actions
from zicha_airflow.login import door, require_login, require_role
from zicha_airflow.pages import PREFIX, app

TABLE = load_roles()
LIN = "lin"


def routes(of, prefix):
    return {
        door(method, route.path).replace(PREFIX, prefix, 1)
        for route in of.routes
        for method in getattr(route, "methods", None) or ["*"]
    }


@pytest.fixture
def logged_in(tmp_path, monkeypatch):
    """The pages, as whoever Airflow says it is sees them, over a scope with this roles.yaml."""

    def client(roles):
        monkeypatch.setenv("ZICHA_DATA", str(tmp_path / "data"))
        monkeypatch.setenv("ZICHA_SCOPE", str(fakes.scope(tmp_path / "scope", roles)))
        monkeypatch.setitem(app.dependency_overrides, require_login, lambda: LIN)
        return TestClient(app)

    return client


def test_every_route_is_named_by_an_act_and_every_act_by_a_route_that_there_is():
    named = {route for act in TABLE.acts for route in act.routes}

    assert named == routes(app, PREFIX) | routes(slack_actions.app, slack_actions.PREFIX)


def test_every_route_of_the_pages_asks_for_login_and_role():
    for route in app.routes:
        assert isinstance(route, APIRoute)
        asked = {each.dependency for each in route.dependencies}
        assert {require_login, require_role} <= asked, route.path


def test_the_route_for_buttons_leads_to_what_buttons_do_and_to_nothing_that_takes_two_people():
    (path,) = routes(slack_actions.app, slack_actions.PREFIX)
    acts = TABLE.acts_at("route", path)

    assert {act.id for act in acts} == {act.id for act in TABLE.acts if act.buttons}
    assert not any(act.second_person for act in acts)


def test_a_route_that_no_act_names_is_shut_to_everybody():
    done = []
    pages = FastAPI(dependencies=app.router.dependencies)
    pages.add_api_route("/new", lambda: done.append("it"), methods=["POST"])
    pages.dependency_overrides[require_login] = lambda: LIN

    answer = TestClient(pages).post("/new")

    assert answer.status_code == 403
    assert "names the route POST /zicha/new" in answer.text
    assert done == []


def test_whoever_may_not_look_gets_403_and_is_on_record(logged_in):
    client = logged_in("unlisted: {airflow: []}\n")

    answers = [client.get("/"), client.get("/reports/r1"), client.post("/findings/f-1/acknowledge")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "airflow:lin may not do this" in answers[0].text
    told = [(row["actor"], row["act"], row["about"]) for row in refusal_rows(here())]
    assert set(told) == {
        ("airflow:lin", "read", "/"),
        ("airflow:lin", "export", "/reports/r1"),
        ("airflow:lin", "acknowledge", "/findings/f-1/acknowledge"),
    }


def test_a_user_of_airflow_whom_nobody_named_may_look_and_decide_nothing(logged_in):
    client = logged_in(None)

    looked = client.get("/")
    decided = client.post("/findings/f-1/acknowledge", headers={"X-Zicha-Act": "yes"})

    assert looked.status_code == 200
    assert decided.status_code == 403
