"""Load balancers: what their listeners speak, whether access is logged, who filters requests."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import Wanted, certain, kept, sought_in
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = ("LoadBalancerArn", "LoadBalancerName", "Scheme", "Type", "VpcId")
LISTENER = ("DefaultActions", "ListenerArn", "Port", "Protocol", "SslPolicy")
POLICY = ("Name", "SslProtocols")
PLAIN, SECURE = ("HTTP",), ("HTTPS", "TLS")
# Switches, and the types of balancer that always have them.
LOGS_ACCESS = ("access_logs.s3.enabled", ("application", "network"))
DROPS_HEADERS = ("routing.http.drop_invalid_header_fields.enabled", ("application",))
OUTDATED = ("SSLv3", "TLSv1", "TLSv1.1")


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """A region's TLS policies and balancers; of each its attributes, listeners and firewall."""
    from zicha.sources.aws import members

    for region, sought in sought_in(account, wanted, "balancer"):
        balancing, firewall = account.client("elbv2", region), account.client("wafv2", region)
        listing = balancing.ask("describe_load_balancers", expects="LoadBalancers")
        yield kept(listing, "LoadBalancers", FIELDS)
        found = list(members(listing, "LoadBalancers", "LoadBalancerArn", sought))
        if found:
            said = balancing.ask("describe_ssl_policies", expects="SslPolicies")
            yield kept(said, "SslPolicies", POLICY)
        for one in found:
            arn = one["LoadBalancerArn"]
            yield balancing.ask(
                "describe_load_balancer_attributes",
                about=arn,
                expects="Attributes",
                LoadBalancerArn=arn,
            )
            listeners = balancing.ask(
                "describe_listeners", about=arn, expects="Listeners", LoadBalancerArn=arn
            )
            yield kept(listeners, "Listeners", LISTENER)
            if one.get("Type") == "application":
                yield _acl(firewall.ask("get_web_acl_for_resource", about=arn, ResourceArn=arn))


def _acl(said: Reply) -> Reply:
    """Its name only: what the rules look for is nobody else's business."""
    from dataclasses import replace

    body = said.body if isinstance(said, Answer) else None
    told = body.get("WebACL") if body else None
    if not isinstance(said, Answer) or not isinstance(told, Mapping):
        return said
    return replace(said, body={"WebACL": {n: told[n] for n in ("ARN", "Name") if n in told}})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per balancer; None for what its type does not offer."""
    for listing in replies.to("describe_load_balancers"):
        account, region = listing.place
        protocols = _protocols(replies.about("", "describe_ssl_policies"))
        for one in listing.each("LoadBalancers"):
            arn = one["LoadBalancerArn"]
            attributes = replies.about(arn, "describe_load_balancer_attributes")
            listeners = replies.about(arn, "describe_listeners")
            yield {
                "account": account,
                "region": region,
                "balancer": arn,
                "name": one["LoadBalancerName"],
                "kind": cell(one, "Type"),
                "is_internet_facing": _faces_the_internet(one),
                "redirects_http": certain(listeners, _redirects),
                "is_encrypted": certain(listeners, _is_encrypted),
                "accepts_old_tls": _accepts_old(listeners, protocols),
                "logs_access": read(attributes, partial(_attribute, one, LOGS_ACCESS)),
                "drops_odd_headers": read(attributes, partial(_attribute, one, DROPS_HEADERS)),
                "has_web_firewall": _has_firewall(one, replies),
            }


def _faces_the_internet(one: Mapping[str, Any]) -> Any:
    # A gateway balancer has no scheme: nobody reaches it from anywhere.
    if one.get("Type") == "gateway":
        return False
    said = cell(one, "Scheme")
    return said if isinstance(said, Unread) else said == "internet-facing"


def _redirects(body: Mapping[str, Any]) -> bool | None:
    """Whether every listener in plain HTTP only leads on to HTTPS; None without one."""
    plain = [one for one in body["Listeners"] if one.get("Protocol") in PLAIN]
    return all(_leads_on(one) for one in plain) if plain else None


def _leads_on(listener: Mapping[str, Any]) -> bool:
    return all(
        action["Type"] == "redirect" and action["RedirectConfig"].get("Protocol") == "HTTPS"
        for action in listener["DefaultActions"]
    )


def _is_encrypted(body: Mapping[str, Any]) -> bool | None:
    """Whether some listener speaks TLS; None where there is no listener at all."""
    spoken = [one.get("Protocol") for one in body["Listeners"]]
    return any(protocol in SECURE for protocol in spoken) if spoken else None


def _protocols(said: Reply) -> Any:
    """The protocols of each TLS policy of the region, by its name."""
    return certain(
        said, lambda body: {one["Name"]: one["SslProtocols"] for one in body["SslPolicies"]}
    )


def _accepts_old(said: Reply, protocols: Any) -> Any:
    def lay(body: Mapping[str, Any]) -> Any:
        worn = [one["SslPolicy"] for one in body["Listeners"] if one.get("Protocol") in SECURE]
        if not worn or isinstance(protocols, Unread):
            return protocols if worn else None
        return any(old in protocols[policy] for policy in worn for old in OUTDATED)

    return certain(said, lay)


def _attribute(
    one: Mapping[str, Any], switch: tuple[str, Collection[str]], body: Mapping[str, Any]
) -> bool | None:
    """A switch among the attributes; None where this type of balancer does not have it."""
    key, kinds = switch
    found = {said["Key"]: said["Value"] for said in body["Attributes"]}
    return found[key] == "true" if key in found or one["Type"] in kinds else None


def _has_firewall(one: Mapping[str, Any], replies: Replies) -> Any:
    kind = cell(one, "Type")
    if kind != "application":
        return kind if isinstance(kind, Unread) else None
    said = replies.about(one["LoadBalancerArn"], "get_web_acl_for_resource")
    if isinstance(said, Answer) and said.not_offered:
        return None
    # AWS leaves the list out where none is associated.
    return read(said, lambda body: bool((body.get("WebACL") or {}).get("ARN")))


COLLECTOR = Collector(
    id="aws/load_balancers",
    title=Text(zh="负载均衡与监听器", en="Load balancers and their listeners"),
    max_age=timedelta(hours=26),
    permissions=(
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeSSLPolicies",
        "wafv2:GetWebACLForResource",
    ),
    lists="describe_load_balancers",
    places=("account", "region"),
    subject=("account", "balancer"),
    subject_type="AWS::ElasticLoadBalancingV2::LoadBalancer",
    columns={
        "account": str,
        "region": str,
        "balancer": str,
        "name": str,
        "kind": str,
        "is_internet_facing": bool,
        "redirects_http": bool,
        "is_encrypted": bool,
        "accepts_old_tls": bool,
        "logs_access": bool,
        "drops_odd_headers": bool,
        "has_web_firewall": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
