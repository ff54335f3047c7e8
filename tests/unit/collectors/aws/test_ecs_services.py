"""What a container service may do, and what of its tasks is never kept."""

from __future__ import annotations

import json

import pytest

from fakes.aws import REFUSED, Cut
from fakes.aws_examples import arn
from fakes.aws_services import container, ecs_service, ecs_services
from zicha.collectors.aws.ecs_services import COLLECTOR
from zicha.model.evidence import Answer, Unread
from zicha.model.verdict import Reason


def table(account):
    return COLLECTOR.table(COLLECTOR.fetch(account))


def row(*services, **told):
    (only,) = table(ecs_services(*(services or [ecs_service("a")]), **told)).rows
    return only


def test_one_privileged_container_of_several_is_enough():
    found = row(containers=[container(), container(name="agent", privileged=True)])

    assert found["runs_privileged"] is True


@pytest.mark.parametrize(
    ("task", "shares"),
    [
        ({"networkMode": "awsvpc"}, False),
        ({"networkMode": "host"}, True),
        ({"networkMode": "bridge", "pidMode": "host"}, True),
        ({"networkMode": "bridge", "pidMode": "task"}, False),
    ],
)
def test_a_task_shares_its_host_by_network_or_by_processes(task, shares):
    assert row(**task)["shares_the_host"] is shares


@pytest.mark.parametrize(
    ("log", "keeps"),
    [
        ({"logDriver": "awslogs"}, True),
        ({"logDriver": "none"}, False),
        (None, False),
    ],
)
def test_every_container_needs_somewhere_for_its_output(log, keeps):
    other = container(name="b", logConfiguration=log)

    assert row(containers=[container(), other])["keeps_logs"] is keeps


def test_a_task_without_a_container_is_no_harmless_one():
    account = ecs_services(ecs_service("a"))
    key = ("describe_task_definition", arn("ecs", "task-definition/a:1"))
    account.answers[key] = {"taskDefinition": {"containerDefinitions": []}}

    (found,) = table(account).rows

    unread = {name for name, cell in found.items() if isinstance(cell, Unread)}
    assert unread == {"runs_privileged", "shares_the_host", "keeps_logs"}


def test_a_service_whose_machines_have_the_network_is_judged_there():
    assert row(ecs_service("a", networkConfiguration=None))["has_public_address"] is None


def test_the_cluster_says_whether_it_is_watched_and_its_refusal_costs_that_cell():
    account = ecs_services(ecs_service("a"))
    account.answers["describe_clusters", arn("ecs", "cluster/main")] = REFUSED

    (found,) = table(account).rows

    assert found["is_watched"].permission == "ecs:DescribeClusters"
    assert found["runs_privileged"] is False


def test_a_cut_listing_of_services_is_no_complete_place():
    account = ecs_services(ecs_service("a"), ecs_service("b"))
    key = ("list_services", arn("ecs", "cluster/main"))
    account.answers[key] = Cut({"serviceArns": [ecs_service("a")["serviceArn"]]})

    found = table(account)

    assert len(found.rows) == 1
    assert [state.reason for state in found.states.values()] == [Reason.PARTIAL]


def test_variables_of_containers_are_never_kept():
    kept = [r for r in COLLECTOR.fetch(ecs_services(ecs_service("a"))) if isinstance(r, Answer)]

    assert "canary" not in json.dumps([reply.body for reply in kept])
