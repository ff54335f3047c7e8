"""IAM users and roles with what their policies allow, own, inherited and attached together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.iam_statements import (
    CALL,
    Statement,
    allowed,
    covers,
    everybody,
    grants_a_service,
    says,
    trust,
    trusts_anyone,
    trusts_strangers,
)
from zicha.collectors.aws.members import tags_of
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

STOPS_THE_LOG = ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail")
# Each lets its holder give itself any other right.
RAISES_ITSELF = (
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
)


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """One listing holds it all."""
    yield everybody(account)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per user and role; a group is judged through its members."""
    for listing in replies.to(CALL):
        managed = {policy["Arn"]: policy for policy in listing.each("Policies")}
        groups = {group["GroupName"]: group for group in listing.each("GroupDetailList")}
        for user in listing.each("UserDetailList"):
            inherited = [groups.get(name) for name in user.get("GroupList", [])]
            yield _row(listing, user, "user", [user, *inherited], managed)
        for role in listing.each("RoleDetailList"):
            yield _row(listing, role, "role", [role], managed)


def _row(
    listing: Answer,
    who: Mapping[str, Any],
    kind: str,
    holders: Sequence[Mapping[str, Any] | None],
    managed: Mapping[str, Mapping[str, Any]],
) -> Row:
    allowing = allowed(listing, holders, managed)
    return {
        "account": listing.place[0],
        "principal": who["Arn"],
        "name": who[f"{kind.capitalize()}Name"],
        "kind": kind,
        "belongs_to_aws": "/aws-service-role/" in who["Arn"],
        "is_administrator": says(allowing, lambda all_: any(covers(s, ("*",)) for s in all_)),
        "may_raise_itself": says(allowing, lambda all_: _may(all_, RAISES_ITSELF)),
        "may_stop_the_log": says(allowing, lambda all_: _may(all_, STOPS_THE_LOG)),
        "holds_a_whole_service": says(allowing, _holds_a_whole_service),
        "holds_policies_itself": kind == "user"
        and bool(who.get("UserPolicyList") or who.get("AttachedManagedPolicies")),
        "trusts_anyone": trust(who, kind, trusts_anyone),
        "trusts_strangers": trust(who, kind, lambda said: trusts_strangers(said, listing.place[0])),
        "tags": tags_of(who),
    }


def _may(statements: Sequence[Statement], actions: Sequence[str]) -> bool:
    """Administrators may anything; they are judged as administrators only."""
    if any(covers(statement, ("*",)) for statement in statements):
        return False
    return any(covers(statement, actions) for statement in statements)


def _holds_a_whole_service(statements: Sequence[Statement]) -> bool:
    """Administrators hold them all; they are judged as administrators only."""
    if any(covers(statement, ("*",)) for statement in statements):
        return False
    return any(grants_a_service(statement) for statement in statements)


COLLECTOR = Collector(
    id="aws/iam_policies",
    title=Text(zh="IAM 用户与角色的权限", en="What IAM users and roles may do"),
    max_age=timedelta(hours=26),
    permissions=("iam:GetAccountAuthorizationDetails",),
    lists=CALL,
    places=("account",),
    subject=("account", "principal"),
    subject_type="AWS::IAM::Principal",
    columns={
        "account": str,
        "principal": str,
        "name": str,
        "kind": str,
        "belongs_to_aws": bool,
        "is_administrator": bool,
        "may_raise_itself": bool,
        "may_stop_the_log": bool,
        "holds_a_whole_service": bool,
        "holds_policies_itself": bool,
        "trusts_anyone": bool,
        "trusts_strangers": bool,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
)
