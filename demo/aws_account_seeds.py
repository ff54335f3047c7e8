"""What stands in the demo's accounts; `planted_faults.yaml` lists what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo import aws_resources_seeds as resources
from demo import aws_services_seeds as services
from demo import aws_watchers_seeds as watchers

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws_account_builder import Builder

FIRST = "111122223333"
SECOND = "444455556666"
THIRD = "777788889999"
STRANGER = "999988887777"
WORLD, WORLD_6 = "0.0.0.0/0", "::/0"
EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": "zicha-demo"}}


def billing(account: Builder) -> None:
    """The billing account: a real one grown over years, partly wrong."""
    _billing_storage(account)
    _billing_people(account)
    _billing_roles(account)
    _billing_network(account)
    resources.billing(account, STRANGER)
    services.billing(account)
    watchers.billing(account)
    account.trail("main", "cn-audit-logs")
    account.trail(
        "legacy",
        "billing-exports",
        everywhere=False,
        recording=False,
        validated=False,
        own_key=False,
        records="WriteOnly",
    )


def _billing_storage(account: Builder) -> None:
    tags, logs = {"app": "billing"}, "cn-access-logs"
    account.bucket("cn-audit-logs", keeps_logs=True, locked=True, expires_after_days=400)
    account.bucket("cn-access-logs", keeps_logs=True, expires_after_days=30)
    account.bucket("billing-cdr", tags=tags, logs_to=logs)
    account.bucket("billing-invoices", tags=tags, logs_to=logs)
    account.bucket("billing-exports", tags=tags, logs_to=logs, blocked=False, public_policy=True)
    account.bucket("billing-archive", tags=tags, logs_to=logs, encrypted=False)
    account.bucket("billing-scratch", tags=tags, versions=False, tls_only=False)
    account.bucket("forgotten-exports", logs_to=logs, blocked=False, public_list=True)


def _billing_people(account: Builder) -> None:
    account.password_policy()
    account.policy("read-billing", "s3:ListBucket", "s3:GetObject")
    account.policy("everything", "*")
    account.group("operators", "read-billing")
    account.group("platform-admins", "everything")
    account.user("li.na", group="operators", console=True)
    account.user("wang.fang", group="operators", console=True, second_factor=False)
    account.user("zhao.lei", group="platform-admins", console=True, made_days_ago=200)
    account.user("liu.yang", group="operators", console=True, made_days_ago=400, seen_days_ago=300)
    account.user("chen.jie", group="operators", console=True, keys_days_old=[20], inline=["iam:*"])
    account.user("svc-billing", group="operators", keys_days_old=[30])
    account.user("svc-export", group="operators", keys_days_old=[400])
    account.user(
        "svc-legacy", keys_days_old=[300], keys_used_days_ago=None, attached="read-billing"
    )
    account.user("svc-new", group="operators", keys_days_old=[3], keys_used_days_ago=None)
    account.user("svc-old-batch", group="operators", keys_days_old=[50])
    account.user("svc-report", group="operators", keys_days_old=[40, 10])


def _billing_roles(account: Builder) -> None:
    stranger = {"AWS": f"arn:{account.partition}:iam::{STRANGER}:root"}
    house = {"AWS": account.arn("iam", "root")}
    account.role("zicha-audit", house, "s3:GetBucketPolicy", **EXTERNAL_ID)
    account.role("billing-app", {"Service": "ec2.amazonaws.com"}, "s3:PutObject")
    account.role("assessor", stranger, "s3:ListAllMyBuckets", **EXTERNAL_ID)
    account.role("partner-reporting", stranger, "s3:GetObject")
    account.role("open-door", {"AWS": "*"}, "s3:ListBucket")
    account.role("log-keeper", {"Service": "ec2.amazonaws.com"}, "cloudtrail:*")
    account.role("integrator", stranger, "*", **EXTERNAL_ID)
    account.federated_role("deploy", "token.actions.githubusercontent.com", "s3:PutObject")
    account.role("former-etl", {"Service": "ec2.amazonaws.com"}, "s3:GetObject")
    account.date_back_role("former-etl", made=500, used=300)
    account.disable_key("svc-old-batch")


def _billing_network(account: Builder) -> None:
    account.network("cn-audit-logs")
    account.security_group(
        "web",
        ("tcp", 80, 80, WORLD),
        ("tcp", 443, 443, WORLD),
        ("tcp", 443, 443, WORLD_6),
        ("icmp", 8, -1, WORLD),
    )
    account.security_group("app", ("tcp", 8080, 8080, "web"))
    account.security_group("database", ("tcp", 5432, 5432, "10.20.0.0/16"))
    account.security_group("bastion", ("tcp", 22, 22, "203.0.113.8/29"))
    account.security_group("old-ssh", ("tcp", 22, 22, WORLD))
    account.security_group("wide-range", ("tcp", 3300, 3400, WORLD_6))
    account.security_group("shared-mysql", ("tcp", 3306, 3306, WORLD))
    account.security_group("anything", ("-1", -1, -1, WORLD))
    account.security_group("left-over", ("tcp", 443, 443, "10.20.0.0/16"), worn=False)
    account.security_group("default", ("-1", -1, -1, "default"), worn=False)


def portal(account: Builder) -> None:
    """The portal's account: tidy, but without a trail and without a password policy."""
    account.block_public_access()
    account.bucket("portal-logs", keeps_logs=True, locked=True)
    account.bucket("portal-static", logs_to="portal-logs", blocked=False, tags={"app": "portal"})
    account.bucket("portal-forms", logs_to="portal-logs", blocked=False, tags={"app": "portal"})
    account.policy("publish", "s3:PutObject")
    account.group("editors", "publish")
    account.user("sun.li", group="editors", console=True)
    account.user("svc-publish", group="editors", keys_days_old=[15])
    house = {"AWS": account.arn("iam", "root")}
    account.role("zicha-audit", house, "s3:GetBucketPolicy", **EXTERNAL_ID)
    account.role("portal-app", {"Service": "ec2.amazonaws.com"}, "s3:PutObject")
    account.network("portal-logs")
    resources.tidy(account)
    account.security_group("portal-web", ("tcp", 443, 443, WORLD), ("tcp", 443, 443, WORLD_6))
    resources.portal(account)


def overseas(account: Builder) -> None:
    """A small account of the other partition: it has a root user, and lies abroad."""
    account.password_policy()
    account.bucket("overseas-logs", keeps_logs=True, locked=True)
    account.bucket("overseas-backup", logs_to="overseas-logs", tags={"app": "billing"})
    account.policy("restore", "s3:GetObject")
    account.group("restorers", "restore")
    account.user("svc-backup", group="restorers", keys_days_old=[15])
    house = {"AWS": account.arn("iam", "root")}
    account.role("zicha-audit", house, "s3:GetBucketPolicy", **EXTERNAL_ID)
    account.network("overseas-logs")
    resources.tidy(account)
    resources.overseas(account)
    watchers.watched(account, bucket="overseas-logs")
    account.trail("all", "overseas-logs")


ACCOUNTS: dict[str, tuple[str, str, Callable[[Builder], None]]] = {
    FIRST: ("aws-cn", "cn-north-1", billing),
    SECOND: ("aws-cn", "cn-north-1", portal),
    THIRD: ("aws", "ap-southeast-1", overseas),
}
