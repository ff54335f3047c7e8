"""What a source said: an answer or a gap per call, and the rows laid out from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zicha.model.errors import MalformedAnswerError
from zicha.model.verdict import Reason

Place = tuple[str, ...]
"""Where a listing was taken, in the order of the collector's `places`: ("1234", "eu-west-1")."""

Body = Mapping[str, Any] | None
"""The parsed answer, untouched; None when the provider says that the thing is not configured."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands in a cell whose call went unanswered, and says why."""

    reason: Reason
    remedy: str = ""
    permission: str = ""


Cell = str | int | float | bool | datetime | None | Unread
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Answer:
    """One call's answer, untouched.

    Args:
        place: where it was asked.
        call: the name of the call (`describe_trails`, `sshd -T`).
        about: the resource asked about; empty for a listing.
        body: the parsed answer, None for "not configured" said by the provider.
        heard: request id, HTTP date, SDK version: what proves the call, never judged.
        cut: why the listing is incomplete, if it is; the pages before it stand in `body`.
        remedy: what to do about the cut.
        permission: the permission whose absence made the cut, if that was it.
        not_offered: the provider does not offer the service there: there is nothing to list.
    """

    place: Place
    call: str
    about: str
    body: Body
    heard: Mapping[str, str] = field(default_factory=dict)
    cut: Reason | None = None
    remedy: str = ""
    permission: str = ""
    not_offered: bool = False

    def each(self, key: str) -> Iterator[Mapping[str, Any]]:
        """The members of a list in the answer; anything but a list of objects is malformed."""
        if self.not_offered:
            return
        members = None if self.body is None else self.body.get(key)
        if not isinstance(members, Sequence) or isinstance(members, str):
            raise MalformedAnswerError(f"{self.call}: {key} is not a list")
        for member in members:
            if not isinstance(member, Mapping):
                raise MalformedAnswerError(f"{self.call}: a member of {key} is not an object")
            yield member


@dataclass(frozen=True, slots=True)
class Gap:
    """One call without an answer: why, what to do, and which permission is missing, if one is."""

    place: Place
    call: str
    about: str
    reason: Reason
    remedy: str = ""
    permission: str = ""
    heard: Mapping[str, str] = field(default_factory=dict)

    def each(self, key: str) -> Iterator[Mapping[str, Any]]:  # noqa: ARG002 - as an answer's
        """No members: nobody can ask about what was not listed."""
        return iter(())


Reply = Answer | Gap


class Replies:
    """All replies of one place, found by call and by the resource they are about."""

    def __init__(self, replies: Iterable[Reply]) -> None:
        """Index the replies once; their order is kept."""
        self._by_call: dict[str, list[Reply]] = defaultdict(list)
        self._by_about: dict[tuple[str, str], Reply] = {}
        for reply in replies:
            self._by_call[reply.call].append(reply)
            self._by_about[reply.about, reply.call] = reply

    def to(self, call: str) -> list[Answer]:
        """Every answer to this call; what is no answer is left out, `table` accounts for it."""
        return [r for r in self._by_call[call] if isinstance(r, Answer) and not r.not_offered]

    def gaps(self, call: str) -> list[Gap]:
        """Every time this call went unanswered."""
        return [r for r in self._by_call[call] if isinstance(r, Gap)]

    def about(self, about: str, call: str) -> Reply:
        """The reply to this call about this resource; a gap `not-collected` if nobody asked."""
        found = self._by_about.get((about, call))
        return found or Gap((), call, about, Reason.NOT_COLLECTED, f"{call} was not asked")


_MUST_BE_THERE = object()


def cell(said: Reply | Mapping[str, Any], *path: str, absent: Any = _MUST_BE_THERE) -> Any:
    """Walk the path into an answer and return what stands there.

    A gap gives `Unread` with its reason; a missing key gives `Unread(malformed)`, unless `absent`
    says what a missing key means. An answer without a body (the provider said "not configured")
    gives `absent`.
    """
    if isinstance(said, Gap):
        return Unread(said.reason, said.remedy, said.permission)
    here: Any = said.body if isinstance(said, Answer) else said
    if here is None and absent is not _MUST_BE_THERE:
        return absent
    for key in path:
        if not isinstance(here, Mapping):
            return Unread(Reason.MALFORMED, f"no object where {key} was expected")
        if key not in here:
            if absent is not _MUST_BE_THERE:
                return absent
            return Unread(Reason.MALFORMED, f"the answer has no {'.'.join(path)}")
        here = here[key]
    return here


def derived(*cells: Any) -> Unread | None:
    """The first unread among the cells that a value is computed from; None when all were read."""
    return next((c for c in cells if isinstance(c, Unread)), None)
