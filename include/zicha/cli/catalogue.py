"""Commands about rules: coverage, the collectors' policy, suites, schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from zicha.cli.output import Format, Shape, say, show_json, show_rows
from zicha.cli.place import here
from zicha.model.errors import ConfigError

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="where to write")]


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
    framework_id: Annotated[
        str, typer.Option("--framework", metavar="ID", help="mlps-l3, mlps-l2, …")
    ] = "",
    system: Annotated[
        str, typer.Option("--system", metavar="ID", help="the first that fits when left out")
    ] = "",
    run: Annotated[
        str, typer.Option("--run", metavar="ID", help="the newest judged when left out")
    ] = "",
    form: Shape = Format.TABLE,
) -> None:
    """逐项覆盖 / every item, how it is proved, how it stands."""
    from zicha.pipeline.findings.lists import coverage_document
    from zicha.pipeline.findings.waiver_marks import borne, marked_coverage
    from zicha.pipeline.runs.covering import coverage, framework, frameworks_of, lacks_framework

    place = here()
    systems = place.scope.systems
    chosen = place.scope.system(system) if system else systems[0]
    held = framework(framework_id or frameworks_of(chosen)[0])
    if not system:
        fits = [each for each in systems if held.id in frameworks_of(each)]
        if not fits:
            raise ConfigError(f"no system is held against {held.id}: name one with --system")
        chosen = fits[0]
    plain = coverage_document(held, coverage(place, held.id, chosen.id, run))
    document = marked_coverage(plain, held, borne(place, chosen.id))
    if form is Format.JSON:
        show_json(document)
        return
    rows = [
        item | {"attestations": [a["kind"] for a in item["attestations"]], "why": item["reason"]}
        for item in document["items"]
    ]
    shown = [row | {"expectations": len(row["expectations"])} for row in rows]
    every = ["id", "ref", "status", "since", "says", "controls", "expectations", "attestations"]
    every.append("waived")
    columns = ["ref", "status", "says", "expectations", "attestations", "why"]
    show_rows(shown if form is Format.TABLE else rows, columns, form, every=[*every, "why"])
    waived = [item["ref"] for item in document["items"] if item["waived"]]
    if waived:
        said = "含已豁免问题，结论不变 / waived in part, not conforming all the same"
        say(f"{said}: {', '.join(waived)}")
    counts = ", ".join(f"{status} {n}" for status, n in document["counts"].items())
    if (lacking := lacks_framework(chosen)).zh:
        say(f"{lacking.zh} / {lacking.en}")
    say(f"{chosen.id}: {document['note']['zh']} / {document['note']['en']}: {counts}")


def print_policy(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="aws")],
) -> None:
    """最小权限策略 / the collectors' least-privilege policy."""
    from zicha.pipeline.runs.rules import policy

    if provider != "aws":
        raise ConfigError(f"no policy for {provider}: there is one for aws")
    show_json(policy())


def schema(
    name: Annotated[str, typer.Argument(metavar="NAME", help="the names when left out")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="write all of them here")] = None,
) -> None:
    """文件格式 / the JSON Schema of a file that people write."""
    from zicha.pipeline.runs.rules import schemas

    known = schemas()
    if name and name not in known:
        raise ConfigError(f"no schema {name}: there is {', '.join(sorted(known))}")
    if out is not None:
        for wanted in [name] if name else sorted(known):
            path = out / f"{wanted}.schema.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(known[wanted], ensure_ascii=False, indent=2) + "\n", "utf-8")
            say(str(path))
        return
    show_json(known[name] if name else sorted(known))


def export_suites(out: Out) -> None:
    """导出为 Great Expectations 原生格式 / native Great Expectations suites."""
    from zicha.pipeline.runs.rules import export

    for path in export(here(), out):
        say(str(path))


def list_suites(form: Shape = Format.TABLE) -> None:
    """列出 / every expectation with its controls."""
    from zicha.pipeline.runs.rules import rules

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
