"""Commands about incidents: what is known, whom to tell, what was handed in, what is decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from zicha.cli.output import Format, Shape, say, show_fields, show_json, show_rows
from zicha.cli.people import actor
from zicha.cli.place import declared, here
from zicha.model.errors import ConfigError

Id = Annotated[str, typer.Argument(metavar="ID", help="an id of `zicha incident list`")]
Facts = Annotated[Path, typer.Option("--facts", help="the file with the incident's facts")]
Authority = Annotated[str, typer.Option("--authority", help="as `zicha incident grade` names it")]
Kind = Annotated[str, typer.Option("--kind", help="first, follow-up or closing")]
Because = Annotated[str, typer.Option("--because", help="the reason")]
GRADED = ["authority", "office", "duty", "level", "due", "plan_by", "missing", "judgement"]
LISTED = ["incident", "state", "system", "discovered", "version", "owed", "blockers"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    incident = typer.Typer(no_args_is_help=True, help="网络安全事件 / incidents")
    incident.callback()(incidents)
    for name, command in (
        ("open", open_),
        ("update", update),
        ("grade", grade),
        ("report", report),
        ("submitted", submitted),
        ("close", close),
        ("reopen", reopen),
        ("list", list_incidents),
        ("show", show),
        ("decide", decide),
        ("undecided", undecided),
    ):
        incident.command(name)(command)
    app.add_typer(incident, name="incident")


def incidents() -> None:
    """网络安全事件 / incidents."""


def open_(facts: Facts, form: Shape = Format.TABLE) -> None:
    """立案 / open an incident and start its clocks."""
    from zicha.pipeline.incidents.use_cases import open_incident

    _show(open_incident(here(), facts, actor()), form)


def update(id_: Id, facts: Facts, form: Shape = Format.TABLE) -> None:
    """补充 / lay what was learned over what was known; say only what is new."""
    from zicha.pipeline.incidents.use_cases import update_incident

    _show(update_incident(here(), id_, facts, actor()), form)


def grade(
    id_: Annotated[str, typer.Argument(metavar="[ID]", help="an opened incident")] = "",
    facts: Annotated[
        Path | None, typer.Option("--facts", help="the file with the incident's facts")
    ] = None,
    form: Shape = Format.TABLE,
) -> None:
    """分级 / whom to tell, by when, with which fields; from a file it opens nothing."""
    from zicha.pipeline.incidents.use_cases import grade_file, grade_incident

    if (facts is None) == (not id_):
        raise ConfigError("name an incident, or a file with --facts, one of them")
    rows = grade_incident(here(), id_) if facts is None else grade_file(declared(), facts)
    show_rows(rows, [*GRADED, "source", "grade"], form)
    _not_advice()


def report(  # noqa: PLR0917 - the command's own options
    id_: Id,
    authority: Authority,
    kind: Kind = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="a .json file, or a folder for the documents")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="of the documents: zh or en")] = "zh",
    form: Shape = Format.TABLE,
) -> None:
    """报告内容 / build a report with what is missing named; it is sent to nobody."""
    from zicha.pipeline.incidents.documents import write_report
    from zicha.pipeline.incidents.reports import build_report

    if out is not None and not out.parent.is_dir():
        raise ConfigError(f"cannot write {out}: name a file or a folder in a folder that there is")
    if out is not None and out.suffix == ".json" and out.is_dir():
        raise ConfigError(f"cannot write {out}: it is a folder, name a file")
    if lang not in {"zh", "en"}:
        raise ConfigError(f"--lang {lang} is not a language of the reports: give zh or en")
    place = here()
    built = build_report(place, id_, authority, kind, actor())
    if out is not None and out.suffix == ".json":
        _write(out, built)
    elif out is not None:
        for written in write_report(place, built, lang, out, actor()):
            say(f"{written['path']} {written['digest']}")
    if form is Format.JSON:
        show_json(built)
    else:
        columns = ["id", "title", "value", "inherited", "taken_from"]
        show_rows(built["fields"], columns, form)
        say(f"{built['kind']} {built['digest']}; missing: {', '.join(built['missing']) or '-'}")
    _not_advice()


def submitted(
    id_: Id,
    authority: Authority,
    *,
    at: Annotated[str, typer.Option("--at", help="when, as 2026-10-02T06:40+08:00")],
    by: Annotated[str, typer.Option("--by", help="who handed it in")],
    channel: Annotated[str, typer.Option("--channel", help="hotline, platform, letter, …")],
    kind: Kind = "",
    receipt: Annotated[Path | None, typer.Option("--receipt", help="the receipt's file")] = None,
    form: Shape = Format.TABLE,
) -> None:
    """已报送 / record that a person handed the newest report in."""
    from zicha.duties.time import moment_of
    from zicha.pipeline.incidents.reports import record_submission

    found = record_submission(
        here(),
        id_,
        authority,
        at=moment_of(at),
        by=by,
        channel=channel,
        actor=actor(),
        kind=kind,
        receipt=receipt,
    )
    _show(found, form)


def close(id_: Id, form: Shape = Format.TABLE) -> None:
    """结案 / end an incident, or name what hinders it."""
    from zicha.pipeline.incidents.use_cases import close_incident

    _show(close_incident(here(), id_, actor()), form)


def reopen(id_: Id, because: Because, form: Shape = Format.TABLE) -> None:
    """重启 / take a closed incident up again."""
    from zicha.pipeline.incidents.use_cases import reopen_incident

    _show(reopen_incident(here(), id_, because, actor()), form)


def list_incidents(form: Shape = Format.TABLE) -> None:
    """列出 / every incident, the newest first."""
    from zicha.pipeline.incidents.use_cases import incident_rows

    rows = incident_rows(here())
    show_rows(rows if form is Format.JSON else [_line(row) for row in rows], LISTED, form)
    _not_advice()


def show(id_: Id, form: Shape = Format.TABLE) -> None:
    """详情 / facts, clocks, reports, submissions, decisions and history of one incident."""
    from zicha.pipeline.incidents.use_cases import incident_document

    _show(incident_document(here(), id_), form)


def decide(
    subject: Annotated[
        str, typer.Argument(metavar="FINDING", help="a finding, or INCIDENT/DUTY as a grade asks")
    ],
    because: Because,
    reports: Annotated[bool | None, typer.Option("--report/--no-report", help="which")] = None,
    form: Shape = Format.TABLE,
) -> None:
    """决定 / record whether something is reported, by whom and why."""
    from zicha.pipeline.incidents import reportable

    if reports is None:
        raise ConfigError(f"{subject}: decide with --report or --no-report")
    rows = reportable.decide(here(), subject, reports, because, actor())
    show_rows(rows, ["subject", "duty", "reports", "because", "actor", "verified"], form)
    if not all(row["verified"] for row in rows):
        say("按自称身份登记，命令行不核验操作者 / recorded as claimed, nobody is verified here")
    _not_advice()


def undecided(form: Shape = Format.TABLE) -> None:
    """待决定 / findings beyond a reportable line that nobody has decided about."""
    from zicha.pipeline.incidents.reportable import reportable

    columns = ["finding", "severity", "subject", "duty", "decide_by", "overdue", "because", "grade"]
    show_rows(reportable(here()), columns, form)
    _not_advice()


def _show(found: dict[str, Any], form: Format) -> None:
    if form is Format.JSON:
        show_json(found)
    else:
        show_fields(_line(found), form)
    _not_advice()


def _line(found: dict[str, Any]) -> dict[str, Any]:
    owed = [f"{o['obligation']} {o['state']} {o['due'] or ''}" for o in found["obligations"]]
    blockers = [f"{b['blocker']} {b['of']}" for b in found["blockers"]]
    said = {name: found[name] for name in LISTED if name not in {"owed", "blockers"}}
    return said | {"owed": owed, "blockers": blockers}


def _write(path: Path, found: dict[str, Any]) -> None:
    try:
        text = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {path} ({error.strerror}): name another file") from error


def _not_advice() -> None:
    from zicha.catalog.duties import NOT_ADVICE

    say(f"{NOT_ADVICE.zh} / {NOT_ADVICE.en}")
