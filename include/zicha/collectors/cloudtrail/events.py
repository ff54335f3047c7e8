"""Events of CloudTrail files: one row each, without names, keys, parameters or answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.moments import moment
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Cell, Replies, Reply, Row, Unread, cell
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.log_folder import LogFolder

LIST = "read_logs"


def fetch(folder: LogFolder) -> Iterator[Reply]:
    """Read every delivered file of the period."""
    yield from folder.replies()


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per event of the period; one that was delivered twice alike is one."""
    said_here = replies.to(LIST)
    for listing in (said for said in said_here if not said.about):
        begins_at, ends_at = (moment(cell(listing, key)) for key in ("begins_at", "ends_at"))
        if not isinstance(begins_at, datetime) or not isinstance(ends_at, datetime):
            raise TypeError("the listing names no period")
        seen: dict[str, list[Mapping[str, Any]]] = {}
        for said in (said for said in said_here if said.about):
            for record in said.each("Records"):
                twins = seen.setdefault(str(record["eventID"]), [])
                if record in twins:
                    continue
                twins.append(record)
                occurred_at = moment(cell(record, "eventTime"))
                if isinstance(occurred_at, Unread) or begins_at <= occurred_at < ends_at:
                    yield _row(listing, said, record, occurred_at)


def _row(
    listing: Answer, said: Answer, record: Mapping[str, Any], occurred_at: datetime | Unread
) -> Row:
    is_by_service = cell(record, "userIdentity", "isInvokedByService", absent=False)
    identity_type = _identity_type(record, is_by_service)
    return {
        "account": listing.place[0],
        "region": listing.place[1],
        "event_id": record["eventID"],
        "occurred_at": occurred_at,
        "event_name": cell(record, "eventName"),
        "event_source": cell(record, "eventSource"),
        "recipient_account": cell(record, "recipientAccountId", absent=None),
        "identity_type": identity_type,
        "is_by_root": identity_type
        if isinstance(identity_type, Unread)
        else identity_type == "Root",
        "is_by_service": is_by_service,
        "login_result": cell(record, "ConsoleLogin", absent=None),
        "used_second_factor": _second_factor(record),
        "error_code": cell(record, "errorCode", absent=None),
        "succeeded": _succeeded(record),
        "is_read_only": cell(record, "readOnly", absent=None),
        "source_address": cell(record, "sourceIPAddress", absent=None),
        "file": said.about,
    }


def _identity_type(record: Mapping[str, Any], is_by_service: Cell) -> Cell:
    # Events that a service causes on its own name the service and no type; others must say who.
    said: Cell = cell(record, "userIdentity", "type")
    return None if isinstance(said, Unread) and is_by_service is True else said


def _second_factor(record: Mapping[str, Any]) -> Cell:
    """What the login says, or else the session; null where neither says anything."""
    said = cell(record, "MFAUsed", absent=None)
    said = cell(record, "userIdentity", "mfaAuthenticated", absent=None) if said is None else said
    if said is None or isinstance(said, Unread):
        return said
    return str(said).lower() in {"yes", "true"}


def _succeeded(record: Mapping[str, Any]) -> bool:
    return not record.get("errorCode") and record.get("ConsoleLogin", "Success") == "Success"


COLLECTOR = Collector(
    id="cloudtrail/events",
    title=Text(zh="操作审计事件", en="Events of the account's audit log"),
    max_age=timedelta(hours=26),
    permissions=("read: the folder of delivered log files",),
    lists=LIST,
    places=("account", "region"),
    subject=("account", "region", "event_id"),
    subject_type="cloudtrail/event",
    columns={
        "account": str,
        "region": str,
        "event_id": str,
        "occurred_at": datetime,
        "event_name": str,
        "event_source": str,
        "recipient_account": str,
        "identity_type": str,
        "is_by_root": bool,
        "is_by_service": bool,
        "login_result": str,
        "used_second_factor": bool,
        "error_code": str,
        "succeeded": bool,
        "is_read_only": bool,
        "source_address": str,
        "file": str,
    },
    fetch=fetch,
    tabulate=tabulate,
)
