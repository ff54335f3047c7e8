"""What the ledger says of each object's life: sealed, on hold, lawfully deleted, or not so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from zicha.catalog.retention import Keeping, Takes, class_of
from zicha.custody.entry import ROW, Commitment, Entry, Kind
from zicha.custody.retention import Hold, Item, Rule
from zicha.pipeline.custody.fault import Fault, moment
from zicha.storage.ledgered import OUTSIDE, PAYLOAD

PLACED, RELEASED = "placed", "released"

_TAKES: Mapping[str, Takes] = {
    "pack": "evidence",
    "rows": "evidence",
    "outcomes": "outcomes",
    "report": "report",
    "document": "report",
}


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An object that the ledger says was deleted: by which rule, when, in which act."""

    digest: str
    rule: str
    at: datetime
    act: str
    where: str

    def shown(self) -> dict[str, str]:
        """As verification prints it."""
        on = moment(self.at)
        return {
            "digest": self.digest,
            "rule": self.rule,
            "on": on,
            "act": self.act,
            "where": self.where,
            "detail": f"expired by rule {self.rule} on {on[:10]}: deleted, and the ledger says so",
        }


@dataclass(slots=True)
class Lives:
    """The lives of all objects, replayed entry by entry.

    Args:
        classes: the retention classes in force.
        zone: labels days.
        items: the mentions of each object since it was last deleted.
        holds: those in force.
        tombstones: of the objects that are deleted now.
        commitments: the newest of each object that is not deleted.
        unlawful: deletions against a floor or a hold, or of what was never sealed.
    """

    classes: Mapping[str, Keeping]
    zone: ZoneInfo
    items: dict[str, list[Item]] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    tombstones: dict[str, Tombstone] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)
    unlawful: list[Fault] = field(default_factory=list)

    @property
    def rules(self) -> dict[str, Rule]:
        """How long each class is kept."""
        return {id_: Rule(one.days, one.floor) for id_, one in self.classes.items()}

    def mentions(self) -> list[Item]:
        """Every mention of what is not deleted."""
        return [item for items in self.items.values() for item in items]

    def take(self, entry: Entry, where: str) -> None:
        """Go one entry further."""
        if entry.kind is Kind.HOLD:
            self._held(entry)
        elif entry.kind is Kind.DELETION:
            for one in entry.commits:
                if one.name == PAYLOAD:
                    self._deleted(one, entry, where)
        else:
            for item, one in _mentions(entry, self.classes, self.zone):
                self.items.setdefault(item.digest, []).append(item)
                self.commitments[item.digest] = one
                self.tombstones.pop(item.digest, None)

    def _held(self, entry: Entry) -> None:
        id_ = str(entry.about.get("hold", ""))
        if entry.about.get("act") == RELEASED:
            self.holds.pop(id_, None)
        else:
            covers = {str(k): str(v) for k, v in dict(entry.about.get("covers", {})).items()}
            self.holds[id_] = Hold(id_, covers)

    def _deleted(self, one: Commitment, entry: Entry, where: str) -> None:
        rule, act = (str(entry.about.get(name, "")) for name in ("rule", "act"))
        self.unlawful += self._faults(one.digest, entry.at, where)
        self.tombstones[one.digest] = Tombstone(one.digest, rule, entry.at, act, where)
        self.items.pop(one.digest, None)
        self.commitments.pop(one.digest, None)

    def _faults(self, digest: str, at: datetime, where: str) -> Iterator[Fault]:
        items = self.items.get(digest, [])
        if not items:
            detail = f"{where} deletes it, and no entry before says that it was sealed"
            yield Fault("deletion-unfounded", digest, moment(at), detail)
        for item in items:
            least = _floor(self.classes, item)
            if least is None or least > at:
                until = "for ever" if least is None else f"until {moment(least)}"
                detail = f"{where} deletes it, and {item.rule} are kept {until} at least"
                yield Fault("deleted-early", digest, moment(at), detail)
                break
        for hold in self.holds.values():
            if any(hold.blocks(item) for item in items):
                detail = f"{where} deletes it, and hold {hold.id} was in force"
                yield Fault("deleted-under-hold", digest, moment(at), detail)


def lives_of(
    entries: Iterable[tuple[str, Entry]], classes: Mapping[str, Keeping], zone: ZoneInfo
) -> Lives:
    """Replay the entries, each with the place where it stands, in order."""
    lives = Lives(classes, zone)
    for where, entry in entries:
        lives.take(entry, where)
    return lives


def _mentions(
    entry: Entry, classes: Mapping[str, Keeping], zone: ZoneInfo
) -> Iterator[tuple[Item, Commitment]]:
    said = {name: str(entry.about.get(name, "")) for name in ("run", "source", "table")}
    day = entry.at.astimezone(zone).date().isoformat()
    for one in entry.commits:
        if one.name in {ROW, OUTSIDE}:
            continue
        takes = _TAKES.get(one.name, "record")
        kind = said["table"].partition("/")[0] if takes == "evidence" else ""
        labels = {"digest": one.digest, **said}
        rule = class_of(classes.values(), takes, kind)
        yield Item(one.digest, rule, entry.at, day, one.size, labels), one


def _floor(classes: Mapping[str, Keeping], item: Item) -> datetime | None:
    least = classes[item.rule].floor
    return Rule(least, least).until(item.sealed_at)
