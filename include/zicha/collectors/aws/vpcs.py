"""Virtual networks: whether each is in use, and whether its traffic is recorded.

Only flow logs of the whole network count: one for a single subnet leaves the others dark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.ec2_listings import listed_interfaces
from zicha.collectors.aws.members import Wanted, filtered, found_in, kept, sought_in, tags_of
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Gap, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FLOW_LOG = (
    "DeliverLogsStatus",
    "FlowLogId",
    "FlowLogStatus",
    "LogDestination",
    "LogDestinationType",
    "LogGroupName",
    "ResourceId",
    "TrafficType",
)
RECORDED = ("records_traffic", "records_all_traffic", "records_arrive", "records_go_to")


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """Three listings per region: networks, flow logs, interfaces."""
    for region, sought in sought_in(account, wanted, "vpc_id"):
        ec2 = account.client("ec2", region)
        only = filtered("vpc-id", sought)
        networks = ec2.ask("describe_vpcs", expects="Vpcs", **only)
        yield kept(networks, "Vpcs", ("VpcId", "CidrBlock", "IsDefault", "OwnerId", "Tags"))
        logs = ec2.ask("describe_flow_logs", expects="FlowLogs")
        yield kept(logs, "FlowLogs", FLOW_LOG)
        yield listed_interfaces(account, region, **only)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per network."""
    interfaces = replies.about("", "describe_network_interfaces")
    is_used = found_in(interfaces, "NetworkInterfaces", lambda one: (one["VpcId"],))
    logs = replies.about("", "describe_flow_logs")
    recorded = _recording(logs)
    for listing in replies.to("describe_vpcs"):
        account, region = listing.place
        for network in listing.each("Vpcs"):
            yield {
                "account": account,
                "region": region,
                "vpc_id": network["VpcId"],
                "addresses": network.get("CidrBlock"),
                "is_default": network["IsDefault"],
                "is_in_use": is_used(network["VpcId"]),
                **recorded(network["VpcId"]),
                "tags": tags_of(network),
            }


def _recording(said: Reply) -> Callable[[str], dict[str, Any]]:
    """What the active logs record of a network; in a cut listing only what was found is certain."""
    if isinstance(said, Gap):
        gap = Unread(said.reason, said.remedy, said.permission)
        return lambda _: dict.fromkeys(RECORDED, gap)
    try:
        by_network: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for log in said.each("FlowLogs"):
            if log["FlowLogStatus"] == "ACTIVE":
                by_network[log["ResourceId"]].append(log)
    except (KeyError, TypeError, MalformedAnswerError) as error:
        torn = Unread(Reason.MALFORMED, f"{said.call}: {type(error).__name__} {error}")
        return lambda _: dict.fromkeys(RECORDED, torn)
    rest = Unread(said.cut, said.remedy, said.permission) if said.cut else None
    return lambda network: _recorded(by_network.get(network, []), rest)


def _recorded(mine: Sequence[Mapping[str, Any]], rest: Unread | None) -> dict[str, Any]:
    otherwise: bool | Unread = rest or False
    arriving = any(log.get("DeliverLogsStatus", "SUCCESS") == "SUCCESS" for log in mine)
    said = (
        bool(mine) or otherwise,
        any(log.get("TrafficType") == "ALL" for log in mine) or otherwise,
        # Nothing arrives of what is not recorded; that is judged by itself.
        (arriving or otherwise) if mine else rest,
        rest or " ".join(sorted({_destination(log) for log in mine})),
    )
    return dict(zip(RECORDED, said, strict=True))


def _destination(log: Mapping[str, Any]) -> str:
    return str(log.get("LogDestination") or log.get("LogGroupName") or "")


COLLECTOR = Collector(
    id="aws/vpcs",
    title=Text(zh="虚拟私有网络", en="Virtual private networks in the cloud"),
    max_age=timedelta(hours=26),
    permissions=(
        "ec2:DescribeFlowLogs",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcs",
    ),
    lists="describe_vpcs",
    places=("account", "region"),
    subject=("account", "vpc_id"),
    subject_type="AWS::EC2::VPC",
    columns={
        "account": str,
        "region": str,
        "vpc_id": str,
        "addresses": str,
        "is_default": bool,
        "is_in_use": bool,
        "records_traffic": bool,
        "records_all_traffic": bool,
        "records_arrive": bool,
        "records_go_to": str,
        "tags": str,
    },
    volatile=("is_in_use",),
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
