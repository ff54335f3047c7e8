"""Backup plans: how long their copies are kept, and whether they go elsewhere as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, cell
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

RULE = ("CopyActions", "Lifecycle", "RuleName", "TargetBackupVaultName")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """A region's plans, and the rules of each."""
    from zicha.sources.aws import members

    for region in account.regions:
        backup = account.client("backup", region)
        listing = backup.ask("list_backup_plans", expects="BackupPlansList")
        listing = kept(listing, "BackupPlansList", ("BackupPlanId", "BackupPlanName"))
        yield listing
        for one in members(listing, "BackupPlansList", "BackupPlanId"):
            id_ = one["BackupPlanId"]
            plan = backup.ask("get_backup_plan", about=id_, expects="BackupPlan", BackupPlanId=id_)
            yield _kept(plan)


def _kept(said: Reply) -> Reply:
    plan = said.body.get("BackupPlan") if isinstance(said, Answer) and said.body else None
    rules = plan.get("Rules") if isinstance(plan, Mapping) else None
    if not isinstance(said, Answer) or not isinstance(rules, list):
        return said
    if not all(isinstance(one, Mapping) for one in rules):
        return said
    short = [{name: one[name] for name in RULE if name in one} for one in rules]
    return replace(said, body={"BackupPlan": {"Rules": short}})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per plan; where a rule names no end, its copies stay for good."""
    for listing in replies.to("list_backup_plans"):
        account, region = listing.place
        for one in listing.each("BackupPlansList"):
            said = replies.about(one["BackupPlanId"], "get_backup_plan")
            yield {
                "account": account,
                "region": region,
                "plan": one["BackupPlanId"],
                "name": cell(one, "BackupPlanName"),
                "has_rules": read(said, lambda body: bool(_rules(body))),
                "kept_days": read(said, _kept_days),
                "copies_elsewhere": read(said, _copies_elsewhere),
            }


def _rules(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(body["BackupPlan"]["Rules"])


def _kept_days(body: Mapping[str, Any]) -> int | None:
    """The longest term of its rules; None where one keeps its copies for good."""
    terms = [(rule.get("Lifecycle") or {}).get("DeleteAfterDays") for rule in _rules(body)]
    # AWS writes -1 for "never" where somebody took an end away again.
    ended = [term for term in terms if term is not None and term != -1]
    return max(ended) if ended and len(ended) == len(terms) else None


def _copies_elsewhere(body: Mapping[str, Any]) -> bool:
    return any(rule.get("CopyActions") for rule in _rules(body))


COLLECTOR = Collector(
    id="aws/backup_plans",
    title=Text(zh="备份计划", en="Backup plans"),
    max_age=timedelta(hours=26),
    permissions=("backup:GetBackupPlan", "backup:ListBackupPlans"),
    lists="list_backup_plans",
    places=("account", "region"),
    subject=("account", "region", "plan"),
    subject_type="AWS::Backup::BackupPlan",
    columns={
        "account": str,
        "region": str,
        "plan": str,
        "name": str,
        "has_rules": bool,
        "kept_days": int,
        "copies_elsewhere": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
