"""The template of the queue: its references lead somewhere, and it asks for what we route."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from zicha.catalog.event_routes import load_routes

PATH = Path(__file__).resolve().parents[3] / "deploy" / "cloudformation" / "change-notices.yaml"


class Loader(yaml.SafeLoader):
    """Reads the short forms of references as pairs of name and argument."""


Loader.add_constructor("!Ref", lambda loader, node: {"Ref": loader.construct_scalar(node)})
Loader.add_constructor(
    "!GetAtt", lambda loader, node: {"Ref": loader.construct_scalar(node).partition(".")[0]}
)


@pytest.fixture(scope="module")
def template():
    return yaml.load(PATH.read_text(encoding="utf-8"), Loader)


def references(node):
    if isinstance(node, dict):
        if set(node) == {"Ref"}:
            yield node["Ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_leads_to_a_resource_or_a_parameter(template):
    known = template["Resources"].keys() | template["Parameters"].keys()

    assert set(references(template)) <= known


def test_the_queue_keeps_what_dies_and_admits_only_its_own_rules(template):
    made = template["Resources"]
    rules = {name for name, one in made.items() if one["Type"] == "AWS::Events::Rule"}
    (sends, tls) = made["NoticesPolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert made["Notices"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] == {
        "Ref": "DeadNotices"
    }
    assert set(references(sends["Condition"])) == rules
    assert tls["Effect"] == "Deny"


def test_the_reader_may_do_nothing_but_receive_delete_and_put_aside(template):
    said = template["Resources"]["Reader"]["Properties"]["PolicyDocument"]["Statement"]

    assert {a for one in said for a in one["Action"]} == {
        "sqs:DeleteMessage",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    }


def test_every_service_with_routes_is_asked_for(template):
    wanted = template["Resources"]["ManagementEvents"]["Properties"]["EventPattern"]["source"]
    routed = {source.removesuffix(".amazonaws.com") for source, _ in load_routes().by_event}

    assert {f"aws.{name}" for name in routed} == set(wanted)


def test_every_type_of_resource_with_a_route_is_asked_for(template):
    pattern = template["Resources"]["ConfigurationItems"]["Properties"]["EventPattern"]

    assert set(pattern["detail"]["configurationItem"]["resourceType"]) == set(
        load_routes().by_resource
    )
