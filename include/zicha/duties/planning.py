"""Which obligations the duties give: one per duty, owner and cycle, planned exactly once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from zicha.catalog.certificates import expiry_of
from zicha.catalog.conditions import Fact
from zicha.catalog.duties import Duty
from zicha.catalog.duty_shapes import Clock, Rule
from zicha.catalog.escalation import Escalation
from zicha.catalog.owners import one_name
from zicha.catalog.scope import Scope
from zicha.duties.binding import explain, holds
from zicha.duties.time import ZONE, due, end_of, latest_safe, start_of
from zicha.duties.working_days import WorkingDays
from zicha.model.obligation import Obligation, ObligationState, obligation_id

EXPIRIES = frozenset(("licence_expiry", "certificate_expiry", "assessment_expiry"))
ANCHORLESS = frozenset(("in-notice", "on-date", "at-once", "before", "unnumbered"))


@dataclass(frozen=True, slots=True)
class Start:
    """What starts one cycle: its name, the moment, and the day in the notice where there is one."""

    cycle: str
    since: datetime
    notice: date | None = None
    is_event: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """What is to be planned, what moves, and what binds while nobody has started its clock."""

    new: tuple[Obligation, ...]
    moved: tuple[Obligation, ...]
    unanchored: tuple[tuple[str, str], ...]
    unbound: tuple[str, ...] = ()
    """Obligations still owed whose duty no longer binds: a person withdraws them, or not."""


@dataclass(frozen=True)
class Planner:
    """Everything that planning needs, so that it stays pure."""

    scope: Scope
    duties: dict[str, Duty]
    facts: dict[str, Fact]
    days: WorkingDays
    table: Escalation
    targets: dict[str, timedelta] = field(default_factory=dict)

    def plan(self, known: Iterable[Obligation], now: datetime) -> Owed:
        """The obligations that are to be planned now, and those whose due moment has changed."""
        standing: dict[tuple[str, str], dict[str, Obligation]] = {}
        known = list(known)
        for each in known:
            standing.setdefault((each.duty, each.of), {})[each.id] = each
        new: list[Obligation] = []
        moved: list[Obligation] = []
        unanchored: list[tuple[str, str]] = []
        for duty, of, system in self._owed:
            earlier = standing.get((duty.id, of), {})
            fresh = self._fresh(duty, of, system, list(earlier.values()), now)
            if not fresh and not earlier:
                unanchored.append((duty.id, of))
            for each in fresh:
                before = earlier.get(each.id)
                if before is None:
                    new.append(each)
                elif not before.is_ended and before.due != each.due:
                    moved.append(_moved(before, each))
        bound = {(duty.id, of) for duty, of, _ in self._owed}
        unbound = [
            each.id
            for each in known
            if (each.duty, each.of) not in bound and not each.is_ended and self._is_timed(each.duty)
        ]
        return Owed(tuple(new), tuple(moved), tuple(unanchored), tuple(unbound))

    @cached_property
    def undetermined(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Duty, system and missing facts, where the scope does not say whether a duty binds."""
        found = []
        for duty in self.duties.values():
            for system in self.scope.systems if duty.status == "in_force" else ():
                binding = explain(duty, self.scope, system.id, self.facts)
                if binding.binds == "undetermined":
                    found.append((duty.id, system.id, binding.declare))
        return found

    def _is_timed(self, duty: str) -> bool:
        known = self.duties.get(duty)
        return known is None or known.trigger.kind in {"calendar", "campaign"}

    def event(self, duty: Duty, of: str, system: str, since: datetime) -> Obligation:
        """The obligation that an event starts: its cycle is the moment."""
        cycle = since.astimezone(ZONE).isoformat(timespec="minutes")
        return self._obligation(duty, of, system, Start(cycle, since, is_event=True))

    @cached_property
    def _owed(self) -> list[tuple[Duty, str, str]]:
        noticed = {notice.duty for notice in self.scope.duties.notices}
        return [
            (duty, of, system)
            for duty in self.duties.values()
            if duty.status == "in_force"
            and (duty.trigger.kind in {"calendar", "campaign"} or duty.id in noticed)
            for of, system in self._owners(duty)
        ]

    def _fresh(
        self, duty: Duty, of: str, system: str, earlier: list[Obligation], now: datetime
    ) -> list[Obligation]:
        starts = self._starts(duty, of, system, earlier, now)
        fresh = [self._obligation(duty, of, system, start) for start in starts]
        ids = {each.id for each in earlier}
        owed = any(not each.is_ended for each in earlier)
        rule = self._rule(duty, system)
        one_by_one = rule is not None and rule.moment is not None and rule.moment not in EXPIRIES
        # What runs from the last time is planned anew only once the last time is over.
        return [each for each in fresh if each.id in ids or not (one_by_one and owed)]

    def _owners(self, duty: Duty) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        for system in self.scope.systems:
            of = system.id if duty.owed_per == "system" else system.entity
            bound = explain(duty, self.scope, system.id, self.facts).binds == "yes"
            if bound and of not in seen:
                seen.add(of)
                yield of, system.id

    def _starts(
        self, duty: Duty, of: str, system: str, earlier: list[Obligation], now: datetime
    ) -> Iterator[Start]:
        for notice in self.scope.duties.notices:
            if (notice.duty, notice.of) == (duty.id, of):
                yield Start(notice.number, start_of(notice.received), notice.due)
        rule = self._rule(duty, system)
        said = [a.day for a in self.scope.duties.anchors if (a.duty, a.of) == (duty.id, of)]
        if rule is None or rule.kind in ANCHORLESS:
            return
        if rule.kind == "each-year":
            yield Start("", now)
        elif rule.moment in EXPIRIES:
            expiries = [(f"{day}", day) for day in said] or self._expiries(rule, of, system)
            for name, day in expiries:
                yield Start(name, start_of(day))
        else:
            done = [each.done_at for each in earlier if each.is_ended and each.done_at]
            last = max([*map(start_of, said), *(_day_of(each) for each in done)], default=None)
            if last is not None:
                yield Start(last.date().isoformat(), last)

    def _expiries(self, rule: Rule, of: str, system: str) -> list[tuple[str, date]]:
        if rule.moment == "licence_expiry":
            licences = self.scope.entity(of).licences
            until = [(each.number, each.valid_until) for each in licences]
            return [(f"{number}@{day}", day) for number, day in until if day]
        filed = self.scope.system(system).filed_on
        if rule.moment != "certificate_expiry" or filed is None:
            return []
        expiry = expiry_of(filed)
        return [(expiry.isoformat(), expiry)]

    def _rule(self, duty: Duty, system: str) -> Rule | None:
        ours = [c for c in duty.clocks if c.whose == "operator" and c.purpose == "act"]
        return next((clock.rule for clock in ours if self._is_ours(clock, system)), None)

    def _is_ours(self, clock: Clock, system: str) -> bool:
        return clock.when is None or holds(clock.when, self.scope, system, self.facts)

    def _obligation(self, duty: Duty, of: str, system: str, start: Start) -> Obligation:
        found = due(
            duty,
            start.since,
            self.days,
            targets=self.targets,
            notice=start.notice,
            holds=lambda clock: self._is_ours(clock, system),
        )
        plan = latest_safe(duty, found, start.since, self.days)
        at = plan.at if start.notice is None else end_of(start.notice)
        window = found[0].opens_at if found else None
        lead = timedelta(days=self.table.opens_days_before)
        opens = window or (at - lead if at else start.since)
        cycle = start.cycle or (at.date().isoformat() if at else start.since.date().isoformat())
        owner = one_name([self.scope.system(system).owner]) if of == system else ""
        return Obligation(
            id=obligation_id(duty.id, of, cycle),
            duty=duty.id,
            of=of,
            cycle=cycle,
            state=ObligationState.PLANNED,
            due=at,
            opens_at=max(opens, start.since) if start.is_event else opens,
            owner=owner or self.table.head,
            provisional=plan.provisional,
            disputed=plan.disputed,
        )


def _moved(before: Obligation, now: Obligation) -> Obligation:
    return replace(before, due=now.due, opens_at=now.opens_at, provisional=now.provisional, level=0)


def _day_of(moment: datetime) -> datetime:
    return start_of(moment.astimezone(ZONE).date())
