"""ECS services: public addresses, what their tasks may do, and whether what happens is kept.

Of a task's settings the variables, secrets and commands are dropped before anything is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept, named
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount, AwsClient

CALL, LISTS = "list_clusters", "list_services"
TELLS, SETTINGS, TASK = "describe_services", "describe_clusters", "describe_task_definition"
CLUSTER = ("clusterArn", "settings")
SERVICE = ("launchType", "networkConfiguration", "serviceArn", "serviceName", "taskDefinition")
CONTAINER = ("logConfiguration", "name", "privileged")
WATCHED = ("enabled", "enhanced")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """A region's clusters, the services of each, and the tasks these run."""
    from zicha.sources.aws import members

    for region in account.regions:
        ecs = account.client("ecs", region)
        listing = named(ecs.ask(CALL, expects="clusterArns"), "clusterArns", "arn")
        yield listing
        for one in members(listing, "clusterArns", "arn"):
            yield from _of_cluster(ecs, one["arn"])


def _of_cluster(ecs: AwsClient, cluster: str) -> Iterator[Reply]:
    from zicha.sources.aws import members

    said = ecs.ask(
        SETTINGS, about=cluster, expects="clusters", clusters=[cluster], include=["SETTINGS"]
    )
    yield kept(said, "clusters", CLUSTER)
    listing = ecs.ask(LISTS, about=cluster, expects="serviceArns", cluster=cluster)
    listing = named(listing, "serviceArns", "arn")
    yield listing
    for one in members(listing, "serviceArns", "arn"):
        service = one["arn"]
        told = ecs.ask(
            TELLS, about=service, expects="services", cluster=cluster, services=[service]
        )
        told = kept(told, "services", SERVICE)
        yield told
        for each in members(told, "services", "taskDefinition"):
            task = each["taskDefinition"]
            shown = ecs.ask(TASK, about=task, expects="taskDefinition", taskDefinition=task)
            yield _shortened(replace(shown, about=service))


def _shortened(said: Reply) -> Reply:
    """How the task is run: never its variables, secrets or commands."""
    body = said.body if isinstance(said, Answer) else None
    told = body.get("taskDefinition") if body else None
    if not isinstance(said, Answer) or not isinstance(told, Mapping):
        return said
    listed = told.get("containerDefinitions")
    containers = [
        {name: one[name] for name in CONTAINER if name in one}
        for one in (listed if isinstance(listed, Sequence) else ())
        if isinstance(one, Mapping)
    ]
    for one in containers:
        log = one.pop("logConfiguration", None)
        one["logDriver"] = log.get("logDriver") if isinstance(log, Mapping) else None
    shares = {name: told[name] for name in ("networkMode", "pidMode") if name in told}
    return replace(said, body={"taskDefinition": {**shares, "containerDefinitions": containers}})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per service."""
    for clusters in replies.to(CALL):
        account, region = clusters.place
        for cluster in clusters.each("clusterArns"):
            settings = replies.about(cluster["arn"], SETTINGS)
            for one in replies.about(cluster["arn"], LISTS).each("serviceArns"):
                arn = one["arn"]
                said, task = replies.about(arn, TELLS), replies.about(arn, TASK)
                yield {
                    "account": account,
                    "region": region,
                    "service": arn,
                    "cluster": cluster["arn"],
                    "name": read(said, lambda body: _only(body)["serviceName"]),
                    "launch_type": read(said, lambda body: _only(body).get("launchType")),
                    "has_public_address": read(said, _has_public_address),
                    "runs_privileged": read(task, _runs_privileged),
                    "shares_the_host": read(task, _shares_the_host),
                    "keeps_logs": read(task, _keeps_logs),
                    "is_watched": read(settings, _is_watched),
                }


def _only(body: Mapping[str, Any], key: str = "services") -> Mapping[str, Any]:
    (one,) = body[key]
    found: Mapping[str, Any] = one
    return found


def _has_public_address(body: Mapping[str, Any]) -> bool | None:
    """None where tasks have no network of their own: their machine has the address."""
    network = (_only(body).get("networkConfiguration") or {}).get("awsvpcConfiguration")
    return network.get("assignPublicIp") == "ENABLED" if network else None


def _containers(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    listed: Sequence[Mapping[str, Any]] = body["taskDefinition"]["containerDefinitions"]
    if not listed:
        raise ValueError("a task without a container")
    return listed


def _runs_privileged(body: Mapping[str, Any]) -> bool:
    # Left out where it is not privileged.
    return any(bool(one.get("privileged")) for one in _containers(body))


def _shares_the_host(body: Mapping[str, Any]) -> bool:
    task = body["taskDefinition"]
    _containers(body)
    return "host" in (task.get("networkMode"), task.get("pidMode"))


def _keeps_logs(body: Mapping[str, Any]) -> bool:
    """Whether every container has a driver that takes its output away; none is named by default."""
    return all(one.get("logDriver") not in (None, "none") for one in _containers(body))


def _is_watched(body: Mapping[str, Any]) -> bool:
    found = {one["name"]: one["value"] for one in _only(body, "clusters")["settings"]}
    return found.get("containerInsights") in WATCHED


COLLECTOR = Collector(
    id="aws/ecs_services",
    title=Text(zh="ECS 服务", en="ECS services"),
    max_age=timedelta(hours=26),
    permissions=(
        "ecs:DescribeClusters",
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
        "ecs:ListClusters",
        "ecs:ListServices",
    ),
    lists=CALL,
    lists_too=(LISTS,),
    places=("account", "region"),
    subject=("account", "service"),
    subject_type="AWS::ECS::Service",
    columns={
        "account": str,
        "region": str,
        "service": str,
        "cluster": str,
        "name": str,
        "launch_type": str,
        "has_public_address": bool,
        "runs_privileged": bool,
        "shares_the_host": bool,
        "keeps_logs": bool,
        "is_watched": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
