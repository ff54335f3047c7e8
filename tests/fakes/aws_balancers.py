"""Load balancers of both generations, in the shape that AWS gives them; right unless said otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.aws import FakeAccount, Said
from fakes.aws_examples import arn
from fakes.aws_resources import answering

NEW, OLD = "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"
POLICIES = [
    {"Name": NEW, "SslProtocols": ["TLSv1.2", "TLSv1.3"]},
    {"Name": OLD, "SslProtocols": ["TLSv1", "TLSv1.1", "TLSv1.2"]},
]


def https(policy: str = NEW) -> dict[str, Any]:
    forward = [{"Type": "forward", "TargetGroupArn": "t"}]
    return {"Port": 443, "Protocol": "HTTPS", "SslPolicy": policy, "DefaultActions": forward}


def http(leads_on: bool = True) -> dict[str, Any]:
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443"}}
    forward = {"Type": "forward", "TargetGroupArn": "t"}
    return {"Port": 80, "Protocol": "HTTP", "DefaultActions": [redirect if leads_on else forward]}


def balancer(
    name: str, *listeners: Mapping[str, Any], **details: Any
) -> tuple[dict[str, Any], dict[tuple[str, ...], Said]]:
    where = arn("elasticloadbalancing", f"loadbalancer/app/{name}/1")
    told = {
        "LoadBalancerArn": where,
        "LoadBalancerName": name,
        "Scheme": "internet-facing",
        "Type": "application",
    }
    switches = ("access_logs.s3.enabled", "routing.http.drop_invalid_header_fields.enabled")
    said: dict[tuple[str, ...], Said] = {
        ("describe_load_balancer_attributes", where): {
            "Attributes": [{"Key": key, "Value": "true"} for key in switches]
        },
        ("describe_listeners", where): {"Listeners": list(listeners or (http(), https()))},
        ("get_web_acl_for_resource", where): {"WebACL": {"ARN": "acl", "Name": "web"}},
    }
    return told | details, said


def balancers(
    *made: tuple[Mapping[str, Any], Mapping[tuple[str, ...], Said]],
) -> FakeAccount:
    account = answering(
        describe_load_balancers={"LoadBalancers": [told for told, _ in made]},
        describe_ssl_policies={"SslPolicies": POLICIES},
    )
    for _, said in made:
        account.answers.update(said)
    return account


def negotiation(*protocols: str, name: str = "tls") -> dict[str, Any]:
    """A policy that takes these protocols and refuses the others."""
    known = ("Protocol-SSLv3", "Protocol-TLSv1", "Protocol-TLSv1.1", "Protocol-TLSv1.2")
    told = [
        {"AttributeName": one, "AttributeValue": "true" if one in protocols else "false"}
        for one in known
    ]
    kind = "SSLNegotiationPolicyType"
    return {"PolicyName": name, "PolicyTypeName": kind, "PolicyAttributeDescriptions": told}


def classic_listener(protocol: str, *policies: str) -> dict[str, Any]:
    return {"Listener": {"Protocol": protocol}, "PolicyNames": list(policies)}


def classic(
    name: str, *listeners: Mapping[str, Any], policies: Any = None, **details: Any
) -> tuple[dict[str, Any], dict[tuple[str, ...], Said]]:
    """A classic balancer: HTTPS under a policy that takes TLS 1.2 only, unless said otherwise."""
    spoken = list(listeners or (classic_listener("HTTPS", "tls", "sticky"),))
    told = {"LoadBalancerName": name, "Scheme": "internet-facing", "ListenerDescriptions": spoken}
    sound = [
        negotiation("Protocol-TLSv1.2"),
        {"PolicyName": "sticky", "PolicyTypeName": "LBCookieStickinessPolicyType"},
    ]
    said: dict[tuple[str, ...], Said] = {
        ("describe_load_balancer_attributes", name): {
            "LoadBalancerAttributes": {"AccessLog": {"Enabled": True}}
        },
        ("describe_load_balancer_policies", name): {
            "PolicyDescriptions": sound if policies is None else policies
        },
    }
    return told | details, said


def classics(
    *made: tuple[Mapping[str, Any], Mapping[tuple[str, ...], Said]],
) -> FakeAccount:
    listing = {"LoadBalancerDescriptions": [told for told, _ in made]}
    account = answering(describe_load_balancers=listing)
    for _, said in made:
        account.answers.update(said)
    return account
