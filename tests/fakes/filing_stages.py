"""A filing as far as each stage of its life, made once and copied for every test that begins there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from fakes import filings as fakes
from fakes.database_switch import copy_place
from fakes.filings import APPROVER, AUTHOR, NOW, OBLIGATION, PRESS, TYPIST
from zicha.filings.approving import Decision
from zicha.pipeline.filings import answers as filing_answers
from zicha.pipeline.filings import approval as filing_approval
from zicha.pipeline.filings import use_cases as filings
from zicha.pipeline.workplace import Workplace, open_workplace

FILING = f"fil-{NOW.date()}-001"


def answer(
    place: Workplace,
    asked: dict[str, Any],
    actor: str,
    *,
    run: str = "run-1",
    approves: bool = True,
    package: str = "",
) -> str:
    """Somebody answers the question in Airflow; what that counted for."""
    said = Decision(actor, package or asked["package"], approves, "" if approves else "数字不对")
    return filing_approval.record_answer(
        place, asked["filing"], said, answered_at=NOW, question={"run": run}
    )


def write_sheet(path: Path) -> Path:
    """What a person answers, as the form asks it."""
    path.write_text(fakes.STATEMENT.format(filing=FILING), encoding="utf-8")
    return path


class FilingStages:
    """Data folders in which one filing has come so far, each made from the one before it."""

    names = ("place", "opened", "answered", "built", "asked", "approved", "sealed")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.home = fakes.home(folder / "home")
        self.scope = fakes.scope(folder / "scope")

    def copied(self, stage: str, to: Path) -> Path:
        """A data folder of one's own at this stage."""
        return copy_place(self._made(stage), to)

    def opened(self, data: Path, now: datetime = NOW) -> Workplace:
        """The workplace over a data folder that was copied."""
        environ = {"ZICHA_DATA": str(data), "ZICHA_SCOPE": str(self.scope)}
        return open_workplace(environ, clock=lambda: now)

    @property
    def question(self) -> dict[str, Any]:
        """What the approvers were asked."""
        self._made("asked")
        found: dict[str, Any] = json.loads((self._folder / "question.json").read_text("utf-8"))
        return found

    def _made(self, stage: str) -> Path:
        data = self._folder / stage
        if data.exists():
            return data
        before = self.names.index(stage) - 1
        if before < 0:
            fakes.workplace(data, self.scope).database.close()
            return data
        self.copied(self.names[before], data)
        place = self.opened(data)
        try:
            self._steps[stage](self, place)
        finally:
            place.database.close()
        return data

    def _open(self, place: Workplace) -> None:
        assert filings.open_filing(place, OBLIGATION, AUTHOR)["filing"] == FILING

    def _answer(self, place: Workplace) -> None:
        sheet = write_sheet(self._folder / "answers.yaml")
        filing_answers.fill_filing(place, FILING, sheet, TYPIST)

    def _build(self, place: Workplace) -> None:
        filings.build_filing(place, FILING, AUTHOR, PRESS)

    def _ask(self, place: Workplace) -> None:
        asked = filing_approval.ask_approval(place, FILING, "schedule:x", "run-1", PRESS)
        (self._folder / "question.json").write_text(json.dumps(asked), "utf-8")

    def _approve(self, place: Workplace) -> None:
        assert answer(place, self.question, APPROVER) == "approved"

    def _seal(self, place: Workplace) -> None:
        filing_approval.seal_filing(place, FILING, "schedule:x")

    _steps: ClassVar[dict[str, Callable[[FilingStages, Workplace], None]]] = {
        "opened": _open,
        "answered": _answer,
        "built": _build,
        "asked": _ask,
        "approved": _approve,
        "sealed": _seal,
    }
