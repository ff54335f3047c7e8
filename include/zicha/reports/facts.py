"""Everything that a self-inspection report shows, as plain values: no renderer asks anyone else.

Days are `YYYY-MM-DD` in the organisation's zone, refs are clause references (`8.1.4.1.a`), ids are
ids. Every list may stay empty: the report then says in a sentence that there is nothing to show.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from zicha.model.coverage import Conformity
from zicha.model.text import Text
from zicha.model.verdict import Reason, Severity

SourceState = Literal["complete", "partial", "unread"]
"""Everything asked was answered; something was not; nothing was."""

NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source in scope, and how much of it could be read."""

    id: str
    name: Text
    kind: str
    state: SourceState
    recorded: bool = False
    tables: int = 0
    rows: int = 0
    gaps: int = 0
    collected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ObjectLine:
    """One object of assessment: its type, and how many resources its selectors claimed."""

    id: str
    name: Text
    type: str
    sources: tuple[str, ...] = ()
    resources: int = 0


@dataclass(frozen=True, slots=True)
class AbsentLine:
    """A type of object that the system declares not to have, and why."""

    type: str
    because: Text


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many single judgements ended in each status."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    not_applicable: int = 0

    @property
    def all(self) -> int:
        """Every judgement of the run."""
        return self.passed + self.failed + self.unknown + self.not_applicable


@dataclass(frozen=True, slots=True)
class ChapterLine:
    """One chapter of the framework, in its official order, and its items by status."""

    ref: str
    title: Text
    conforming: int = 0
    partial: int = 0
    nonconforming: int = 0
    undetermined: int = 0
    not_applicable: int = 0

    def counts(self) -> dict[Conformity, int]:
        """The counts by status, in the order in which they are shown."""
        return {
            Conformity.CONFORMING: self.conforming,
            Conformity.PARTIAL: self.partial,
            Conformity.NONCONFORMING: self.nonconforming,
            Conformity.UNDETERMINED: self.undetermined,
            Conformity.NOT_APPLICABLE: self.not_applicable,
        }


@dataclass(frozen=True, slots=True)
class Rate:
    """符合 ÷ (all − 不适用) in percent, the range it can still take, and what follows from it."""

    value: float
    lowest: float
    highest: float
    conclusion: Text
    because: Text = NOTHING


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item of the framework, rolled up over its objects."""

    ref: str
    chapter: Text
    title: Text
    status: Conformity
    objects: tuple[str, ...] = ()
    proved_by: tuple[str, ...] = ()
    left: Text = NOTHING
    findings: tuple[str, ...] = ()
    since: str = ""


@dataclass(frozen=True, slots=True)
class RiskLine:
    """A high-risk case or a major-hazard trigger that items point at; two lists, never one.

    `is_open` says that the items are undetermined, so that nobody knows; `rectified` that it was
    met before and no longer is.
    """

    id: str
    title: Text
    items: tuple[str, ...] = ()
    objects: tuple[Text, ...] = ()
    findings: tuple[str, ...] = ()
    is_open: bool = False
    rectified: bool = False


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding: what is wrong with which resource, since when, and who sets it right by when."""

    id: str
    severity: Severity
    title: Text
    because: Text
    remedy: Text
    subject: str
    subject_type: str = ""
    object: Text = NOTHING
    source: str = ""
    account: str = ""
    region: str = ""
    observed: str = ""
    opened: str = ""
    due: str = ""
    owner: Text = NOTHING
    items: tuple[str, ...] = ()
    state: str = "open"
    not_remeasured_since: str = ""


@dataclass(frozen=True, slots=True)
class RectificationLine:
    """One line of the plan: the measure, who answers for it, until when, how far it is."""

    finding: str
    measure: Text
    owner: Text = NOTHING
    due: str = ""
    state: str = "open"
    closed: str = ""
    remark: Text = NOTHING
    subject: str = ""


@dataclass(frozen=True, slots=True)
class GapLine:
    """What could not be read: one source, one reason, one permission."""

    source: str
    reason: Reason
    permission: str = ""
    since: str = ""
    remedy: str = ""
    affects: int = 0
    owner: Text = NOTHING
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """A waiver beside a finding that it marks, or marked until it expired."""

    waiver: str
    finding: str
    subject: str
    because: Text
    requester: str
    approver: str
    expires: str
    state: str


@dataclass(frozen=True, slots=True)
class UndeterminedLine:
    """One item that nobody could judge, and why."""

    ref: str
    title: Text
    why: Text
    objects: tuple[Text, ...] = ()
    needs: Text = NOTHING


@dataclass(frozen=True, slots=True)
class UnclaimedLine:
    """A resource that was found and belongs to no declared system (资产未纳入定级对象)."""

    source: str
    subject_type: str
    subject: str
    account: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class ThresholdLine:
    """A threshold: what the user asked for, the floor beneath it, and what was applied."""

    id: str
    title: Text
    yours: str
    floor: str
    effective: str


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One sealed table or file: where it came from, when, and the digest that names its bytes."""

    source: str
    table: str
    collected_at: datetime
    digest: str
    rows: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since the run before."""

    run: str
    day: str
    new: int = 0
    fixed: int = 0
    worse: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """A self-inspection of one system, or of the whole organisation when `system` is empty.

    `lacks` says what the catalogue does not hold for this system, so that nobody reads a pass.
    """

    organisation: Text
    run: str
    day: str
    as_of: datetime
    tool_version: str
    zone: str = "Asia/Shanghai"
    demo: bool = False
    entity: Text = NOTHING
    system: Text = NOTHING
    system_id: str = ""
    level: int | None = None
    filing_number: str = ""
    kinds: tuple[str, ...] = ()
    on_cloud: bool = False
    framework: Text = NOTHING
    catalogue_version: str = ""
    lacks: Text = NOTHING
    period_from: str = ""
    period_to: str = ""
    trigger: str = ""
    report_version: str = "1.0"
    sources: tuple[SourceLine, ...] = ()
    objects: tuple[ObjectLine, ...] = ()
    absent: tuple[AbsentLine, ...] = ()
    sampling: tuple[Text, ...] = ()
    method: tuple[Text, ...] = ()
    outcomes: Outcomes = field(default_factory=Outcomes)
    chapters: tuple[ChapterLine, ...] = ()
    rate: Rate | None = None
    items: tuple[ItemLine, ...] = ()
    high_risks: tuple[RiskLine, ...] = ()
    hazards: tuple[RiskLine, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    rectification: tuple[RectificationLine, ...] = ()
    waivers: tuple[WaiverLine, ...] = ()
    gaps: tuple[GapLine, ...] = ()
    undetermined: tuple[UndeterminedLine, ...] = ()
    unclaimed: tuple[UnclaimedLine, ...] = ()
    thresholds: tuple[ThresholdLine, ...] = ()
    evidence: tuple[EvidenceLine, ...] = ()
    limits: tuple[Text, ...] = ()
    since: Since | None = None
    ledger_root: str = ""
    prepared_by: str = ""
    reviewed_by: str = ""
    approved_by: str = ""

    def plan(self) -> tuple[RectificationLine, ...]:
        """The rectification plan; where nobody wrote one, each finding's own remedy."""
        return self.rectification or tuple(
            RectificationLine(f.id, f.remedy, f.owner, f.due, f.state, subject=f.subject)
            for f in self.findings
        )

    def total(self) -> dict[Conformity, int]:
        """The items of all chapters by status."""
        sums: dict[Conformity, int] = {}
        for chapter in self.chapters:
            for status, count in chapter.counts().items():
                sums[status] = sums.get(status, 0) + count
        return sums
