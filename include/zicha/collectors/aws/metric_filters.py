"""Metric filters over logs, and the alarms behind them: which security events call somebody.

What a filter watches is read from the names of calls in its pattern. An alarm counts where it
stands on the filter's metric, may act, and names whom to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread
from zicha.model.logic import both, read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FILTER = ("filterName", "filterPattern", "logGroupName", "metricTransformations")
ALARM = ("ActionsEnabled", "AlarmActions", "AlarmName", "MetricName", "Namespace")
# Each kind of event, and the names of which any in a pattern means that it is watched.
EVENTS = {
    "identities": ("AttachUserPolicy", "CreateAccessKey", "CreateUser", "PutUserPolicy"),
    "log": ("DeleteTrail", "StopLogging", "UpdateTrail"),
    "networks": (
        "AuthorizeSecurityGroupIngress",
        "CreateNetworkAclEntry",
        "CreateRoute",
        "CreateSecurityGroup",
    ),
    "machines": ("RunInstances", "StartInstances"),
    "refusals": ("AccessDenied", "UnauthorizedOperation"),
}


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """A region's filters and its alarms."""
    for region in account.regions:
        logs, watch = account.client("logs", region), account.client("cloudwatch", region)
        listing = logs.ask("describe_metric_filters", expects="metricFilters")
        yield kept(listing, "metricFilters", FILTER)
        alarms = watch.ask("describe_alarms", expects="MetricAlarms", AlarmTypes=["MetricAlarm"])
        yield _kept(alarms)


def _kept(said: Reply) -> Reply:
    from dataclasses import replace

    short = kept(said, "MetricAlarms", ALARM)
    if not isinstance(short, Answer) or not short.body or "MetricAlarms" not in short.body:
        return said
    return replace(short, body={"MetricAlarms": short.body["MetricAlarms"]})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per filter: for each kind of event, whether it is watched and calls somebody."""
    alarms = replies.about("", "describe_alarms")
    calling = _calling(alarms)
    for listing in replies.to("describe_metric_filters"):
        account, region = listing.place
        for one in listing.each("metricFilters"):
            calls = _calls(one, calling, alarms)
            yield {
                "account": account,
                "region": region,
                "log_group": one["logGroupName"],
                "filter": one["filterName"],
                "calls_somebody": calls,
                **{
                    f"tells_of_{kind}": both(_watches(one, names), calls)
                    for kind, names in EVENTS.items()
                },
            }


def _watches(one: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    pattern = one.get("filterPattern") or ""
    return any(name in pattern for name in names)


def _calling(said: Reply) -> Any:
    """The metrics on which an alarm stands that may act and names whom to tell."""
    return read(said, lambda body: {_metric(one) for one in body["MetricAlarms"] if _acts(one)})


def _metric(one: Mapping[str, Any]) -> tuple[str, str]:
    return str(one.get("Namespace", "")), str(one.get("MetricName", ""))


def _acts(alarm: Mapping[str, Any]) -> bool:
    return bool(alarm["ActionsEnabled"] and alarm["AlarmActions"])


def _calls(one: Mapping[str, Any], calling: Any, said: Reply) -> Any:
    if isinstance(calling, Unread):
        return calling
    made = {(m["metricNamespace"], m["metricName"]) for m in one["metricTransformations"]}
    # In a cut listing only a yes is certain.
    if not made & calling and isinstance(said, Answer) and said.cut:
        return Unread(said.cut, said.remedy, said.permission)
    return bool(made & calling)


COLLECTOR = Collector(
    id="aws/metric_filters",
    title=Text(zh="日志指标筛选器与告警", en="Metric filters and their alarms"),
    max_age=timedelta(hours=26),
    permissions=("cloudwatch:DescribeAlarms", "logs:DescribeMetricFilters"),
    lists="describe_metric_filters",
    places=("account", "region"),
    subject=("account", "region", "log_group", "filter"),
    subject_type="AWS::Logs::MetricFilter",
    columns={
        "account": str,
        "region": str,
        "log_group": str,
        "filter": str,
        "calls_somebody": bool,
        **{f"tells_of_{kind}": bool for kind in EVENTS},
    },
    fetch=fetch,
    tabulate=tabulate,
)
