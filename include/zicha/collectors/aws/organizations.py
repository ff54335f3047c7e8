"""The organisation that an account belongs to, and the service control policies it lays down.

Only the management account may ask for the policies; of a member they are not asked, and the
account that manages it answers for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread
from zicha.model.logic import both, read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CONTROLS = "SERVICE_CONTROL_POLICY"
FIELDS = ("Arn", "FeatureSet", "Id", "MasterAccountId")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """What it belongs to; and where it manages, whether policies are on and which there are."""
    service = account.client("organizations")
    belongs = _kept(service.ask("describe_organization", expects="Organization"))
    yield belongs
    if read(belongs, partial(_manages, account=account.id)) is True:
        roots = service.ask("list_roots", expects="Roots")
        yield kept(roots, "Roots", ("Id", "PolicyTypes"))
        policies = service.ask("list_policies", expects="Policies", Filter=CONTROLS)
        yield kept(policies, "Policies", ("Id", "Name", "AwsManaged"))


def _kept(said: Reply) -> Reply:
    """Without the address of whoever manages it."""
    told = said.body.get("Organization") if isinstance(said, Answer) and said.body else None
    if not isinstance(said, Answer) or not isinstance(told, Mapping):
        return said
    return replace(said, body={"Organization": {n: told[n] for n in FIELDS if n in told}})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per account."""
    for said in replies.to("describe_organization"):
        account = said.place[0]
        # Nobody but the account that manages it was asked for the roots.
        manages = bool(replies.about("", "list_roots").place)
        yield {
            "account": account,
            "organization": read(said, lambda body: body["Organization"]["Id"]),
            "is_member": read(said, lambda body: bool(body["Organization"]["Id"]), absent=False),
            "manages_organization": manages,
            "has_all_features": read(
                said, lambda body: body["Organization"]["FeatureSet"] == "ALL", absent=None
            ),
            "bounds_its_members": _bounds(manages, replies),
        }


def _manages(body: Mapping[str, Any], account: str) -> bool:
    return bool(body["Organization"]["MasterAccountId"] == account)


def _bounds(manages: bool, replies: Replies) -> Any:
    """Whether control policies are switched on and one of its own making exists."""
    if not manages:
        return None
    return both(
        _certain(replies.about("", "list_roots"), _are_on),
        _certain(replies.about("", "list_policies"), _has_own),
    )


def _certain(said: Reply, lay: Any) -> Any:
    """In a cut listing only a yes is certain."""
    found = read(said, lay)
    if found is False and isinstance(said, Answer) and said.cut:
        return Unread(said.cut, said.remedy, said.permission)
    return found


def _are_on(body: Mapping[str, Any]) -> bool:
    return any(
        one["Type"] == CONTROLS and one["Status"] == "ENABLED"
        for root in body["Roots"]
        for one in root["PolicyTypes"]
    )


def _has_own(body: Mapping[str, Any]) -> bool:
    return any(not policy["AwsManaged"] for policy in body["Policies"])


COLLECTOR = Collector(
    id="aws/organizations",
    title=Text(zh="所属组织与服务控制策略", en="The organisation and its service control policies"),
    max_age=timedelta(hours=26),
    permissions=(
        "organizations:DescribeOrganization",
        "organizations:ListPolicies",
        "organizations:ListRoots",
    ),
    lists="describe_organization",
    places=("account",),
    subject=("account",),
    subject_type="AWS::Organizations::Membership",
    columns={
        "account": str,
        "organization": str,
        "is_member": bool,
        "manages_organization": bool,
        "has_all_features": bool,
        "bounds_its_members": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
