"""What the listings of AWS have in common: the fields kept, the tags, and who stands in one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Gap, Reply, Unread
from zicha.model.logic import read
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.aws import AwsAccount

Wanted = Sequence[Mapping[str, str]]
"""Resources that a change named, each by its columns and its region; empty: all there are."""


def sought_in(
    account: AwsAccount, wanted: Wanted, column: str
) -> Iterator[tuple[str, list[str] | None]]:
    """Region by region, the names that are sought there; None where everything is."""
    if not wanted:
        yield from ((region, None) for region in account.regions)
        return
    for region in sorted({one["region"] for one in wanted}):
        yield region, sorted({one[column] for one in wanted if one["region"] == region})


def filtered(name: str, sought: Sequence[str] | None) -> dict[str, Any]:
    """The parameter by which EC2 and RDS list these only; without names, none."""
    return {} if sought is None else {"Filters": [{"Name": name, "Values": list(sought)}]}


def kept(reply: Reply, key: str, fields: Sequence[str]) -> Reply:
    """The reply with only these fields of each member: what is not needed is never sealed.

    A listing of another shape than expected stays as it is, to be called malformed later.
    """
    listed = reply.body.get(key) if isinstance(reply, Answer) and reply.body else None
    if not isinstance(reply, Answer) or not isinstance(listed, list):
        return reply
    shortened = [
        {name: member[name] for name in fields if name in member}
        if isinstance(member, Mapping)
        else member
        for member in listed
    ]
    return replace(reply, body={**(reply.body or {}), key: shortened})


def tags_of(member: Mapping[str, Any]) -> str:
    """The tags of a resource as one text, as the selectors of a scope read them."""
    tags = {tag["Key"]: tag["Value"] for tag in member.get("Tags") or ()}
    return json.dumps(tags, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def found_in(
    said: Reply, key: str, names: Callable[[Mapping[str, Any]], Iterable[str]]
) -> Callable[[str], bool | Unread]:
    """Whether a listing names something; where it is cut, only a yes is certain."""
    if isinstance(said, Gap):
        gap = Unread(said.reason, said.remedy, said.permission)
        return lambda _: gap
    try:
        named = {name for member in said.each(key) for name in names(member)}
    except (KeyError, TypeError, ValueError, AttributeError, MalformedAnswerError) as error:
        torn = Unread(Reason.MALFORMED, f"{said.call}: {type(error).__name__} {error}")
        return lambda _: torn
    rest = Unread(said.cut, said.remedy, said.permission) if said.cut else False
    return lambda name: True if name in named else rest


def certain(said: Reply, lay: Callable[[Mapping[str, Any]], Any]) -> Any:
    """A cell computed from a whole listing; nothing is certain of one that is cut."""
    if isinstance(said, Answer) and said.cut:
        return Unread(said.cut, said.remedy, said.permission)
    return read(said, lay)


def named(reply: Reply, key: str, name: str) -> Reply:
    """The reply with its bare names as members that carry a name, as every other listing has them.

    A listing of another shape than expected stays as it is, to be called malformed later.
    """
    listed = reply.body.get(key) if isinstance(reply, Answer) and reply.body else None
    if not isinstance(reply, Answer) or not isinstance(listed, list):
        return reply
    if not all(isinstance(one, str) for one in listed):
        return reply
    return replace(reply, body={key: [{name: one} for one in listed]})


def only(reply: Reply, key: str, fields: Sequence[str]) -> Reply:
    """The reply with only these fields of the one object that stands under `key`."""
    told = reply.body.get(key) if isinstance(reply, Answer) and reply.body else None
    if not isinstance(reply, Answer) or not isinstance(told, Mapping):
        return reply
    return replace(reply, body={key: {name: told[name] for name in fields if name in told}})


def names_another(said: Reply, key: str, own: Mapping[str, str | None]) -> Any:
    """Whether the list of those a thing is lent to names any but its owner; else unread.

    Args:
        said: the answer that holds the list.
        key: where it stands; the public, a `Group` in it, is judged elsewhere.
        own: the keys under which somebody may be named, each with what names the owner. Whoever
            is named by another key cannot be read.
    """

    def lent(body: Mapping[str, Any]) -> bool:
        listed = body[key]
        known = own.keys() | {"Group"}
        if not isinstance(listed, list) or any(not one or one.keys() - known for one in listed):
            raise ValueError("somebody it is lent to cannot be read")
        return any(
            one[name] != owner for one in listed for name, owner in own.items() if name in one
        )

    return read(said, lent)
