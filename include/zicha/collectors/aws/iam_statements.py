"""IAM's statements as the collectors of principals read them: what they allow, whom they trust.

Customer-managed and inline policies are read; of those that AWS manages, the few that make an
administrator are known by name, and one whose name ends in `FullAccess` grants a whole service.
Deny statements and permission boundaries are not deducted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.conditions import is_bounded
from zicha.model.evidence import Answer, Reply, Unread
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

# What a condition may say of whom a trust means.
WHO = (
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:userid",
    "sts:externalid",
)
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


def everybody(account: AwsAccount) -> Reply:
    """One listing holds users, groups, roles and policies: no call per user, role or policy."""
    return account.client("iam").ask(
        CALL,
        expects="UserDetailList",
        Filter=["User", "Role", "Group", "LocalManagedPolicy"],
    )


def says(allowing: list[Statement] | Unread, judge: Callable[[list[Statement]], Any]) -> Any:
    """What the judge makes of the statements; unread where they are."""
    return allowing if isinstance(allowing, Unread) else judge(allowing)


def allowed(
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
                    found += statements(policy["PolicyDocument"])
            for attached in holder.get("AttachedManagedPolicies", []):
                arn = attached["PolicyArn"]
                if ":iam::aws:policy/" in arn:
                    found += _of_aws(arn.rpartition("/")[2])
                elif arn not in managed:
                    return missing
                else:
                    found += statements(_document(managed[arn]))
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        return Unread(Reason.MALFORMED, f"a policy cannot be read ({type(error).__name__})")
    return [statement for statement in found if statement["Effect"] == "Allow"]


def _of_aws(name: str) -> Sequence[Statement]:
    """What a policy that AWS manages allows, as far as its name says it."""
    whole = {"Effect": "Allow", "Action": f"{name}:*", "Resource": "*"}
    return _AWS_MANAGED.get(name, [whole] if name.endswith("FullAccess") else ())


def _document(policy: Mapping[str, Any]) -> Any:
    return next(v["Document"] for v in policy["PolicyVersionList"] if v["IsDefaultVersion"])


def statements(document: Any) -> list[Statement]:
    """The statements of a policy document, in text or parsed; one alone needs no list."""
    said = json.loads(document) if isinstance(document, str) else document
    inside = said["Statement"]
    return [inside] if isinstance(inside, Mapping) else list(inside)


def listed(value: Any) -> list[str]:
    """A value that may stand alone, as a list."""
    return [value] if isinstance(value, str) else list(value or [])


def covers(statement: Statement, actions: Sequence[str]) -> bool:
    """Whether it allows any of the actions on everything, without a condition.

    A statement that names what it leaves out (`NotAction`) allows all the rest, but is no
    administrator's.
    """
    if statement.get("Condition") or "*" not in listed(statement.get("Resource")):
        return False
    if "NotAction" in statement:
        left_out = [pattern.lower() for pattern in listed(statement["NotAction"])]
        return actions != ("*",) and any(
            not any(fnmatchcase(action.lower(), pattern) for pattern in left_out)
            for action in actions
        )
    patterns = [pattern.lower() for pattern in listed(statement.get("Action"))]
    if actions == ("*",):
        return bool({"*", "*:*"} & set(patterns))
    return any(fnmatchcase(action.lower(), pattern) for action in actions for pattern in patterns)


def trust(who: Mapping[str, Any], kind: str, judge: Callable[[Statement], bool]) -> Any:
    """Whether any allowing statement of a role's trust is as the judge says; None for a user."""
    if kind != "role":
        return None
    try:
        return any(
            judge(statement)
            for statement in statements(who["AssumeRolePolicyDocument"])
            if statement["Effect"] == "Allow"
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Unread(Reason.MALFORMED, f"a trust cannot be read ({type(error).__name__})")


def principals(statement: Statement) -> list[str]:
    """The AWS principals that a statement names; `*` for everyone."""
    principal = statement.get("Principal", "*")  # NotPrincipal trusts all but those it names
    return ["*"] if principal == "*" else listed(principal.get("AWS"))


def trusts_anyone(statement: Statement) -> bool:
    """Everyone, without a condition that says who is meant."""
    return "*" in principals(statement) and not is_bounded(statement, WHO)


def trusts_strangers(statement: Statement, account: str) -> bool:
    """Another account, without the external id that keeps a third party from borrowing it."""
    named = [name for name in principals(statement) if name != "*"]
    others = [name for name in named if (*name.split(":"), *[""] * 5)[4] != account != name]
    return bool(others) and not is_bounded(statement, ("sts:externalid",))


def grants_a_service(statement: Statement) -> bool:
    """Whether it grants every action of a service on everything, without a condition."""
    if statement.get("Condition") or "*" not in listed(statement.get("Resource")):
        return False
    return any(action.endswith(":*") for action in listed(statement.get("Action")))
