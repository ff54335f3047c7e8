"""Commands about rules: coverage, the collectors' policy, suites, schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zicha.cli.inspection import Shape
from zicha.cli.output import Format, say, show_json, show_rows
from zicha.cli.place import here
from zicha.model.errors import ConfigError
from zicha.pipeline.covering import coverage, framework, frameworks_of
from zicha.pipeline.lists import coverage_document
from zicha.pipeline.rules import export, policy, schemas

Out = Annotated[Path, typer.Option("--out", help="the folder to write to")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("coverage")(covered)
    app.command("policy")(print_policy)
    app.command("schema")(schema)
    suites = typer.Typer(no_args_is_help=True, help="检查规则 / the expectation suites")
    suites.command("export")(export_suites)
    suites.command("list")(list_suites)
    app.add_typer(suites, name="suites")


def covered(
    framework_id: Annotated[str, typer.Option("--framework", help="mlps-l3, mlps-l2, …")] = "",
    system: Annotated[
        str, typer.Option("--system", help="a system; the first that fits else")
    ] = "",
    form: Shape = Format.TABLE,
) -> None:
    """逐项覆盖 / every item of a framework, how it is proved and how it stands."""
    place = here()
    wanted = framework_id or frameworks_of(place.scope.systems[0])[0]
    fits = [s.id for s in place.scope.systems if wanted in frameworks_of(s)]
    held = framework(wanted)
    if not system and not fits:
        raise ConfigError(f"no system is held against {wanted}: name one with --system")
    document = coverage_document(held, coverage(place, wanted, system or fits[0]))
    if form is Format.JSON:
        show_json(document)
        return
    rows = [
        {
            "ref": item["ref"],
            "status": item["status"],
            "says": item["says"],
            "expectations": len(item["expectations"]),
            "attestations": ", ".join(a["kind"] for a in item["attestations"]),
            "why": item["reason"],
        }
        for item in document["items"]
    ]
    show_rows(rows, ["ref", "status", "says", "expectations", "attestations", "why"], form)
    counts = ", ".join(f"{status} {n}" for status, n in document["counts"].items())
    say(f"{document['note']['zh']} / {document['note']['en']}: {counts}")


def print_policy(
    provider: Annotated[str, typer.Argument(help="aws")],
) -> None:
    """最小权限策略 / the least-privilege policy of the collectors."""
    if provider != "aws":
        raise ConfigError(f"no policy for {provider}: there is one for aws")
    show_json(policy())


def schema(name: Annotated[str, typer.Argument(help="a file; all names else")] = "") -> None:
    """文件格式 / the JSON Schema of a file of the scope or the catalogue."""
    known = schemas()
    if name and name not in known:
        raise ConfigError(f"no schema {name}: there is {', '.join(sorted(known))}")
    show_json(known[name] if name else sorted(known))


def export_suites(out: Out) -> None:
    """导出为 Great Expectations 原生格式 / native Great Expectations suites."""
    for path in export(here(), out):
        say(str(path))


def list_suites(form: Shape = Format.TABLE) -> None:
    """列出 / every expectation with its controls."""
    from zicha.pipeline.rules import rules

    rows = [
        {
            "suite": suite.id,
            "expectation": expectation.id,
            "severity": expectation.severity.value,
            "controls": list(expectation.controls),
            "because": {"zh": expectation.because.zh, "en": expectation.because.en},
        }
        for suite in rules().suites.values()
        for expectation in suite.expectations
    ]
    show_rows(rows, ["suite", "expectation", "severity", "controls", "because"], form)
