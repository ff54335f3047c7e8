"""Classic load balancers: what their listeners speak, and whether access is logged.

They lead nobody on to HTTPS and no web firewall stands before them: newer kinds can do both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, cell, derived
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL, LISTED = "describe_load_balancers", "LoadBalancerDescriptions"
FIELDS = ("ListenerDescriptions", "LoadBalancerName", "Scheme")
POLICIES = "describe_load_balancer_policies"
ATTRIBUTES = "describe_load_balancer_attributes"
NEGOTIATION = "SSLNegotiationPolicyType"
PLAIN, SECURE = "HTTP", ("HTTPS", "SSL")
PROTOCOL = "Protocol-"
OUTDATED = ("Protocol-SSLv2", "Protocol-SSLv3", "Protocol-TLSv1", "Protocol-TLSv1.1")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """A region's balancers; of each its attributes, and its policies where something speaks TLS."""
    from zicha.sources.aws import members

    for region in account.regions:
        balancing = account.client("elb", region)
        listing = kept(balancing.ask(CALL, expects=LISTED), LISTED, FIELDS)
        yield listing
        for one in members(listing, LISTED, "LoadBalancerName"):
            name: str = one["LoadBalancerName"]
            yield balancing.ask(
                ATTRIBUTES, about=name, expects="LoadBalancerAttributes", LoadBalancerName=name
            )
            if _speaks_tls(one):
                yield balancing.ask(
                    POLICIES, about=name, expects="PolicyDescriptions", LoadBalancerName=name
                )


def _speaks_tls(one: Mapping[str, Any]) -> bool:
    """For asking on: of what cannot be read it is asked too."""
    try:
        return bool(_worn(one)) or not _spoken(one)
    except (KeyError, TypeError, AttributeError):
        return True


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per balancer."""
    for listing in replies.to(CALL):
        account, region = listing.place
        for one in listing.each(LISTED):
            name, scheme = one["LoadBalancerName"], cell(one, "Scheme")
            told = replace(listing, body=one)
            worn = read(told, _worn)
            yield {
                "account": account,
                "region": region,
                "balancer": name,
                "is_internet_facing": derived(scheme) or scheme == "internet-facing",
                "serves_plain_http": read(told, _serves_plain),
                "is_encrypted": derived(worn) or bool(worn),
                "accepts_old_tls": _accepts_old(worn, replies.about(name, POLICIES)),
                "logs_access": read(
                    replies.about(name, ATTRIBUTES),
                    lambda body: body["LoadBalancerAttributes"]["AccessLog"]["Enabled"],
                ),
            }


def _spoken(one: Mapping[str, Any]) -> list[str]:
    return [said["Listener"]["Protocol"] for said in one["ListenerDescriptions"]]


def _serves_plain(one: Mapping[str, Any]) -> bool:
    return any(protocol == PLAIN for protocol in _spoken(one))


def _worn(one: Mapping[str, Any]) -> list[list[str]]:
    """The policies of each listener that speaks TLS."""
    return [
        said["PolicyNames"]
        for said in one["ListenerDescriptions"]
        if said["Listener"]["Protocol"] in SECURE
    ]


def _accepts_old(worn: Any, said: Reply) -> Any:
    """Whether some policy in use still takes an old protocol; None where nothing speaks TLS."""
    if isinstance(worn, Unread) or not worn:
        return worn if isinstance(worn, Unread) else None

    def lay(body: Mapping[str, Any]) -> bool:
        known = {
            one["PolicyName"]: _protocols(one)
            for one in body["PolicyDescriptions"]
            if one["PolicyTypeName"] == NEGOTIATION
        }
        # Other policies of a listener are about sessions.
        in_use = [[known[name] for name in names if name in known] for names in worn]
        if not all(in_use):
            raise ValueError("a listener does not say what it negotiates")
        return any(one in OUTDATED for listener in in_use for each in listener for one in each)

    return read(said, lay)


def _protocols(policy: Mapping[str, Any]) -> list[str]:
    """The protocols that a policy takes; one that names none cannot be read."""
    told = {
        one["AttributeName"]: one["AttributeValue"] for one in policy["PolicyAttributeDescriptions"]
    }
    taken = [name for name, said in told.items() if name.startswith(PROTOCOL) and said == "true"]
    if not taken:
        raise ValueError("a policy names no protocol")
    return taken


COLLECTOR = Collector(
    id="aws/classic_load_balancers",
    title=Text(zh="经典型负载均衡", en="Classic load balancers"),
    max_age=timedelta(hours=26),
    permissions=(
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancerPolicies",
        "elasticloadbalancing:DescribeLoadBalancers",
    ),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "region", "balancer"),
    subject_type="AWS::ElasticLoadBalancing::LoadBalancer",
    columns={
        "account": str,
        "region": str,
        "balancer": str,
        "is_internet_facing": bool,
        "serves_plain_http": bool,
        "is_encrypted": bool,
        "accepts_old_tls": bool,
        "logs_access": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
