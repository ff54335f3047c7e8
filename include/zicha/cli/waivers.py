"""Commands about waivers: asked for here, allowed only over a channel that verifies who speaks."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zicha.cli.findings import Because, DryRun, Id, Source, Suite, System, findings
from zicha.cli.output import Format, Shape, say, show_fields, show_json, show_rows
from zicha.cli.people import actor
from zicha.cli.place import here

LISTED = ["id", "state", "origin", "system", "suite", "expectation", "subject", "expires"]
EVERY = [
    *LISTED,
    *("finding", "source", "because", "requester", "approver", "why_void"),
]
HIDDEN = ["id", "severity", "risk", "state", "subject", "expectation"]


def add_to(app: typer.Typer) -> None:
    """Add these commands to those of findings, which the application holds already."""
    del app
    for name, command in (
        ("waive", waive),
        ("waivers", waivers),
        ("would-hide", would_hide),
        ("approve", approve),
        ("decline", decline),
        ("withdraw-waiver", withdraw),
    ):
        findings.command(name)(command)


def waive(
    id_: Annotated[str, typer.Argument(metavar="[ID]", help="one finding, or use the filter")] = "",
    *,
    because: Because = "",
    until: Annotated[str, typer.Option("--until", help="the last day it holds: 2026-12-31")] = "",
    suite: Suite = "",
    expectation: Annotated[str, typer.Option("--expectation", help="one expectation")] = "",
    source: Source = "",
    system: System = "",
    subject: Annotated[str, typer.Option("--subject", help="a resource id; * for anything")] = "",
    dry_run: DryRun = False,
    form: Shape = Format.TABLE,
) -> None:
    """申请豁免 / ask for a waiver and see what it would hide (engineer, officer)."""
    from zicha.model.errors import ConfigError
    from zicha.pipeline.findings.waiving import request_waiver

    if not until:
        raise ConfigError("say until when: give --until with a day, a waiver always ends")
    selected = {
        "suite": suite,
        "expectation": expectation,
        "source": source,
        "system": system,
        "subject": subject,
    }
    if id_ and any(selected.values()):
        raise ConfigError("give one finding, or a filter such as --suite, not both")
    body = {"finding": id_, **selected, "because": because, "expires": until}
    _show(request_waiver(here(), body, actor(), dry_run=dry_run), form)
    if not dry_run:
        say("待另一人批准，批准前不生效 / it marks nothing until another person approves it")


def waivers(form: Shape = Format.TABLE) -> None:
    """列出豁免 / every waiver, of waivers.yaml and asked for here."""
    from zicha.pipeline.findings.waiving import waiver_rows

    show_rows(waiver_rows(here()), LISTED, form, every=EVERY)


def would_hide(id_: Id, form: Shape = Format.TABLE) -> None:
    """影响范围 / the findings that a waiver marks, or would mark."""
    from zicha.pipeline.findings.waiving import waiver_document

    _show(waiver_document(here(), id_), form)


def approve(id_: Id, form: Shape = Format.TABLE) -> None:
    """批准 / approve a waiver or a false positive: takes a verified approver, not this terminal."""
    from zicha.pipeline.findings.deciding import approve as approve_it

    _show_any(approve_it(here(), id_, actor()), form)


def decline(id_: Id, because: Because = "", form: Shape = Format.TABLE) -> None:
    """驳回 / decline a waiver: takes a verified approver, not this terminal."""
    from zicha.pipeline.findings.deciding import decline as decline_it

    _show_any(decline_it(here(), id_, actor(), because), form)


def withdraw(id_: Id, because: Because = "", form: Shape = Format.TABLE) -> None:
    """撤回豁免 / withdraw a waiver that was asked for here (engineer, officer, approver)."""
    from zicha.findings.waivers import WaiverAct
    from zicha.pipeline.findings.waiving import decide_waiver

    _show(decide_waiver(here(), id_, WaiverAct.WITHDRAW, actor(), because), form)


def _show_any(found: dict[str, Any], form: Format) -> None:
    if "would_hide" in found:
        _show(found, form)
    else:
        show_fields(found, form)


def _show(found: dict[str, Any], form: Format) -> None:
    if form is Format.JSON:
        show_json(found)
        return
    hidden = found.pop("would_hide")
    show_fields(found, form)
    say("标记的问题（结论不变） / findings that it marks; no verdict changes:")
    show_rows(hidden, HIDDEN, form)
