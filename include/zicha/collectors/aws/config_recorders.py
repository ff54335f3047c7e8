"""Config recorders: whether a region's configuration is recorded, all of it, and arrives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import kept
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

RECORDERS, STATES = "describe_configuration_recorders", "describe_configuration_recorder_status"
CHANNELS = "describe_delivery_channels"


def fetch(account: AwsAccount) -> Iterator[Reply]:
    """Three questions per region: the recorders, how they do, and where they deliver."""
    for region in account.regions:
        config = account.client("config", region)
        listing = config.ask(RECORDERS, expects="ConfigurationRecorders")
        yield kept(listing, "ConfigurationRecorders", ("name", "recordingGroup"))
        states = config.ask(STATES, expects="ConfigurationRecordersStatus")
        yield kept(states, "ConfigurationRecordersStatus", ("lastStatus", "name", "recording"))
        channels = config.ask(CHANNELS, expects="DeliveryChannels")
        yield kept(channels, "DeliveryChannels", ("name", "s3BucketName"))


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per recorder."""
    states = replies.about("", STATES)
    channels = replies.about("", CHANNELS)
    for listing in replies.to(RECORDERS):
        account, region = listing.place
        for one in listing.each("ConfigurationRecorders"):
            name = one["name"]
            yield {
                "account": account,
                "region": region,
                "recorder": name,
                "is_recording": read(states, partial(_is_recording, name=name)),
                "last_succeeded": read(states, partial(_succeeded, name=name)),
                "records_everything": _records_everything(one),
                "has_channel": _has_channel(channels),
            }


def _state(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = {one["name"]: one for one in body["ConfigurationRecordersStatus"]}[
        name
    ]
    return found


def _is_recording(body: Mapping[str, Any], name: str) -> Any:
    return _state(body, name)["recording"]


def _succeeded(body: Mapping[str, Any], name: str) -> bool:
    return bool(_state(body, name).get("lastStatus") != "FAILURE")


def _records_everything(one: Mapping[str, Any]) -> bool:
    """Whether every type of resource is recorded, none left out."""
    group = one.get("recordingGroup") or {}
    return bool(group.get("allSupported", False))


def _has_channel(said: Reply) -> Any:
    """Whether there is somewhere to deliver to; in a cut listing only a yes is certain."""
    found = read(said, lambda body: any(one.get("s3BucketName") for one in _channels(body)))
    if found is False and isinstance(said, Answer) and said.cut:
        return Unread(said.cut, said.remedy, said.permission)
    return found


def _channels(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(body["DeliveryChannels"])


COLLECTOR = Collector(
    id="aws/config_recorders",
    title=Text(zh="Config 配置记录器", en="Config recorders"),
    max_age=timedelta(hours=26),
    permissions=(
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeConfigurationRecorders",
        "config:DescribeDeliveryChannels",
    ),
    lists=RECORDERS,
    places=("account", "region"),
    subject=("account", "region", "recorder"),
    subject_type="AWS::Config::ConfigurationRecorder",
    columns={
        "account": str,
        "region": str,
        "recorder": str,
        "is_recording": bool,
        "last_succeeded": bool,
        "records_everything": bool,
        "has_channel": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
