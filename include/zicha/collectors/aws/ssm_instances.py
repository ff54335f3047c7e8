"""Machines that Systems Manager knows: whether they answer, and which patches they lack.

Who has never been scanned for patches has no state there: that is said as no scan, not as none
missing. A machine that Systems Manager does not know is in no row here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

CALL, ASK = "describe_instance_information", "describe_instance_patch_states"
LISTED, STATES = "InstanceInformationList", "InstancePatchStates"
FIELDS = (
    "AgentVersion",
    "InstanceId",
    "IsLatestVersion",
    "LastPingDateTime",
    "PingStatus",
    "PlatformName",
    "PlatformVersion",
)
STATE = (
    "FailedCount",
    "InstalledPendingRebootCount",
    "InstanceId",
    "MissingCount",
    "OperationEndTime",
)
AT_ONCE = 50  # what one question about patches may name


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """A region's machines, and their patches, fifty machines a question."""
    from zicha.sources.aws import members

    for region in account.regions:
        ssm = account.client("ssm", region)
        listing = kept(ssm.ask(CALL, expects=LISTED), LISTED, FIELDS)
        yield listing
        known = [one["InstanceId"] for one in members(listing, LISTED, "InstanceId")]
        for some in _batches(known):
            said = ssm.ask(ASK, about=_name(some), expects=STATES, InstanceIds=list(some))
            yield kept(said, STATES, STATE)


def _batches(machines: Sequence[str]) -> Iterator[Sequence[str]]:
    """The same machines fall together whenever the same listing is cut up."""
    told = sorted(set(machines))
    for start in range(0, len(told), AT_ONCE):
        yield told[start : start + AT_ONCE]


def _name(some: Sequence[str]) -> str:
    return f"{some[0]} to {some[-1]}"


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per machine."""
    for listing in replies.to(CALL):
        account, region = listing.place
        listed = list(listing.each(LISTED))
        states = _states([one["InstanceId"] for one in listed], replies)
        for one in listed:
            state = states[one["InstanceId"]]
            yield {
                "account": account,
                "region": region,
                "machine": one["InstanceId"],
                "platform": cell(one, "PlatformName", absent=None),
                "platform_version": cell(one, "PlatformVersion", absent=None),
                "answers": _answers(one),
                "last_heard_at": cell(one, "LastPingDateTime", absent=None),
                "agent_version": cell(one, "AgentVersion", absent=None),
                # Not said of machines whose agent comes with the system.
                "agent_is_current": cell(one, "IsLatestVersion", absent=None),
                "last_scanned_at": _of(state, "OperationEndTime"),
                "missing_patches": _of(state, "MissingCount"),
                "failed_patches": _of(state, "FailedCount"),
                "patches_awaiting_restart": _of(state, "InstalledPendingRebootCount"),
            }


def _answers(one: Mapping[str, Any]) -> Any:
    said = cell(one, "PingStatus")
    return said if isinstance(said, Unread) else said == "Online"


def _states(machines: Sequence[str], replies: Replies) -> dict[str, Any]:
    """By machine: its patches, None if it was never scanned, or why that was not read."""
    found: dict[str, Any] = {}
    for some in _batches(machines):
        said = replies.about(_name(some), ASK)
        told = read(said, lambda body: {one["InstanceId"]: one for one in body[STATES]})
        rest = (
            Unread(said.cut, said.remedy, said.permission)
            if isinstance(said, Answer) and said.cut
            else None
        )
        for one in some:
            found[one] = told if isinstance(told, Unread) else told.get(one, rest)
    return found


def _of(state: Any, key: str) -> Any:
    return state if state is None or isinstance(state, Unread) else cell(state, key)


COLLECTOR = Collector(
    id="aws/ssm_instances",
    title=Text(zh="受管主机与补丁", en="Managed machines and their patches"),
    max_age=timedelta(hours=26),
    permissions=("ssm:DescribeInstanceInformation", "ssm:DescribeInstancePatchStates"),
    lists=CALL,
    places=("account", "region"),
    subject=("account", "region", "machine"),
    subject_type="AWS::SSM::ManagedInstance",
    columns={
        "account": str,
        "region": str,
        "machine": str,
        "platform": str,
        "platform_version": str,
        "answers": bool,
        "last_heard_at": datetime,
        "agent_version": str,
        "agent_is_current": bool,
        "last_scanned_at": datetime,
        "missing_patches": int,
        "failed_patches": int,
        "patches_awaiting_restart": int,
    },
    volatile=("last_heard_at", "last_scanned_at"),
    fetch=fetch,
    tabulate=tabulate,
)
