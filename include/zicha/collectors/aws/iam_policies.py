"""IAM users and roles with what their policies allow, own, inherited and attached together.

Customer-managed and inline policies are read; of those that AWS manages, the few that make an
administrator are known by name. Deny statements and permission boundaries are not deducted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL = "get_account_authorization_details"
Statement = Mapping[str, Any]
_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_AWS_MANAGED: Mapping[str, Sequence[Statement]] = {
    "AdministratorAccess": [_EVERYTHING],
    "AdministratorAccess-Amplify": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}],
    "IAMFullAccess": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}],
    "PowerUserAccess": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}],
    "AWSCloudTrail_FullAccess": [
        {"Effect": "Allow", "Action": "cloudtrail:*", "Resource": "*"},
    ],
}
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
    """One listing holds it all: no call per user, role or policy."""
    yield account.client("iam").ask(
        CALL,
        expects="UserDetailList",
        Filter=["User", "Role", "Group", "LocalManagedPolicy"],
    )


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
    allowed = _allowed(listing, holders, managed)
    return {
        "account": listing.place[0],
        "principal": who["Arn"],
        "name": who[f"{kind.capitalize()}Name"],
        "kind": kind,
        "belongs_to_aws": "/aws-service-role/" in who["Arn"],
        "is_administrator": _says(allowed, lambda all_: any(_covers(s, ("*",)) for s in all_)),
        "may_raise_itself": _says(allowed, lambda all_: _may(all_, RAISES_ITSELF)),
        "may_stop_the_log": _says(allowed, lambda all_: _may(all_, STOPS_THE_LOG)),
        "holds_policies_itself": kind == "user"
        and bool(who.get("UserPolicyList") or who.get("AttachedManagedPolicies")),
        "trusts_anyone": _trust(who, kind, _trusts_anyone),
        "trusts_strangers": _trust(
            who, kind, lambda said: _trusts_strangers(said, listing.place[0])
        ),
        "tags": _tags(who),
    }


def _says(allowed: list[Statement] | Unread, judge: Any) -> Any:
    return allowed if isinstance(allowed, Unread) else judge(allowed)


def _allowed(
    listing: Answer,
    holders: Sequence[Mapping[str, Any] | None],
    managed: Mapping[str, Mapping[str, Any]],
) -> list[Statement] | Unread:
    """Every allowing statement of all holders; unread if a policy of theirs is not there."""
    missing = Unread(
        listing.cut or Reason.MALFORMED,
        listing.remedy or "a group or policy in use is not in the listing: collect again",
        listing.permission,
    )
    found: list[Statement] = []
    try:
        for holder in holders:
            if holder is None:
                return missing
            for kind in ("UserPolicyList", "GroupPolicyList", "RolePolicyList"):
                for policy in holder.get(kind, []):
                    found += _statements(policy["PolicyDocument"])
            for attached in holder.get("AttachedManagedPolicies", []):
                arn = attached["PolicyArn"]
                if ":iam::aws:policy/" in arn:
                    found += _AWS_MANAGED.get(arn.rpartition("/")[2], ())
                elif arn not in managed:
                    return missing
                else:
                    found += _statements(_document(managed[arn]))
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        return Unread(Reason.MALFORMED, f"a policy cannot be read ({type(error).__name__})")
    return [statement for statement in found if statement["Effect"] == "Allow"]


def _document(policy: Mapping[str, Any]) -> Any:
    return next(v["Document"] for v in policy["PolicyVersionList"] if v["IsDefaultVersion"])


def _statements(document: Any) -> list[Statement]:
    said = json.loads(document) if isinstance(document, str) else document
    listed = said["Statement"]
    return [listed] if isinstance(listed, Mapping) else list(listed)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _covers(statement: Statement, actions: Sequence[str]) -> bool:
    """Whether it allows any of the actions on everything, without a condition.

    A statement that names what it leaves out (`NotAction`) allows all the rest, but is no
    administrator's.
    """
    if statement.get("Condition") or "*" not in _listed(statement.get("Resource")):
        return False
    if "NotAction" in statement:
        left_out = [pattern.lower() for pattern in _listed(statement["NotAction"])]
        return actions != ("*",) and any(
            not any(fnmatchcase(action.lower(), pattern) for pattern in left_out)
            for action in actions
        )
    patterns = [pattern.lower() for pattern in _listed(statement.get("Action"))]
    if actions == ("*",):
        return bool({"*", "*:*"} & set(patterns))
    return any(fnmatchcase(action.lower(), pattern) for action in actions for pattern in patterns)


def _may(statements: Sequence[Statement], actions: Sequence[str]) -> bool:
    """Administrators may anything; they are judged as administrators only."""
    if any(_covers(statement, ("*",)) for statement in statements):
        return False
    return any(_covers(statement, actions) for statement in statements)


def _trust(who: Mapping[str, Any], kind: str, judge: Any) -> Any:
    if kind != "role":
        return None
    try:
        return any(
            judge(statement)
            for statement in _statements(who["AssumeRolePolicyDocument"])
            if statement["Effect"] == "Allow"
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Unread(Reason.MALFORMED, f"a trust cannot be read ({type(error).__name__})")


def _principals(statement: Statement) -> list[str]:
    principal = statement.get("Principal", "*")  # NotPrincipal trusts all but those it names
    return ["*"] if principal == "*" else _listed(principal.get("AWS"))


def _trusts_anyone(statement: Statement) -> bool:
    return "*" in _principals(statement) and not statement.get("Condition")


def _trusts_strangers(statement: Statement, account: str) -> bool:
    """Another account, without the external id that keeps a third party from borrowing it."""
    others = [name for name in _principals(statement) if name != "*" and account not in name]
    return (
        bool(others) and "sts:externalid" not in json.dumps(statement.get("Condition", {})).lower()
    )


def _tags(who: Mapping[str, Any]) -> str:
    tags = {tag["Key"]: tag["Value"] for tag in who.get("Tags") or ()}
    return json.dumps(tags, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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
        "holds_policies_itself": bool,
        "trusts_anyone": bool,
        "trusts_strangers": bool,
        "tags": str,
    },
    fetch=fetch,
    tabulate=tabulate,
)
