"""Web firewalls (AWS WAF): rules, what these stop, whether a log is kept, and what they guard.

Those of a region only: whether one stands before CloudFront is asked of the distributions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, cell
from zicha.model.logic import either, read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount, AwsClient

CALL, GUARDS = "list_web_acls", "list_resources_for_web_acl"
LOGS = "get_logging_configuration"
# Other kinds (user pools, App Runner) need permissions of their own services to be listed.
KINDS = ("APPLICATION_LOAD_BALANCER", "API_GATEWAY", "APPSYNC")
FIELDS = ("ARN", "Id", "Name")
MANAGED = ("PreProcessFirewallManagerRuleGroups", "PostProcessFirewallManagerRuleGroups")
STOPS = ("Block", "Captcha", "Challenge")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """A region's firewalls; of each its rules, its log and what it guards."""
    from zicha.sources.aws import members

    for region in account.regions:
        firewall = account.client("wafv2", region)
        for page in _pages(firewall):
            yield page
            for one in members(page, "WebACLs", "ARN"):
                arn: str = one["ARN"]
                named: dict[str, Any] = {"Name": one.get("Name"), "Id": one.get("Id")}
                said = firewall.ask(
                    "get_web_acl", about=arn, expects="WebACL", Scope="REGIONAL", **named
                )
                yield _actions(said)
                yield _destinations(firewall.ask(LOGS, about=arn, ResourceArn=arn))
                for kind in KINDS:
                    yield firewall.ask(
                        GUARDS,
                        about=f"{arn} {kind}",
                        expects="ResourceArns",
                        WebACLArn=arn,
                        ResourceType=kind,
                    )


def _pages(firewall: AwsClient) -> Iterator[Reply]:
    """Each page of the listing as a reply of its own: boto3 does not turn these pages."""
    asked: dict[str, Any] = {"Scope": "REGIONAL", "Limit": 100}
    turned: set[str] = set()
    while True:
        said = firewall.ask(CALL, expects="WebACLs", **asked)
        body = said.body if isinstance(said, Answer) else None
        marker = body.get("NextMarker") if body else None
        yield kept(said, "WebACLs", FIELDS)
        # The marker may come with the last page too; an empty page ends the listing.
        if not body or not marker or not body["WebACLs"] or marker in turned:
            return
        turned.add(marker)
        asked["NextMarker"] = marker


def _actions(said: Reply) -> Reply:
    """What the rules do: what they look for is nobody else's business."""
    body = said.body if isinstance(said, Answer) else None
    told = body.get("WebACL") if body else None
    if not isinstance(said, Answer) or not isinstance(told, Mapping):
        return said
    shortened: dict[str, Any] = {"DefaultAction": _names(told.get("DefaultAction"))}
    for key in ("Rules", *MANAGED):
        listed = told.get(key) or []
        if not all(isinstance(one, Mapping) for one in listed):
            return said
        shortened[key] = [
            {name: _names(one.get(name)) for name in ("Action", "OverrideAction")} for one in listed
        ]
    return replace(said, body={"WebACL": shortened})


def _names(action: Any) -> list[str]:
    return sorted(action) if isinstance(action, Mapping) else []


def _destinations(said: Reply) -> Reply:
    """Where the log goes; what is blacked out in it is not needed."""
    body = said.body if isinstance(said, Answer) else None
    told = body.get("LoggingConfiguration") if body else None
    if not isinstance(said, Answer) or not isinstance(told, Mapping):
        return said
    named = {key: told[key] for key in ("LogDestinationConfigs",) if key in told}
    return replace(said, body={"LoggingConfiguration": named})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per firewall."""
    for listing in replies.to(CALL):
        account, region = listing.place
        for one in listing.each("WebACLs"):
            arn = one["ARN"]
            said = replies.about(arn, "get_web_acl")
            yield {
                "account": account,
                "region": region,
                "firewall": arn,
                "name": cell(one, "Name"),
                "refuses_by_default": read(said, _refuses_by_default),
                "rules": read(said, lambda body: len(_rules(body))),
                "stops_requests": read(said, _stops),
                "keeps_logs": read(replies.about(arn, LOGS), _keeps_logs, absent=False),
                "guards_something": either(
                    *(_guards(replies.about(f"{arn} {kind}", GUARDS)) for kind in KINDS)
                ),
            }


def _rules(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    acl = body["WebACL"]
    return [rule for key in ("Rules", *MANAGED) for rule in acl[key]]


def _refuses_by_default(body: Mapping[str, Any]) -> bool:
    (action,) = body["WebACL"]["DefaultAction"]
    return str(action) == "Block"


def _stops(body: Mapping[str, Any]) -> bool | None:
    """Whether anything is ever stopped; None without rules.

    A group of rules says `None` where nothing overrides what its rules do.
    """
    rules = _rules(body)
    if not rules:
        return None
    acting = any(
        "None" in rule["OverrideAction"] or any(one in rule["Action"] for one in STOPS)
        for rule in rules
    )
    return acting or _refuses_by_default(body)


def _keeps_logs(body: Mapping[str, Any]) -> bool:
    return bool(body["LoggingConfiguration"]["LogDestinationConfigs"])


def _guards(said: Reply) -> Any:
    # A partition that does not offer the kind has none of it.
    return read(said, lambda body: bool(body["ResourceArns"]), absent=False)


COLLECTOR = Collector(
    id="aws/web_acls",
    title=Text(zh="Web 应用防火墙", en="Web application firewalls"),
    max_age=timedelta(hours=26),
    permissions=(
        "wafv2:GetLoggingConfiguration",
        "wafv2:GetWebACL",
        "wafv2:ListResourcesForWebACL",
        "wafv2:ListWebACLs",
    ),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "firewall"),
    subject_type="AWS::WAFv2::WebACL",
    columns={
        "account": str,
        "region": str,
        "firewall": str,
        "name": str,
        "refuses_by_default": bool,
        "rules": int,
        "stops_requests": bool,
        "keeps_logs": bool,
        "guards_something": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
