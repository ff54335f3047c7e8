"""A collector: what it asks, how it lays out the answers, and what it needs to be allowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Gap, Place, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

MALFORMED = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError),
    MalformedAnswerError,
)
"""What a walk through an answer of another shape raises."""
_BEYOND = 2**63


@dataclass(frozen=True, slots=True)
class PlaceState:
    """How the listing of one place ended: `reason` is None when it is complete.

    `source` is the id under which the user's scope names the account, host or folder. Where the
    provider does not offer the service, nothing there can be listed or judged.
    """

    reason: Reason | None = None
    remedy: str = ""
    permission: str = ""
    collected_at: datetime | None = None
    evidence_digest: str = ""
    source: str = ""
    not_offered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one collector (or view), with how the listing of each place ended.

    Args:
        id: the collector's or the view's id.
        columns: name to type (str, int, float, bool, datetime), in order.
        subject: the columns that name a row's resource.
        places: the columns that name where it was listed; a `Place` holds their values.
        rows: one per resource; a cell may be `Unread`.
        states: how each place that was asked ended; a place of the scope not in it is
            `not-collected`.
    """

    id: str
    columns: Mapping[str, type]
    subject: tuple[str, ...]
    places: tuple[str, ...]
    rows: tuple[Row, ...]
    states: Mapping[Place, PlaceState]

    def place_of(self, row: Row) -> Place:
        """Where the row was listed."""
        return tuple(str(row[name]) for name in self.places)

    def key_of(self, row: Row) -> tuple[str, ...]:
        """The row's subject: the values that name it."""
        return tuple(str(row[name]) for name in self.subject)

    def as_of(self, moment: datetime, max_age: timedelta) -> Table:
        """The table without what is older than `max_age` at `moment`: those places are stale."""
        states = {
            place: replace(
                state,
                reason=Reason.STALE,
                remedy=f"collected at {state.collected_at.isoformat()}: collect again",
                permission="",
            )
            if state.collected_at is not None and moment - state.collected_at > max_age
            else state
            for place, state in self.states.items()
        }
        stale = {place for place, state in states.items() if state.reason is Reason.STALE}
        rows = tuple(row for row in self.rows if self.place_of(row) not in stale)
        return Table(self.id, self.columns, self.subject, self.places, rows, states)


def merged(tables: Sequence[Table]) -> Table:
    """One table of several collections of the same kind (one per source); places must differ."""
    first = tables[0]
    rows = tuple(row for table in tables for row in table.rows)
    states = {place: state for table in tables for place, state in table.states.items()}
    return Table(first.id, first.columns, first.subject, first.places, rows, states)


