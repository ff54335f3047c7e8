"""The account's own settings: its password policy and what its root user holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, cell
from zicha.model.logic import both, read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

RULES = (
    "RequireSymbols",
    "RequireNumbers",
    "RequireUppercaseCharacters",
    "RequireLowercaseCharacters",
)


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """Three questions about the account as a whole."""
    iam = account.client("iam")
    yield iam.ask("get_account_summary", expects="SummaryMap")
    yield iam.ask("get_account_password_policy", expects="PasswordPolicy")
    # The account's own name tells its partition, and so whether there is a root user at all.
    yield account.client("sts").ask("get_caller_identity", expects="Account")


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per account."""
    for summary in replies.to("get_account_summary"):
        policy = replies.about("", "get_account_password_policy")
        has_root = read(replies.about("", "get_caller_identity"), _has_root)
        yield {
            "account": summary.place[0],
            "has_root": has_root,
            "root_has_second_factor": _of_root(has_root, summary, "AccountMFAEnabled"),
            "root_has_access_keys": _of_root(has_root, summary, "AccountAccessKeysPresent"),
            "users": cell(summary, "SummaryMap", "Users"),
            "has_password_policy": read(
                policy, lambda body: bool(body["PasswordPolicy"]), absent=False
            ),
            "password_min_length": _setting(policy, "MinimumPasswordLength"),
            "password_mixes_characters": read(
                policy,
                lambda body: both(*(body["PasswordPolicy"][rule] for rule in RULES)),
                absent=False,
            ),
            "password_max_age_days": read(policy, _max_age),
            "passwords_remembered": read(
                policy, lambda body: body["PasswordPolicy"].get("PasswordReusePrevention", 0)
            ),
            "users_may_change_password": _setting(policy, "AllowUsersToChangePassword"),
        }


def _has_root(body: Mapping[str, Any]) -> bool:
    """Accounts of the China partition have no root user."""
    return str(body["Arn"]).split(":")[1] != "aws-cn"


def _of_root(has_root: Any, summary: Reply, key: str) -> bool | Unread | None:
    if isinstance(has_root, Unread):
        return has_root
    if not has_root:
        return None
    found: bool | Unread = read(summary, lambda body: body["SummaryMap"][key] > 0)
    return found


def _setting(policy: Reply, key: str) -> Any:
    return read(policy, lambda body: body["PasswordPolicy"][key])


def _max_age(body: Mapping[str, Any]) -> int | None:
    """None where passwords never expire."""
    policy = body["PasswordPolicy"]
    return policy["MaxPasswordAge"] if policy["ExpirePasswords"] else None


COLLECTOR = Collector(
    id="aws/iam_account",
    title=Text(zh="IAM 账号设置", en="IAM account settings"),
    max_age=timedelta(hours=26),
    permissions=(
        "iam:GetAccountPasswordPolicy",
        "iam:GetAccountSummary",
        "sts:GetCallerIdentity",
    ),
    lists="get_account_summary",
    places=("account",),
    subject=("account",),
    subject_type="AWS::IAM::Account",
    columns={
        "account": str,
        "has_root": bool,
        "root_has_second_factor": bool,
        "root_has_access_keys": bool,
        "users": int,
        "has_password_policy": bool,
        "password_min_length": int,
        "password_mixes_characters": bool,
        "password_max_age_days": int,
        "passwords_remembered": int,
        "users_may_change_password": bool,
    },
    volatile=("users",),
    fetch=fetch,
    tabulate=tabulate,
)
