"""Security Hub: whether it is on in a region, and by how many standards it examines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

WORKS = ("READY", "INCOMPLETE")


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """Whether it is on; and where it is, the standards."""
    for region in account.regions:
        hub = account.client("securityhub", region)
        said = hub.ask("describe_hub", expects="HubArn")
        yield _kept(said)
        if read(said, lambda body: bool(body["HubArn"])) is True:
            standards = hub.ask("get_enabled_standards", expects="StandardsSubscriptions")
            yield kept(standards, "StandardsSubscriptions", ("StandardsArn", "StandardsStatus"))


def _kept(said: Reply) -> Reply:
    if not isinstance(said, Answer) or not said.body:
        return said
    return replace(said, body={n: said.body[n] for n in ("HubArn",) if n in said.body})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per region, whether it is on or not."""
    for said in replies.to("describe_hub"):
        account, region = said.place
        is_on = read(said, lambda body: bool(body["HubArn"]), absent=False)
        standards = replies.about("", "get_enabled_standards")
        yield {
            "account": account,
            "region": region,
            "is_on": is_on,
            "examines": _examines(standards) if is_on is True else _unless(is_on),
        }


def _unless(is_on: Any) -> Any:
    return is_on if isinstance(is_on, Unread) else None


def _examines(said: Reply) -> Any:
    """Whether any standard works; in a cut listing only a yes is certain."""

    def lay(body: Mapping[str, Any]) -> bool:
        return any(one["StandardsStatus"] in WORKS for one in body["StandardsSubscriptions"])

    found = read(said, lay)
    if found is False and isinstance(said, Answer) and said.cut:
        return Unread(said.cut, said.remedy, said.permission)
    return found


COLLECTOR = Collector(
    id="aws/security_hubs",
    title=Text(zh="Security Hub", en="Security Hub"),
    max_age=timedelta(hours=26),
    permissions=("securityhub:DescribeHub", "securityhub:GetEnabledStandards"),
    lists="describe_hub",
    places=("account", "region"),
    subject=("account", "region"),
    subject_type="AWS::SecurityHub::Hub",
    columns={"account": str, "region": str, "is_on": bool, "examines": bool},
    fetch=fetch,
    tabulate=tabulate,
)
