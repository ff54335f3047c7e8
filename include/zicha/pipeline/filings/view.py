"""What is shown of filings: a line of each, and one whole."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.duties import NOT_ADVICE
from zicha.catalog.forms import load_forms
from zicha.duties.time import ZONE
from zicha.model.filing import Filing
from zicha.pipeline.duties.showing import moment, said
from zicha.pipeline.filings.facts import consequence_of, duty_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import filings as stored
from zicha.storage import obligations

FOLDER = "filings"
Row = dict[str, Any]


def folder_of(place: Workplace, id_: str, package: str) -> Path:
    """Where the files of one package stand for people to read."""
    return place.data / FOLDER / id_ / package.removeprefix("sha256:")[:16]


def filing_rows(place: Workplace) -> list[Row]:
    """Every filing in a line, the newest first."""
    with place.database.read() as connection:
        return [_summary(place, connection, each) for each in stored.listed(connection)]


def filing_document(place: Workplace, id_: str) -> Row:
    """One filing whole: drafts with their files and lint, answers, approvals, submissions."""
    with place.database.read() as connection:
        filing = stored.get(connection, id_)
        newest = stored.newest_version(connection, id_)
        parts = {
            f"{what}s": [_plain(row) for row in stored.history(connection, what, id_)]
            for what in stored.HISTORY
        }
        summary = _summary(place, connection, filing)
    folder = str(folder_of(place, id_, filing.package)) if filing.package else ""
    lint = [lint_row(one) for one in newest["found"]] if newest else []
    return summary | {"folder": folder, "lint": lint, **parts}


def _summary(place: Workplace, connection: Connection, filing: Filing) -> Row:
    owed = obligations.get(connection, filing.obligation)
    newest = stored.newest_version(connection, filing.id)
    found = newest["found"] if newest else []
    sent = stored.history(connection, "submission", filing.id)
    is_past = owed.due is not None and place.clock() > owed.due
    late = bool(sent[-1]["late"]) if sent else is_past and not filing.is_ended
    # A form may leave the catalogue; what was built with it stays on record.
    duty, form = duty_of(filing.duty), load_forms().get(filing.form)
    return {
        "filing": filing.id,
        "state": filing.state.value,
        "duty": filing.duty,
        "title": said(duty.title),
        "of": filing.of,
        "form": filing.form,
        "form_grade": form.grade if form else None,
        "obligation": filing.obligation,
        "due": moment(owed.due and owed.due.astimezone(ZONE)),
        "late": late,
        "consequence": said(consequence_of(duty)) if late else None,
        "version": filing.version,
        "package": filing.package,
        "approved": filing.approved,
        "authors": newest["authors"] if newest else [],
        "grade": duty.grade,
        "sources": [source.id for source in duty.sources],
        "blockers": [one["rule"] for one in found if one["severity"] == "blocker"],
        "warnings": [one["rule"] for one in found if one["severity"] == "warning"],
        "note": said(NOT_ADVICE),
    }


def lint_row(one: Row) -> Row:
    """A line of lint as it is shown."""
    return {name: one[name] for name in ("rule", "severity", "where")} | {
        name: one[name] if isinstance(one[name], dict) else said(one[name])
        for name in ("says", "detail", "remedy")
    }


def _plain(row: Row) -> Row:
    return {
        name: moment(value.astimezone(ZONE)) if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in {"id", "filing"}
    }
