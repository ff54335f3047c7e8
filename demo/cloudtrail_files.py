"""Writes a believable day of CloudTrail files of an invented account, with three things wrong.

Run `python demo/cloudtrail_files.py demo/cloudtrail --day 2026-11-02`: the same seed and day give
the same files. Missing hour, use of root without a second factor, and a stopped trail are listed
in planted_faults_host.yaml.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ACCOUNT, REGION = "111122223333", "cn-north-1"
ZONE = ZoneInfo("Asia/Shanghai")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
MISSING_HOUR = 11
"""In the organisation's zone: hours from the start of the day."""
ROOT_HOUR, STOP_HOUR, LOGIN_HOUR = 15, 20, 9

CALLS = (
    ("s3.amazonaws.com", "GetBucketEncryption", True),
    ("s3.amazonaws.com", "PutObjectRetention", False),
    ("ec2.amazonaws.com", "DescribeInstances", True),
    ("ec2.amazonaws.com", "DescribeSecurityGroups", True),
    ("rds.amazonaws.com", "DescribeDBInstances", True),
    ("kms.amazonaws.com", "Decrypt", True),
    ("sts.amazonaws.com", "AssumeRole", True),
    ("iam.amazonaws.com", "ListUsers", True),
    ("cloudtrail.amazonaws.com", "GetTrailStatus", True),
)
ROLES = ("billing-app", "billing-batch", "zicha-audit")


class Account:
    """Writes events of one invented account."""

    def __init__(self, seed: int) -> None:
        """Fix the sequence of every choice."""
        self._random = random.Random(seed)  # noqa: S311 - a story, not a secret

    def call(self, moment: datetime) -> dict[str, object]:
        """An ordinary call by one of the account's roles."""
        source, name, is_read = self._random.choice(CALLS)
        role = self._random.choice(ROLES)
        identity = {
            "type": "AssumedRole",
            "arn": f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/{role}/session",
            "accountId": ACCOUNT,
            "sessionContext": {"attributes": {"mfaAuthenticated": "false"}},
        }
        address = f"203.0.113.{self._random.randint(10, 40)}"
        event = self._event(moment, source, name, identity, address)
        event["readOnly"] = is_read
        if self._random.random() < 0.05:  # noqa: PLR2004 - one in twenty is denied
            event["errorCode"] = "AccessDenied"
        return event

    def login(self, moment: datetime, kind: str, used_second_factor: bool) -> dict[str, object]:
        """A login to the console."""
        identity: dict[str, object] = {"type": kind, "accountId": ACCOUNT}
        if kind == "IAMUser":
            identity["userName"] = "ops-01"
        event = self._event(
            moment, "signin.amazonaws.com", "ConsoleLogin", identity, "198.51.100.7"
        )
        event["readOnly"] = False
        event["responseElements"] = {"ConsoleLogin": "Success"}
        event["additionalEventData"] = {"MFAUsed": "Yes" if used_second_factor else "No"}
        return event

    def stop(self, moment: datetime) -> dict[str, object]:
        """Somebody stops the trail."""
        identity = {"type": "IAMUser", "accountId": ACCOUNT, "userName": "ops-02"}
        event = self._event(
            moment, "cloudtrail.amazonaws.com", "StopLogging", identity, "198.51.100.9"
        )
        return event | {"readOnly": False}

    def file_name(self, delivered_at: datetime) -> str:
        """A path as AWS delivers to."""
        mark = "".join(self._random.choice(LETTERS) for _ in range(16))
        stamp = delivered_at.strftime("%Y%m%dT%H%MZ")
        folder = f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{delivered_at:%Y/%m/%d}"
        return f"{folder}/{ACCOUNT}_CloudTrail_{REGION}_{stamp}_{mark}.json.gz"

    def between(self, least: int, most: int) -> int:
        """A number of the story."""
        return self._random.randint(least, most)

    def _event(
        self, moment: datetime, source: str, name: str, identity: dict[str, object], address: str
    ) -> dict[str, object]:
        number = uuid.UUID(int=self._random.getrandbits(128), version=4)
        return {
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": source,
            "eventName": name,
            "awsRegion": REGION,
            "sourceIPAddress": address,
            "requestParameters": None,
            "responseElements": None,
            "eventID": str(number),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
        }


def write(folder: Path, day: str, seed: int = 20261102) -> int:
    """Write the day's files and the note that says which hours they hold; give their number."""
    begins_at = datetime.fromisoformat(day).replace(tzinfo=ZONE).astimezone(UTC)
    account = Account(seed)
    count = 0
    for hour in range(24):
        at = begins_at + timedelta(hours=hour)
        events = _hour(account, hour, at)
        if hour == MISSING_HOUR:
            continue
        name = account.file_name(at + timedelta(minutes=55))
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"Records": events}, separators=(",", ":"))
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
        count += 1
    note = {
        "recorded": True,
        "recorded_at": (begins_at + timedelta(hours=26)).isoformat(),
        "begins_at": begins_at.isoformat(),
        "ends_at": (begins_at + timedelta(hours=24)).isoformat(),
        "note": "演示数据，虚构账号 / demo data of an invented account",
    }
    text = json.dumps(note, ensure_ascii=False, indent=2)
    (folder / "recording.json").write_text(f"{text}\n", encoding="utf-8")
    return count


def _hour(account: Account, hour: int, at: datetime) -> list[dict[str, object]]:
    minutes = sorted(account.between(0, 49) for _ in range(account.between(4, 8)))
    events = [account.call(at + timedelta(minutes=minute)) for minute in minutes]
    middle = at + timedelta(minutes=50)
    if hour == LOGIN_HOUR:
        events.append(account.login(middle, "IAMUser", used_second_factor=True))
    if hour == ROOT_HOUR:
        events.append(account.login(middle, "Root", used_second_factor=False))
    if hour == STOP_HOUR:
        events.append(account.stop(middle))
    return events


def main() -> None:
    """Write one day into a folder."""
    parser = argparse.ArgumentParser(description="write a day of demo CloudTrail files")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--day", required=True, help="YYYY-MM-DD in Asia/Shanghai")
    parser.add_argument("--seed", type=int, default=20261102)
    given = parser.parse_args()
    print(f"{write(given.folder, given.day, given.seed)} files")


if __name__ == "__main__":
    main()
