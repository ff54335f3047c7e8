"""Recorded replies for the contract tests, one JSON file per collector.

`tests/fixtures/replies/<source>/<name>.json` holds `replies`, one place with two resources (or one,
where the place is the resource), and `empty`, a complete listing of nothing (null where there is no
such thing). To record: `save(collector.id, collector.fetch(source), collector.fetch(empty_source))`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from zicha.model.evidence import Answer, Gap, Reply
from zicha.model.verdict import Reason

FOLDER = Path(__file__).parents[1] / "fixtures" / "replies"
FAILURES = {
    "refused": Reason.REFUSED,
    "throttled": Reason.THROTTLED,
    "unreachable": Reason.UNREACHABLE,
    "malformed": Reason.MALFORMED,
}
ODD_BODIES: Mapping[str, Mapping[str, Any]] = {
    "empty-body": {},
    "odd-body": {"Unexpected": [1, "x"], "text": 7},
}

# There a key that is missing says "none", by the provider's own documentation. It may empty these
# columns, and never makes a pass.
NONE_BY_SILENCE = {
    ("aws/s3_buckets", "get_bucket_versioning"): {"keeps_versions"},
    ("aws/s3_buckets", "get_bucket_logging"): {"is_access_logged", "receives_logs"},
    ("aws/cloudtrail_trails", "get_trail_status"): {"last_delivered_at"},
    ("aws/load_balancers", "get_web_acl_for_resource"): {"has_web_firewall"},
}


def load(id_: str, part: str = "replies") -> list[Reply] | None:
    """The recorded replies of a collector; None where the part says that there is no such thing."""
    said = json.loads((FOLDER / f"{id_}.json").read_text(encoding="utf-8"), object_hook=_moment)
    return None if said[part] is None else [_reply(each) for each in said[part]]


def save(id_: str, replies: Iterable[Reply], empty: Iterable[Reply] | None) -> None:
    """Write the file; `heard` is left out, it is never judged."""
    path = FOLDER / f"{id_}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = {
        "replies": [_said(reply) for reply in replies],
        "empty": None if empty is None else [_said(reply) for reply in empty],
    }
    text = json.dumps(parts, ensure_ascii=False, indent=1, default=_plain)
    path.write_text(f"{text}\n", encoding="utf-8")


def at(place: str, replies: Iterable[Reply]) -> list[Reply]:
    """The same replies, heard at another account or host."""
    return [replace(reply, place=(place, *reply.place[1:])) for reply in replies]


def spoilt(replies: list[Reply]) -> Iterator[tuple[str, Reply, list[Reply]]]:
    """Each single call in turn gone wrong in each way: its name, the call, and what was heard."""
    for number, reply in enumerate(replies):
        if isinstance(reply, Gap):
            continue
        for name, new in _spoilt(reply):
            yield name, reply, [*replies[:number], new, *replies[number + 1 :]]


def _spoilt(reply: Answer) -> Iterator[tuple[str, Reply]]:
    for name, reason in FAILURES.items():
        yield name, Gap(reply.place, reply.call, reply.about, reason, "a remedy", "a:Permission")
    if reply.body is not None:
        yield "partial", replace(reply, cut=Reason.PARTIAL, remedy="a remedy")
        for name, body in ODD_BODIES.items():
            yield name, replace(reply, body=body)


def _reply(said: Mapping[str, Any]) -> Reply:
    place = tuple(said["place"])
    if "reason" in said:
        reason = Reason(said["reason"])
        return Gap(place, said["call"], said["about"], reason, said["remedy"])
    cut = Reason(said["cut"]) if "cut" in said else None
    return Answer(place, said["call"], said["about"], said["body"], cut=cut)


def _said(reply: Reply) -> dict[str, Any]:
    said: dict[str, Any] = {"place": reply.place, "call": reply.call, "about": reply.about}
    if isinstance(reply, Gap):
        return said | {"reason": reply.reason, "remedy": reply.remedy}
    return said | {"body": reply.body} | ({"cut": reply.cut} if reply.cut else {})


def _plain(said: Any) -> Any:
    if isinstance(said, datetime):
        return {"$at": said.isoformat()}
    raise TypeError(f"{type(said).__name__} cannot be recorded")


def _moment(said: dict[str, Any]) -> Any:
    return datetime.fromisoformat(said["$at"]) if said.keys() == {"$at"} else said
