"""A drop: a register that others deliver as a file, read once in a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from zicha.catalog.registers import Register
from zicha.model.errors import MalformedAnswerError, SourceError
from zicha.model.evidence import Answer, Gap, Place, Reply
from zicha.model.verdict import Reason
from zicha.sources.drop_bytes import Delivered
from zicha.sources.drop_cells import OddCell
from zicha.sources.drop_cells import cell as moment_of
from zicha.sources.drop_lines import Told, lines
from zicha.sources.drop_reading import Reading, counted, read

_PAGE = 5000
_AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class _Read:
    name: str
    reading: Reading
    declared: int | None
    as_of: datetime | None


@dataclass
class Drop:
    """One drop, opened.

    Args:
        id: the source's id.
        register: what it should hold.
        deliver: brings the file.
        now: the moment of the run.
        zone: the zone of its dates.
        pseudonym: hides who a person is, and still joins.
        most_before: the largest count of rows among its last deliveries; None at the first.
    """

    id: str
    register: Register
    deliver: Callable[[], Delivered]
    now: datetime
    zone: str
    pseudonym: Callable[[str], str]
    most_before: int | None = None

    @property
    def place(self) -> Place:
        """Where its rows were listed."""
        return (self.id,)

    def read_rows(self) -> Iterator[Reply]:
        """Page after page; the last says so. What is stale, or cut, says so too."""
        call = "read_rows"
        if isinstance(self._found, SourceError):
            yield self._gap(call, self._found)
            return
        found = self._found
        old = self._stale(found.as_of)
        if old:
            yield Gap(self.place, call, "", Reason.STALE, old)
            return
        cut, remedy = self._shortfall(found)
        rows = found.reading.rows
        starts = range(0, len(rows), _PAGE) or range(1)
        for page, start in enumerate(starts):
            body = {
                "file": found.name,
                "page": page,
                "pages": len(starts),
                "rows": rows[start : start + _PAGE],
            }
            yield Answer(self.place, call, "", body, cut=cut, remedy=remedy)

    def describe(self) -> Reply:
        """What was delivered, when, how many rows, and which are broken."""
        call = "describe_drop"
        if isinstance(self._found, SourceError):
            return self._gap(call, self._found)
        found = self._found
        reading = found.reading
        until = found.as_of + timedelta(hours=self.register.max_age_hours) if found.as_of else None
        body: dict[str, Any] = {
            "register": self.register.id,
            "file": found.name,
            "delivered_at": found.as_of.isoformat() if found.as_of else "",
            "fresh_until": until.isoformat() if until else "",
            "rows": reading.count,
            "broken": reading.broken,
            "faults": reading.faults,
            "left_out": reading.left_out,
            "declared": found.declared,
            "least": self.register.min_rows,
            "most_before": self.most_before,
        }
        return Answer(self.place, call, "", body)

    @cached_property
    def _found(self) -> _Read | SourceError:
        try:
            came, told = self.deliver(), Told()
            zone = ZoneInfo(self.zone)
            reading = read(
                came.name, lines(came.name, came.said, told), self.register, zone, self.pseudonym
            )
            return _Read(came.name, reading, counted(told), self._moment(came, told, zone))
        except SourceError as error:
            return error

    def _moment(self, came: Delivered, told: Told, zone: ZoneInfo) -> datetime | None:
        """Of which moment the drop is: what it says itself, else when it was put there."""
        from zicha.catalog.registers import RegisterColumn
        from zicha.model.text import Text

        at = came.at
        if told.as_of is not None:
            column = RegisterColumn(
                title=Text("时点", "as of"), type="datetime", ends_day=True, required=True
            )
            try:
                said = datetime.fromisoformat(moment_of(str(told.as_of), column, zone))
            except OddCell as error:
                raise MalformedAnswerError(f"{came.name}: its as_of {error}") from error
            at = min(said, at) if at else said
        if at is not None and at > self.now + _AHEAD:
            raise MalformedAnswerError(f"{came.name} is dated ahead of the run: correct its date")
        return at

    def _stale(self, as_of: datetime | None) -> str:
        limit = timedelta(hours=self.register.max_age_hours)
        if as_of is None:
            return f"{self.id}: nothing says of which day it is: add a line #as_of=2026-01-31"
        if self.now - as_of > limit:
            hours = self.register.max_age_hours
            since = as_of.isoformat(timespec="minutes")
            return f"{self.id} is of {since}, older than {hours} hours: deliver it anew"
        return ""

    def _shortfall(self, found: _Read) -> tuple[Reason | None, str]:
        count = found.reading.count
        if found.declared is not None and found.declared != count:
            said = f"{found.name} states {found.declared} rows and holds {count}: deliver it anew"
            return Reason.TRUNCATED, said
        if lost := found.reading.lost:
            fault = next(iter(found.reading.faults), "")
            return Reason.PARTIAL, f"{found.name}: {lost} lines are no rows ({fault}): correct them"
        return None, ""

    def _gap(self, call: str, error: SourceError) -> Gap:
        return Gap(self.place, call, "", error.reason, f"{self.id}: {error}", error.permission)
