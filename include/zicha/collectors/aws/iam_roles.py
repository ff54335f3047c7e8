"""IAM roles: when each was last assumed, and whom from outside its trust lets in.

AWS remembers the last use for 400 days; a role of which it says nothing has not been used since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.conditions import is_bounded
from zicha.collectors.aws.iam_statements import (
    CALL,
    Statement,
    allowed,
    covers,
    everybody,
    listed,
    principals,
    says,
    statements,
    trust,
)
from zicha.collectors.aws.members import tags_of
from zicha.collectors.moments import latest
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell
from zicha.model.logic import both
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

# Identity providers that serve strangers too: only the condition says whose identity is meant.
SHARED_PROVIDERS = (
    "app.terraform.io",
    "cognito-identity.amazonaws.com",
    "gitlab.com",
    "token.actions.githubusercontent.com",
)
NAMES_THE_SUBJECT = ("sub", "repository", "repository_owner", "project_path", "aud")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """The listing of all principals, which one answer holds."""
    yield everybody(account)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per role."""
    for listing in replies.to(CALL):
        managed = {policy["Arn"]: policy for policy in listing.each("Policies")}
        for role in listing.each("RoleDetailList"):
            yield _row(listing, role, managed)


def _row(listing: Answer, role: Mapping[str, Any], managed: Mapping[str, Mapping[str, Any]]) -> Row:
    account = listing.place[0]
    outsiders = _outsiders(role, account)
    lets_in = outsiders if isinstance(outsiders, Unread) else bool(outsiders)
    administers = says(
        allowed(listing, [role], managed), lambda all_: any(covers(one, ("*",)) for one in all_)
    )
    created = _moment(role, "CreateDate")
    used = _moment(role.get("RoleLastUsed") or {}, "LastUsedDate")
    return {
        "account": account,
        "role": role["Arn"],
        "name": role["RoleName"],
        "belongs_to_aws": "/aws-service-role/" in role["Arn"],
        "created_at": created,
        "last_used_at": used,
        "last_active_at": latest(created, used),
        "outside_accounts": outsiders if isinstance(outsiders, Unread) else " ".join(outsiders),
        "lets_outsiders_in": lets_in,
        "makes_outsiders_administrators": both(lets_in, administers),
        "trusts_any_subject": trust(role, "role", _trusts_any_subject),
        "tags": tags_of(role),
    }


def _outsiders(role: Mapping[str, Any], account: str) -> list[str] | Unread:
    """The numbers of the other accounts that may assume the role; `*` for everyone."""
    try:
        trusted = [
            principal
            for statement in statements(role["AssumeRolePolicyDocument"])
            if statement["Effect"] == "Allow"
            for principal in principals(statement)
        ]
        return sorted({_account_of(one) for one in trusted} - {account, ""})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Unread(Reason.MALFORMED, f"a trust cannot be read ({type(error).__name__})")


def _account_of(principal: str) -> str:
    """`111122223333` of an ARN or of itself; a deleted user's own id names no account."""
    if principal.startswith("arn:"):
        return principal.split(":")[4]
    return principal if principal == "*" or principal.isdigit() else ""


def _trusts_any_subject(statement: Statement) -> bool:
    """A provider that others use too, and no condition that says whose identity it must be."""
    who = statement.get("Principal")
    named = listed(who.get("Federated")) if isinstance(who, Mapping) else []
    if not any(one.endswith(SHARED_PROVIDERS) for one in named):
        return False
    hosts = [one.rpartition("oidc-provider/")[2] for one in named]
    # Everybody's token for AWS carries the same audience: only Cognito's names a pool of ours.
    is_pool = any(one == "cognito-identity.amazonaws.com" for one in named)
    names = [name for name in NAMES_THE_SUBJECT if is_pool or name != "aud"]
    return not is_bounded(statement, [f"{one}:{name}".lower() for one in hosts for name in names])


def _moment(said: Mapping[str, Any], key: str) -> Any:
    return cell(said, key, absent=None)


COLLECTOR = Collector(
    id="aws/iam_roles",
    title=Text(zh="IAM 角色", en="IAM roles"),
    max_age=timedelta(hours=26),
    permissions=("iam:GetAccountAuthorizationDetails",),
    lists=CALL,
    places=("account",),
    subject=("account", "role"),
    subject_type="AWS::IAM::Role",
    columns={
        "account": str,
        "role": str,
        "name": str,
        "belongs_to_aws": bool,
        "created_at": datetime,
        "last_used_at": datetime,
        "last_active_at": datetime,
        "outside_accounts": str,
        "lets_outsiders_in": bool,
        "makes_outsiders_administrators": bool,
        "trusts_any_subject": bool,
        "tags": str,
    },
    volatile=("last_used_at", "last_active_at"),
    fetch=fetch,
    tabulate=tabulate,
)
