"""Roles: the table is whole, the scope may narrow it, and every door leads to an act."""

from __future__ import annotations

import pytest
import yaml

from fakes import roles as fakes
from zicha.alerts.slack import ACTIONS
from zicha.catalog.roles import (
    RoleTable,
    door_refusal,
    holders,
    load_roles,
    refusal,
    roles_anywhere,
    roles_of,
)
from zicha.catalog.roots import catalog_dir, project_root
from zicha.catalog.scope import load_scope
from zicha.catalog.yaml_files import parse_model
from zicha.model.errors import ConfigError
from zicha.pipeline.alerts import waiver_asking

LIN = "airflow:lin"
TABLE = load_roles()
ENGINEER_OF_BILLING = f"""
roles:
  - id: engineer
    title: {{zh: 运维, en: engineer}}
    actors: ["{LIN}"]
    systems: [billing]
    acts_as: [engineer]
"""
APPROVER_AT_A_TERMINAL = f"""
roles:
  - id: approver
    title: {{zh: 审批人, en: approver}}
    actors: ["os:0@desk", "{LIN}"]
    acts_as: [approver]
"""


def scope(folder, roles=None):
    return load_scope(fakes.scope(folder / "scope", roles))


def changed(change):
    found = yaml.safe_load((catalog_dir() / "roles.yaml").read_text("utf-8"))
    change({act["id"]: act for act in found["acts"]})
    return found


def test_every_button_leads_to_an_act_and_every_act_of_a_button_to_one_that_there_is():
    named = {button for act in TABLE.acts for button in act.buttons}

    assert {f"zicha-{button}" for button in named} == set(ACTIONS)
    assert [act.id for act in TABLE.acts_at("button", "waive-request")] == [waiver_asking.ACT]


def test_every_dag_that_asks_a_person_is_named_with_the_role_that_may_answer():
    asking = {
        path.stem
        for path in (project_root() / "dags").glob("*.py")
        if "AskApproval" in path.read_text("utf-8") or "HITL" in path.read_text("utf-8")
    }

    named = [(dag, act) for act in TABLE.acts for dag in act.dags]

    assert asking == {dag for dag, _ in named}
    assert asking == {dag for dag, act in named if act.second_person}


def test_an_act_that_takes_two_people_is_out_of_reach_of_a_terminal_whatever_its_role(tmp_path):
    there = scope(tmp_path, APPROVER_AT_A_TERMINAL)
    deciding = [act for act in TABLE.acts if act.second_person]

    assert {act.id for act in deciding} >= {"approve-filing", "approve-waiver"}
    assert all("verifies nobody" in refusal(there, "os:0@desk", act) for act in deciding)
    assert not any(refusal(there, LIN, act) for act in deciding)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda acts: acts["read"].pop("takes"), "give takes, or anybody"),
        (lambda acts: acts["read"].update(anybody=True), "give takes, or anybody"),
        (lambda acts: acts["read"].update(takes=["boss"]), "read|takes"),
        (lambda acts: acts["inspect"]["commands"].append("gaps"), "leads to several acts"),
    ],
)
def test_a_table_that_leaves_open_who_may_is_refused(change, says):
    with pytest.raises(ConfigError, match=says):
        parse_model(changed(change), RoleTable, "roles.yaml")


def test_whom_no_role_names_has_what_the_channel_gives_or_what_the_scope_leaves(tmp_path):
    there = scope(tmp_path, "unlisted: {os: [viewer], airflow: []}\n")

    assert roles_of(there, "os:0@desk") == {"viewer"}
    assert roles_of(there, LIN) == roles_of(there, "smoke-signal:1") == roles_of(there, "") == set()
    assert roles_of(there, "slack:U1") == {"viewer"}


def test_the_scope_cannot_give_more_to_whom_no_role_names(tmp_path):
    with pytest.raises(ConfigError, match=r"unlisted\.airflow: approver is more than"):
        scope(tmp_path, "unlisted: {airflow: [viewer, approver]}\n")


def test_a_role_for_one_system_holds_there_and_lets_its_holder_look_at_all(tmp_path):
    there = scope(tmp_path, ENGINEER_OF_BILLING)

    assert roles_of(there, LIN, ["billing"]) == {"engineer", "viewer"}
    assert roles_of(there, LIN, ["billing", "portal"]) == roles_of(there, LIN) == {"viewer"}
    assert roles_anywhere(there, LIN) == {"engineer", "viewer"}
    assert holders(there, "engineer", ["billing"]) == {LIN}
    assert holders(there, "engineer") == set()


@pytest.mark.parametrize(
    ("systems", "passes"), [(["billing"], True), (["portal"], False), ([], False)]
)
def test_an_act_about_a_subject_takes_the_role_for_its_systems(tmp_path, systems, passes):
    there = scope(tmp_path, ENGINEER_OF_BILLING)

    why = door_refusal(there, LIN, [TABLE.act("draft-filing")], lambda: systems)

    assert (why == "") is passes


def test_nobody_asks_for_the_systems_of_whom_no_system_could_help(tmp_path):
    there = scope(tmp_path, ENGINEER_OF_BILLING)

    def never():
        raise AssertionError("it was asked")

    assert "officer" in door_refusal(there, LIN, [TABLE.act("run-order")], never)
    assert door_refusal(there, "os:0@desk", [TABLE.act("run-order")], never) == ""
