"""GuardDuty detectors: whether attacks are looked for in a region, in what, and how soon told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.aws.members import Wanted, named, sought_in
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell
from zicha.model.logic import read
from zicha.model.text import Text

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

FIELDS = ("Features", "FindingPublishingFrequency", "Status")
SOON = ("FIFTEEN_MINUTES", "ONE_HOUR")
LOGS = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")
MALWARE = "EBS_MALWARE_PROTECTION"


def fetch(account: AwsAccount, wanted: Wanted = ()) -> Iterator[Reply]:
    """A region's detectors, and what each watches."""
    from zicha.sources.aws import members

    for region, sought in sought_in(account, wanted, "detector"):
        guard = account.client("guardduty", region)
        said = guard.ask("list_detectors", expects="DetectorIds")
        listing = named(said, "DetectorIds", "DetectorId")
        yield listing
        for one in members(listing, "DetectorIds", "DetectorId", sought):
            id_ = one["DetectorId"]
            detector = guard.ask("get_detector", about=id_, expects="Status", DetectorId=id_)
            yield _kept(detector)


def _kept(said: Reply) -> Reply:
    if not isinstance(said, Answer) or not said.body:
        return said
    return replace(said, body={name: said.body[name] for name in FIELDS if name in said.body})


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per detector; None for what the region does not offer to watch."""
    for listing in replies.to("list_detectors"):
        account, region = listing.place
        for one in listing.each("DetectorIds"):
            said = replies.about(one["DetectorId"], "get_detector")
            status = cell(said, "Status")
            yield {
                "account": account,
                "region": region,
                "detector": one["DetectorId"],
                "is_on": status if isinstance(status, Unread) else status == "ENABLED",
                "tells_within_an_hour": read(
                    said, lambda body: body["FindingPublishingFrequency"] in SOON
                ),
                "watches_logs": read(said, _watches_logs),
                "watches_for_malware": read(said, lambda body: _features(body).get(MALWARE)),
            }


def _features(body: Mapping[str, Any]) -> dict[str, bool]:
    return {one["Name"]: one["Status"] == "ENABLED" for one in body["Features"]}


def _watches_logs(body: Mapping[str, Any]) -> bool:
    """Whether operations, names and networks are all watched, as they are by default."""
    found = _features(body)
    return all(found.get(name, False) for name in LOGS)


COLLECTOR = Collector(
    id="aws/guardduty_detectors",
    title=Text(zh="GuardDuty 威胁检测器", en="GuardDuty detectors"),
    max_age=timedelta(hours=26),
    permissions=("guardduty:GetDetector", "guardduty:ListDetectors"),
    lists="list_detectors",
    places=("account", "region"),
    subject=("account", "region", "detector"),
    subject_type="AWS::GuardDuty::Detector",
    columns={
        "account": str,
        "region": str,
        "detector": str,
        "is_on": bool,
        "tells_within_an_hour": bool,
        "watches_logs": bool,
        "watches_for_malware": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
    narrow=fetch,
)