@dataclass(frozen=True, slots=True)
class Collector:
    """One kind of evidence: a file of its own, found by its path, known by its permanent id.

    Args:
        id: `source/plural_noun`; the part before the slash names the kind of source it asks.
        title: what it collects, in two languages.
        max_age: older evidence is stale.
        permissions: what the source must allow: IAM actions, or for hosts the commands and files.
        lists: the call whose answer is the completeness witness of a place.
        lists_too: calls asked once for each thing so listed, without which rows would be lost.
        places: the columns that say where a listing was taken.
        subject: the columns that name a resource; the smallest lasting thing.
        subject_type: what a subject is (`AWS::S3::Bucket`, `linux/account`).
        columns: name to type, in order; moments are aware datetimes in UTC.
        volatile: columns left out of the content mark (last-used moments, counters).
        fetch: asks, and yields one reply per call, untouched.
        tabulate: lays the replies of ONE place out as rows; pure.
        formerly: earlier ids.
        narrow: asks about some resources only, each given by the columns that name it and its
            place; None where a listing cannot be narrowed.
        lists_alone: the call that witnesses a resource asked about alone, where it is not `lists`.
        narrow_lacks: columns that asking alone cannot tell; only a whole listing judges by them.
        made_at: where the source hands out what it made earlier, the key of the answer to `lists`
            that says when; rows are as old as that, whenever they were fetched.
    """

    id: str
    title: Text
    max_age: timedelta
    permissions: tuple[str, ...]
    lists: str
    places: tuple[str, ...]
    subject: tuple[str, ...]
    subject_type: str
    columns: Mapping[str, type]
    fetch: Callable[[Any], Iterator[Reply]]
    tabulate: Callable[[Replies], Iterator[Row]]
    volatile: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    narrow: Callable[[Any, Sequence[Mapping[str, str]]], Iterator[Reply]] | None = None
    lists_too: tuple[str, ...] = ()
    lists_alone: str = ""
    narrow_lacks: tuple[str, ...] = ()
    made_at: str = ""

    @property
    def source(self) -> str:
        """The kind of source it asks: `aws`, `linux`, `cloudtrail`, `register`."""
        return self.id.partition("/")[0]

    def table(
        self,
        replies: Iterable[Reply],
        collected_at: datetime | None = None,
        evidence_digest: str = "",
        source: str = "",
    ) -> Table:
        """Lay the replies out place by place; a place whose answers make no rows is malformed."""
        by_place: dict[Place, list[Reply]] = defaultdict(list)
        for reply in replies:
            by_place[reply.place].append(reply)
        rows: list[Row] = []
        states: dict[Place, PlaceState] = {}
        for place, said in by_place.items():
            found, ended, made = self._lay_out(said)
            rows += found
            absent = any(_is_absent(reply) for reply in said if reply.call == self.lists)
            moment = min((one for one in (collected_at, *made) if one), default=None)
            states[place] = PlaceState(*ended, moment, evidence_digest, source, absent)
        return Table(self.id, self.columns, self.subject, self.places, tuple(rows), states)

    def _lay_out(
        self, said: Sequence[Reply]
    ) -> tuple[list[Row], tuple[Reason | None, str, str], list[datetime]]:
        """The rows, how the listing ended, and when what it was read from was made."""
        ended = self._ending(said)
        try:
            made = self._made(said)
            rows = [self._checked(row) for row in self.tabulate(Replies(said))]
        except MALFORMED as error:
            remedy = f"{self.id}: an answer could not be laid out ({type(error).__name__}: {error})"
            return [], (Reason.MALFORMED, remedy.encode(errors="replace").decode(), ""), []
        return rows, ended, made

    def _made(self, said: Sequence[Reply]) -> list[datetime]:
        if not self.made_at:
            return []
        bodies = [one.body for one in said if isinstance(one, Answer) and one.call == self.lists]
        made = [body[self.made_at] for body in bodies if body is not None]
        if not all(isinstance(one, datetime) and one.tzinfo for one in made):
            raise MalformedAnswerError(f"{self.lists}: {self.made_at} is no moment")
        return made

    def _ending(self, said: Sequence[Reply]) -> tuple[Reason | None, str, str]:
        listings = [reply for reply in said if reply.call in {self.lists, self.lists_alone}]
        if not listings:
            return Reason.NOT_COLLECTED, f"{self.lists} was not asked", ""
        listings += [reply for reply in said if reply.call in self.lists_too]
        for reply in listings:
            if isinstance(reply, Gap):
                return reply.reason, reply.remedy, reply.permission
            if isinstance(reply, Answer) and reply.cut:
                return reply.cut, reply.remedy, reply.permission
        return None, "", ""

    def _checked(self, row: Row) -> Row:
        """A cell of another type than its column's is unread, not silently another value."""
        if row.keys() != self.columns.keys():
            odd = sorted(row.keys() ^ self.columns.keys())
            raise MalformedAnswerError(f"{self.id}: columns do not match: {', '.join(odd)}")
        for name in (*self.subject, *self.places):
            if not isinstance(row[name], str) or not row[name]:
                raise MalformedAnswerError(f"{self.id}: {name} does not name anything")
            if not _is_text(str(row[name])):
                raise MalformedAnswerError(f"{self.id}: {name} is no text")
        return {name: _typed(row[name], kind, name) for name, kind in self.columns.items()}


def _is_absent(reply: Reply) -> bool:
    return isinstance(reply, Answer) and reply.not_offered


def _typed(value: Any, kind: type, name: str) -> Any:
    if value is None or isinstance(value, Unread):
        return value
    if kind is datetime and isinstance(value, datetime):
        return _in_utc(value, name)
    if type(value) is not kind and (kind, type(value)) != (float, int):
        return Unread(Reason.MALFORMED, f"{name} is {type(value).__name__}, not {kind.__name__}")
    if isinstance(value, str) and not _is_text(value):
        return Unread(Reason.MALFORMED, f"{name} is no text")
    # Also what is no number at all: the engine takes it for a null, and skips it.
    if isinstance(value, int | float) and not -_BEYOND <= value < _BEYOND:
        return Unread(Reason.MALFORMED, f"{name} is out of any range")
    return float(value) if kind is float else value


def _in_utc(value: datetime, name: str) -> datetime | Unread:
    if value.tzinfo is None:
        return Unread(Reason.MALFORMED, f"{name} does not say its zone")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return Unread(Reason.MALFORMED, f"{name} is out of any calendar")


def _is_text(value: str) -> bool:
    """Whether it can be written down: half a sign, which JSON can carry, cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
