"""The register of findings as a sheet: written out, filled by people, read back whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zicha.model.errors import ConfigError
from zicha.model.finding import Finding
from zicha.model.finding_life import Act
from zicha.pipeline.authority import authorise
from zicha.pipeline.findings.acts import Step, act_on, chosen
from zicha.pipeline.findings.lists import finding_rows
from zicha.pipeline.workplace import Workplace
from zicha.reports.finding_sheet import read_rows, write_rows

BODIES: dict[Act, dict[str, str]] = {
    Act.ACKNOWLEDGE: {"because": "because"},
    Act.ASSIGN: {"owner": "new_owner", "due": "new_due"},
    Act.FIX: {"because": "because"},
    Act.NOTE: {"note": "because"},
    Act.TREAT: {
        "treatment": "new_treatment",
        "residual": "new_residual",
        "review_on": "new_review_on",
        "because": "because",
    },
    Act.CLAIM_FALSE: {"because": "because", "until": "until"},
}
"""Which columns of the sheet make the words of which act."""


def export_findings(place: Workplace, out: Path, actor: str) -> Path:
    """Write every open finding, with empty columns for what shall be done about it."""
    authorise(place, actor, "export", out.name)
    return write_rows(out, finding_rows(place))


def import_findings(
    place: Workplace, path: Path, actor: str, *, dry_run: bool = False
) -> list[dict[str, Any]]:
    """Read a filled sheet and do what it says: all of it, or nothing and every wrong row named.

    Raises:
        ConfigError: a row is wrong, or the actor may not do what it asks.
    """
    steps, wrong = [], []
    for number, row in read_rows(path):
        try:
            steps.append(_step(place, row))
        except ConfigError as error:
            wrong.append(f"row {number}: {error}")
    if wrong:
        raise ConfigError("; ".join(wrong[:8]) + _more(len(wrong) - 8))
    if not steps:
        raise ConfigError(f"{path.name} asks for nothing: fill the column do of some row")
    _refuse_repeated([step.one.finding for step in steps])
    return act_on(place, steps, actor, dry_run=dry_run)


def _step(place: Workplace, row: dict[str, str]) -> Step:
    known = {act.value: act for act in BODIES}
    if row["do"] not in known:
        raise ConfigError(f"do says {row['do']}: write one of {', '.join(known)}")
    act = known[row["do"]]
    (one,) = chosen(place, [row["id"]])
    if one.finding.id != row["id"]:
        raise ConfigError(f"id {row['id']} is not whole: write {one.finding.id}, as the export did")
    return Step(one, act, {name: row[column] for name, column in BODIES[act].items()})


def _refuse_repeated(named: list[Finding]) -> None:
    ids = [each.id for each in named]
    if twice := next((id_ for id_ in ids if ids.count(id_) > 1), ""):
        raise ConfigError(f"{twice} stands in two rows that ask for something: keep one of them")


def _more(left: int) -> str:
    return f"; and {left} more" if left > 0 else ""
