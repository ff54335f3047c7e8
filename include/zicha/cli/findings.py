"""Commands about findings: what stands, and what people do about it; none of them closes one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zicha.cli.gate import ask
from zicha.cli.output import Format, Shape, say, show_fields, show_json, show_rows
from zicha.cli.people import actor
from zicha.cli.place import here

if TYPE_CHECKING:
    from zicha.pipeline.findings.wanted import Wanted

SHOWN = ["id", "severity", "risk", "source", "subject", "because", "due", "owner", "state"]
FINDING = [
    *("id", "state", "measured", "severity", "risk", "subject", "subject_type", "source"),
    *("expectation", "because", "remedy", "observed", "systems", "opened", "due", "owner"),
    *("not_remeasured_since", "evidence_digest", "risk_because", "due_provisional", "overdue"),
    *("waivers", "expired_waivers", "false_positive", "refuted_at", "treatment", "residual"),
    *("review_on", "review_overdue"),
]
DONE = ["finding", "act", "before", "after", "done", "why_not", "subject"]
REGISTER = ["id", "risk", "risk_because", "owner", "treatment", "residual", "review_on", "state"]
ACTS = ["at", "what", "act", "actor", "body"]

findings = typer.Typer(help="问题台账 / findings and their life")

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="ids, or their beginnings")]
Id = Annotated[str, typer.Argument(metavar="ID")]
Severity = Annotated[str, typer.Option("--severity", help="critical, warning or info")]
Suite = Annotated[str, typer.Option("--suite", metavar="ID", help="one suite")]
Check = Annotated[str, typer.Option("--check", metavar="ID", help="one check: suite#expectation")]
System = Annotated[str, typer.Option("--system", metavar="ID", help="one graded system")]
Source = Annotated[str, typer.Option("--source", metavar="ID", help="one source")]
State = Annotated[str, typer.Option("--state", help="open, acknowledged, waived, …")]
Risk = Annotated[str, typer.Option("--risk", help="high, medium or low")]
FILTER: dict[str, Any] = {
    "severity": Severity,
    "suite": Suite,
    "check": Check,
    "system": System,
    "source": Source,
    "state": State,
    "risk": Risk,
}
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would happen, change nothing")]
Because = Annotated[str, typer.Option("--because", help="the reason; it goes into the books")]
Every = Annotated[bool, typer.Option("--all", help="closed ones too")]


def by_filter(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a filter where it takes `wanted`, and hand it what they say."""
    own = inspect.signature(command, eval_str=True, locals={"Wanted": object}).parameters
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default="", annotation=option)
        for name, option in FILTER.items()
    ]
    taken = [each for one in own.values() for each in (options if one.name == "wanted" else [one])]

    @wraps(command)
    def filtering(*words: Any, **named: Any) -> None:
        from zicha.pipeline.findings.wanted import Wanted

        wanted = Wanted(**{name: named.pop(name, "") for name in FILTER})
        command(*words, wanted=wanted, **named)

    # Typer reads both.
    vars(filtering)["__signature__"] = inspect.Signature(taken)
    filtering.__annotations__ = {each.name: each.annotation for each in taken}
    return filtering


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    findings.callback(invoke_without_command=True)(by_default)
    for name, command in (
        ("list", list_findings),
        ("show", show),
        ("ack", ack),
        ("assign", assign),
        ("fixed", fixed),
        ("review", review),
        ("note", note),
        ("treat", treat),
        ("register", register),
        ("false-positive", false_positive),
        ("reject", reject),
        ("export", export),
        ("import", import_),
    ):
        findings.command(name)(command)
    app.add_typer(findings, name="findings")


def by_default(context: typer.Context, every: Every = False, form: Shape = Format.TABLE) -> None:
    """List the open findings when no subcommand is given."""
    if context.invoked_subcommand is None:
        ask("findings", {})
        list_findings(every, form=form)


@by_filter
def list_findings(
    every: Every = False,
    *,
    wanted: Wanted,
    form: Shape = Format.TABLE,
) -> None:
    """列出 / open findings, worst first; all that a filter names."""
    from zicha.pipeline.findings import lists

    rows = lists.finding_rows(here(), every=every, wanted=wanted)
    show_rows(rows, SHOWN, form, every=FINDING)
    _tell_what_lapsed(rows)


def show(id_: Id, form: Shape = Format.TABLE) -> None:
    """详情 / one finding: the fact that failed, the remedy, its evidence, its history."""
    from zicha.pipeline.findings.history import finding_document

    found = finding_document(here(), id_)
    if form is Format.JSON:
        show_json(found)
        return
    history, acts = found.pop("history"), found.pop("acts")
    show_fields(found, form)
    if form is Format.TABLE:
        show_rows(history, ["at", "change", "before", "after", "run"], form, counted=False)
        if acts:
            show_rows(acts, ACTS, form, counted=False)


