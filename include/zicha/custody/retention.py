"""Which sealed objects have expired: by their class, the holds, and the findings upon them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FROM, UNTIL = "from", "until"
LABELS = ("digest", "run", "source", "table")


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a class is kept, and the least that the law or we ask; None is for ever."""

    days: int | None
    floor: int | None

    def until(self, sealed_at: datetime) -> datetime | None:
        """When what was sealed then expires; never before the floor."""
        if self.days is None or self.floor is None:
            return None
        return sealed_at + timedelta(days=max(self.days, self.floor))


@dataclass(frozen=True, slots=True)
class Item:
    """One mention of a sealed object: the same bytes may be mentioned again later.

    Args:
        rule: the id of its class.
        labels: `digest`, and where known `run`, `source`, `table`.
        day: the day of its sealing, in the organisation's zone.
    """

    digest: str
    rule: str
    sealed_at: datetime
    day: str
    size: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """What must not be deleted: everything that agrees with each of its words; without any, all.

    The words are labels of an item, and `from` and `until`, both days included.
    """

    id: str
    covers: Mapping[str, str]

    def blocks(self, item: Item) -> bool:
        """Whether this item is on hold; a word that this version does not know counts as true."""
        return all(_agrees(item, word, value) for word, value in self.covers.items())


@dataclass(frozen=True, slots=True)
class Stake:
    """A finding that rests on objects, and until when it keeps them: None while it is open."""

    finding: str
    digests: frozenset[str]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How long an object is kept, and because of what.

    Args:
        rule: the class that keeps it longest.
        until: None is for ever, or as long as it is on hold or a finding is open.
        holds: the ids of the holds that cover it.
        findings: the ids of the open findings that rest on it.
    """

    digest: str
    rule: str
    sealed_at: datetime
    until: datetime | None
    size: int = 0
    holds: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    def has_expired(self, now: datetime) -> bool:
        """Whether nothing keeps it any more."""
        return self.until is not None and self.until <= now


def standings(
    items: Iterable[Item],
    rules: Mapping[str, Rule],
    holds: Iterable[Hold] = (),
    stakes: Iterable[Stake] = (),
) -> list[Standing]:
    """How every object stands, by digest; what keeps it longest decides, over all its mentions."""
    mentioned: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        mentioned[item.digest].append(item)
    resting: dict[str, list[Stake]] = defaultdict(list)
    for stake in stakes:
        for digest in stake.digests:
            resting[digest].append(stake)
    in_force = list(holds)
    return [
        _standing(mentions, rules, in_force, resting[digest])
        for digest, mentions in sorted(mentioned.items())
    ]


def expired(
    items: Iterable[Item],
    rules: Mapping[str, Rule],
    now: datetime,
    holds: Iterable[Hold] = (),
    stakes: Iterable[Stake] = (),
) -> list[Standing]:
    """The objects that nothing keeps at this moment."""
    return [one for one in standings(items, rules, holds, stakes) if one.has_expired(now)]


def _standing(
    mentions: list[Item], rules: Mapping[str, Rule], holds: list[Hold], stakes: list[Stake]
) -> Standing:
    terms = [(_until(item, rules), item) for item in mentions]
    until, longest = max(terms, key=lambda term: (term[0] is None, term[0] or term[1].sealed_at))
    held = tuple(sorted({h.id for h in holds for item in mentions if h.blocks(item)}))
    still_open = tuple(sorted({stake.finding for stake in stakes if stake.until is None}))
    if until is not None:
        until = max([until, *(stake.until for stake in stakes if stake.until is not None)])
    if held or still_open:
        until = None
    return Standing(
        longest.digest,
        longest.rule,
        max(item.sealed_at for item in mentions),
        until,
        max(item.size for item in mentions),
        held,
        still_open,
    )


def _until(item: Item, rules: Mapping[str, Rule]) -> datetime | None:
    """A class that nobody defines any more keeps for ever."""
    rule = rules.get(item.rule)
    return None if rule is None else rule.until(item.sealed_at)


def _agrees(item: Item, word: str, value: str) -> bool:
    if word == FROM:
        return value <= item.day
    if word == UNTIL:
        return item.day <= value
    return word not in LABELS or item.labels.get(word) == value
