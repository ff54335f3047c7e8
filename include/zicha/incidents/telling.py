"""Whom to tell of an incident, by when, with which fields: one fact set, every regulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from zicha.catalog.conditions import Fact
from zicha.catalog.duties import Duty
from zicha.catalog.duty_shapes import Recipient
from zicha.catalog.forms import Form
from zicha.catalog.incident_scales import Route, Scale, scale_on
from zicha.catalog.regulators import Regulator
from zicha.catalog.scope import Scope
from zicha.duties.binding import ask
from zicha.duties.time import ZONE, DueDate, due, latest_safe
from zicha.duties.working_days import WorkingDays
from zicha.incidents.facts import IncidentFile, IncidentSheet, WhoSheet
from zicha.incidents.grading import Graded, grade
from zicha.model.text import Text

BELOW = "below"
NO_NUMBER = Text("未达数字标准：不因数字而须报告", "below every number: none is due by number")
NOBODY, OURSELVES = "none", Text("无须报送，由本单位处置", "nobody is told: it is ours to do")
VENDOR = Text(
    "服务商更早获知：“发现或获知”是否从那时起算？",
    "a vendor knew earlier: does 'discovered or learned' run from then?",
)


@dataclass(frozen=True, slots=True)
class Told:
    """One recipient of one duty.

    Args:
        authority: the regulator's id, or who else is told.
        level: on this duty's own scale; a question mark says that a person decides.
        due: the law's own last moment; None at once, or without a number.
        plan_by: the latest safe moment: what is disputed and our own target counted in.
        fields: what the first report must hold; `later` may follow.
        missing: fields of the first report that nobody has written yet.
    """

    duty: str
    authority: str
    office: Text
    level: str | None
    due: datetime | None
    clock_from: datetime
    rule: Text
    source: str
    grade: str
    at_once: bool = False
    plan_by: datetime | None = None
    disputed: bool = False
    fields: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    judgement: tuple[Text, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Desk:
    """Everything that grading reads beside the facts."""

    duties: Mapping[str, Duty]
    routes: tuple[Route, ...]
    scales: Mapping[str, Scale]
    regulators: Mapping[str, Regulator]
    forms: Mapping[str, Form]
    duty_facts: Mapping[str, Fact]
    incident_facts: Mapping[str, Fact]
    days: WorkingDays
    scope: Scope | None = None
    targets: Mapping[str, timedelta] = field(default_factory=dict)

    def tell(self, file: IncidentFile) -> list[Told]:
        """Everyone who is or may have to be told: the certain first, then by the moment to plan."""
        rows = [row for route in self.routes for row in self._route(route, file)]
        last = datetime.max.replace(tzinfo=ZONE)
        return sorted(
            rows,
            key=lambda row: (
                _certainty(row.level),
                row.clock_from if row.at_once else row.plan_by or last,
                row.duty,
                row.authority,
            ),
        )

    def levels(self, file: IncidentFile) -> dict[str, Graded]:
        """The level on every scale that was in force; there is no one level of an incident."""
        sheet = IncidentSheet(file, self.incident_facts)
        day = file.discovered_at.astimezone(ZONE).date()
        return {s.id: grade(s, sheet) for s in self.scales.values() if s.holds_on(day)}

    def _route(self, route: Route, file: IncidentFile) -> Iterator[Told]:
        duty, since = self.duties[route.duty], getattr(file, route.since)
        day = file.discovered_at.astimezone(ZONE).date()
        if since is None or not _in_force(duty, day):
            return
        bound = ask(duty.binds, WhoSheet(file, self.scope, self.duty_facts))
        if bound.truth is False:
            return
        started = self._started(route, file, day)
        if started is None:
            return
        level, judgement, graded = started
        judgement += () if bound.truth else bound.says
        for clock in self._clocks(route, duty, since, level):
            row = self._row(duty, file, clock, since)
            row = replace(row, level=level, judgement=judgement, also=route.also)
            row = _as_routed(row, route, graded)
            for recipient in duty.recipients:
                yield self._to(row, recipient, file)
            if not duty.recipients:
                yield replace(row, authority=NOBODY, office=OURSELVES)

    def _started(
        self, route: Route, file: IncidentFile, day: date
    ) -> tuple[str | None, tuple[Text, ...], Graded | None] | None:
        """The level (or none), what a person must judge, and the grading; None: not started."""
        sheet = IncidentSheet(file, self.incident_facts)
        vendor = file.learned_by_vendor_at
        judgement: tuple[Text, ...] = (
            (VENDOR,) if vendor is not None and vendor < file.discovered_at else ()
        )
        doubtful = False
        if route.when is not None:
            answer = ask(route.when, sheet)
            perhaps = ask(route.perhaps, sheet).truth if route.perhaps is not None else False
            if answer.truth is False and not perhaps:
                return None
            if perhaps and not answer.truth and route.asks is not None:
                judgement, doubtful = (*judgement, route.asks), True
            elif answer.truth is None:
                judgement, doubtful = (*judgement, *answer.says), True
        if route.scale is None or route.min_level is None:
            return ("?" if doubtful else None), judgement, None
        scale = scale_on(self.scales, route.scale, day)
        if scale is None:
            return None
        graded = grade(scale, sheet)
        judgement += (*graded.judgement, *self._unsaid(graded))
        if graded.reaches(route.min_level):
            level = f"{graded.level}{'?' if doubtful else ''}"
        elif graded.may_reach(route.min_level):
            level = f"{graded.possible}?"
        else:
            judgement += (scale.qualitative,)
            level = "?" if graded.unsaid else BELOW
            if route.since == "handling_finished_at" and level == BELOW:
                return None
        return level, judgement, graded

    def _unsaid(self, graded: Graded) -> tuple[Text, ...]:
        if not graded.unsaid:
            return ()
        names = ", ".join(graded.unsaid)
        zh = f"未填写、可能提高级别：{names}（没有则写 0、false 或 []）"
        return (Text(zh, f"not said, and could raise the level: {names}"),)

    def _clocks(
        self, route: Route, duty: Duty, since: datetime, level: str | None
    ) -> list[DueDate]:
        found = due(duty, since, self.days, targets=self.targets)
        ours = [each for each in found if each.whose == "operator" and each.purpose == "act"]
        named = route.clocks.get((level or "").rstrip("?"))
        if route.clock is not None:
            return [each for each in ours if each.clock == route.clock]
        if named is None:
            return ours[:1]
        return [each for each in ours if each.clock in named]

    def _row(self, duty: Duty, file: IncidentFile, clock: DueDate, since: datetime) -> Told:
        plan = latest_safe(duty, [clock], since, self.days)
        first, later, missing = self._fields(duty, file)
        disputed = plan.disputed and clock.clock == duty.clocks[0].id
        return Told(
            duty=duty.id,
            authority="",
            office=Text("", ""),
            level=None,
            due=clock.at,
            clock_from=since.astimezone(ZONE),
            rule=clock.rule,
            source=clock.source,
            grade=clock.grade,
            at_once=clock.at_once,
            plan_by=_earlier(plan.at if disputed else clock.at, clock.target),
            disputed=disputed,
            fields=first,
            later=later,
            missing=missing,
        )

    def _fields(self, duty: Duty, file: IncidentFile) -> tuple[tuple[str, ...], ...]:
        if duty.form is None:
            return (), (), ()
        ransom = file.facts.get("ransomware") is True
        form = [f for f in self.forms[duty.form].fields if f.only != "ransomware" or ransom]
        first = tuple(f.id for f in form if f.wave != "later")
        later = tuple(f.id for f in form if f.wave == "later")
        known = {name for name, text in file.report.items() if text.strip()}
        known |= {"discovered_or_occurred_at", "incident_level"}
        known |= {"entity_name", "affected_system"} if file.system and self.scope else set()
        return first, later, tuple(name for name in first if name not in known)

    def _to(self, row: Told, recipient: Recipient, file: IncidentFile) -> Told:
        if recipient.regulator is None:
            return replace(row, authority=recipient.says.en, office=recipient.says)
        regulator = self.regulators[recipient.regulator]
        office = recipient.says
        local = regulator.reach in {"province", "city"}
        if local and self.scope is not None and file.system is not None:
            entity = self.scope.entity(self.scope.system(file.system).entity)
            office = regulator.office_for(entity.province, entity.city)
        return replace(row, authority=regulator.id, office=office)


def _as_routed(row: Told, route: Route, graded: Graded | None) -> Told:
    """The row with what its route and its scale say of rule, source and grade."""
    if graded is not None:
        doubted = row.level is not None and row.level.endswith("?")
        read = graded.possible_grade if doubted else graded.grade
        row = replace(row, grade=_worst(read, row.grade))
    if row.level == BELOW:
        row = replace(row, due=None, plan_by=None, at_once=False, rule=NO_NUMBER)
    if route.says is not None:
        row = replace(row, rule=route.says)
    if route.source is not None:
        row = replace(row, source=route.source, grade=route.grade or row.grade)
    return row


def _in_force(duty: Duty, day: date) -> bool:
    return any(
        (i.in_force_from or "") <= day.isoformat() <= (i.in_force_to or "9999")
        for i in duty.instruments
    )


def _certainty(level: str | None) -> int:
    """The place in the list: certain, waiting for a person, hanging on what nobody said, below."""
    if level is None or not level.endswith("?"):
        return 3 if level == BELOW else 0
    return 2 if level == "?" else 1


def _earlier(*moments: datetime | None) -> datetime | None:
    return min((each for each in moments if each is not None), default=None)


def _worst(one: str, other: str) -> str:
    order = ("text", "excerpt", "secondary", "memory")
    return max(one, other, key=order.index)