@by_filter
def ack(
    ids: Ids = None,
    *,
    wanted: Wanted,
    because: Because = "",
    dry_run: DryRun = False,
    form: Shape = Format.TABLE,
) -> None:
    """确认 / acknowledge findings, by id or by a filter (engineer, officer)."""
    _act("acknowledge", ids, wanted, {"because": because}, form, dry_run=dry_run)


@by_filter
def assign(
    ids: Ids = None,
    *,
    to: Annotated[str, typer.Option("--to", help="who rectifies it")],
    due: Annotated[str, typer.Option("--due", help="a day before the table's: 2026-12-31")] = "",
    wanted: Wanted,
    dry_run: DryRun = False,
    form: Shape = Format.TABLE,
) -> None:
    """指派整改 / name who rectifies, and until when (engineer, officer)."""
    _act("assign", ids, wanted, {"owner": to, "due": due}, form, dry_run=dry_run)


@by_filter
def fixed(
    ids: Ids = None,
    *,
    wanted: Wanted,
    because: Because = "",
    dry_run: DryRun = False,
    form: Shape = Format.TABLE,
) -> None:
    """声明已整改 / say it is fixed; only the next measurement proves it (engineer, officer)."""
    _act("fix", ids, wanted, {"because": because}, form, dry_run=dry_run)


def review(
    ids: Ids = None,
    *,
    because: Because = "",
    dry_run: DryRun = False,
    form: Shape = Format.TABLE,
) -> None:
    """复核操作 / an act of a change notice was looked into: by whom and why (officer, approver)."""
    _act("review", ids, None, {"because": because}, form, dry_run=dry_run)


def note(
    id_: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    form: Shape = Format.TABLE,
) -> None:
    """备注 / add a note (engineer, officer, approver, auditor)."""
    _act("note", [id_], None, {"note": text}, form)


def treat(
    id_: Id,
    *,
    treatment: Annotated[str, typer.Option(help="accept, mitigate, transfer or avoid")],
    residual: Annotated[str, typer.Option(help="the risk that is left: high, medium or low")],
    review_on: Annotated[str, typer.Option(help="when to look at it again: 2026-12-31")],
    because: Because = "",
    form: Shape = Format.TABLE,
) -> None:
    """风险处置 / enter into the risk register; it closes nothing (officer)."""
    body = {
        "treatment": treatment,
        "residual": residual,
        "review_on": review_on,
        "because": because,
    }
    _act("treat", [id_], None, body, form)


def register(form: Shape = Format.TABLE) -> None:
    """风险登记册 / open risks with level, reasons, owner, treatment, residual and review."""
    from zicha.pipeline.findings import lists

    rows = lists.finding_rows(here())
    show_rows(rows, REGISTER, form, every=FINDING)
    late = [row["id"] for row in rows if row["review_overdue"]]
    if late:
        say(f"复核逾期 / review overdue: {', '.join(late)}")


def false_positive(
    ids: Ids = None,
    *,
    because: Because = "",
    until: Annotated[str, typer.Option("--until", help="until when it may hold")] = "",
    form: Shape = Format.TABLE,
) -> None:
    """申报误报 / claim a false positive; a second person must review it (engineer, officer)."""
    body = {"because": because, "until": until}
    _act("claim-false-positive", ids, None, body, form)


def reject(id_: Id, because: Because = "", form: Shape = Format.TABLE) -> None:
    """否定误报 / reject a claim of a false positive, or end one (officer, approver)."""
    _act("reject-false-positive", [id_], None, {"because": because}, form)


def export(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="an .xlsx or .csv file")],
) -> None:
    """导出台账 / write the open findings as a sheet that can be filled and read back."""
    from zicha.pipeline.findings.sheet import export_findings

    say(str(export_findings(here(), out, actor())))


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the filled .xlsx or .csv file")],
    dry_run: DryRun = False,
    form: Shape = Format.TABLE,
) -> None:
    """读回台账 / read a filled sheet, all of it or nothing; each act takes its own role."""
    from zicha.pipeline.findings.sheet import import_findings

    rows = import_findings(here(), file, actor(), dry_run=dry_run)
    show_rows(rows, DONE, form)


def _act(
    act: str,
    ids: list[str] | None,
    wanted: Wanted | None,
    body: dict[str, Any],
    form: Format,
    *,
    dry_run: bool = False,
) -> None:
    from zicha.model.finding_life import Act
    from zicha.pipeline.findings.acts import Step, act_on, chosen

    place = here()
    found = chosen(place, ids or [], wanted)
    steps = [Step(one, Act(act), body) for one in found]
    rows = act_on(place, steps, actor(), dry_run=dry_run, skips=not ids)
    show_rows(rows, DONE, form)


def _tell_what_lapsed(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        for waiver in row["expired_waivers"]:
            say(
                f"豁免已到期 / waiver {waiver['id']} expired on {waiver['expires']}: "
                f"{row['id']} is {row['state']} again"
            )
