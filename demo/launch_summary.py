"""Print what today's inspection found: `python -m demo.launch_summary DAY [reused]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

WORST_SHOWN = 6
GAPS_SHOWN = 8
WIDTH_OF_A_PIPE = 120
RANK = {"critical": 0, "warning": 1, "info": 2}


def main(arguments: Sequence[str]) -> int:
    """Read the day's summary from the store and print it."""
    from zicha.pipeline import overview, summary
    from zicha.pipeline.workplace import open_workplace

    day, reused = arguments[0], "reused" in arguments[1:]
    place = open_workplace(os.environ)
    out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE)
    show(out, summary(place, day), overview(place), reused=reused)
    return 0


def show(out: Console, told: Mapping[str, Any], here: Mapping[str, Any], *, reused: bool) -> None:
    """Print the evidence, the outcomes, the findings, the gaps, the frameworks and the reports."""
    out.rule(Text(f"自查 zicha · {told['day']} · {told['run']}"))
    if here.get("demo"):
        out.print("演示数据 demo data", style="yellow")
    if reused:
        out.print("今日证据已封存，本次沿用（AGAIN=1 重新采集）")
        out.print("today's collection is sealed already and was reused (AGAIN=1 collects anew)")
    out.print(Text(f"证据 evidence sealed: {told['evidence']} · rows {told['rows']}"))
    if told["crashed"]:
        out.print(Text(f"崩溃 crashed: {_short(told['crashed'])}"), style="red")
    counts = " · ".join(f"{status} {n}" for status, n in told["outcomes"].items())
    out.print(Text(f"判定 outcomes: {counts}"))
    _show_findings(out, here["findings"])
    _show_gaps(out, here["gaps"])
    _show_frameworks(out, here["frameworks"])
    out.print(
        "自查预估，非等级测评结论 / a self-estimate, not an assessment conclusion", style="dim"
    )
    _show_reports(out, told["reports"])


def _show_findings(out: Console, findings: Sequence[Mapping[str, Any]]) -> None:
    ranked = sorted(findings, key=lambda found: RANK.get(str(found["severity"]), len(RANK)))
    table = Table(title=f"问题 findings: {len(findings)}", title_justify="left", expand=False)
    for name in ("id", "severity", "what", "where", "systems"):
        table.add_column(name, overflow="fold")
    shown = _worst(ranked)
    for found in shown:
        what = _both(found["because"]) or found["expectation"]
        cells = (found["id"], found["severity"], what, found["subject"], found["systems"])
        table.add_row(*(Text(_short(cell)) for cell in cells))
    out.print(table)
    if len(findings) > len(shown):
        out.print(f"  … {len(findings) - len(shown)} more: .venv/bin/zicha findings", style="dim")


def _worst(ranked: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The worst, without those that read exactly as one before: one fault may fail two checks."""
    shown: dict[tuple[str, str], Mapping[str, Any]] = {}
    for found in ranked:
        reads = (_both(found["because"]) or found["id"], _short(found["subject"]))
        shown.setdefault(reads, found)
        if len(shown) == WORST_SHOWN:
            break
    return list(shown.values())


def _both(text: Mapping[str, str] | None) -> str:
    """A text in both languages, one below the other."""
    return "\n".join(text[lang] for lang in ("zh", "en") if text.get(lang)) if text else ""


def _show_gaps(out: Console, gaps: Sequence[Mapping[str, Any]]) -> None:
    table = Table(title=f"缺口 gaps, what could not be read: {len(gaps)}", title_justify="left")
    for name in ("source", "reason", "affects", "what to do"):
        table.add_column(name, overflow="fold")
    for gap in gaps[:GAPS_SHOWN]:
        cells = (gap["source"], gap["reason"], gap["affects"], _both(gap["what_to_do"]))
        table.add_row(*(Text(_short(cell)) for cell in cells))
    out.print(table)


def _show_frameworks(out: Console, frameworks: Sequence[Mapping[str, Any]]) -> None:
    table = Table(title="框架 frameworks", title_justify="left")
    for name in ("framework", "system", "items", "rate", "range"):
        table.add_column(name, overflow="fold")
    for one in frameworks:
        counts = " · ".join(f"{status} {n}" for status, n in one["counts"].items())
        cells = (one["title"], one["system"], counts, _rate(one["rate"]), _range(one["range"]))
        table.add_row(*(Text(_short(cell)) for cell in cells))
    out.print(table)


def _show_reports(out: Console, paths: Sequence[str]) -> None:
    """The folder once, then one line per report with its formats."""
    by_name: dict[Path, list[str]] = {}
    for path in map(Path, paths):
        by_name.setdefault(path.with_suffix(""), []).append(path.suffix.removeprefix("."))
    for folder in sorted({name.parent for name in by_name}):
        out.print(Text(f"报告 reports in {folder}"), soft_wrap=True)
        for name, formats in by_name.items():
            if name.parent == folder:
                out.print(Text(f"  {name.name}.{{{', '.join(sorted(formats))}}}"), soft_wrap=True)


def _rate(rate: object) -> str:
    return f"{rate:.1f} %" if isinstance(rate, int | float) else _short(rate)


def _range(ends: object) -> str:
    if isinstance(ends, Sequence) and not isinstance(ends, str):
        return " – ".join(_rate(end) for end in ends)
    return _short(ends)


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        if "zh" in value:
            return str(value["zh"])
        return ", ".join(f"{name} {_short(part)}" for name, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_short(part) for part in value)
    return "" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
