"""A filing place for tests: a run judged, an obligation open, a small press, a form to answer."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

from zicha.catalog.forms import load_forms
from zicha.catalog.roots import project_root
from zicha.duties.time import moment_of
from zicha.model.document import Document, DocumentSection
from zicha.model.text import Lang, Text
from zicha.pipeline.duties.obligations import watch_duties
from zicha.pipeline.filings.press import Press
from zicha.pipeline.workplace import Workplace, open_workplace
from zicha.reports.documents.facts import DocumentFacts
from zicha.storage import runs

ROOT = project_root()
NOW = moment_of("2026-11-20T10:00+08:00")
OBLIGATION = "miit-insp-annual:yunqiao:演示-京通管〔2026〕1号"
AUTHOR = "airflow:demo-billing-owner"
APPROVER = "airflow:demo-security-owner"
TYPIST = "os:1000@desk"
FORM = """
id: miit-self-examination
title: {zh: 网络安全自查报告, en: Self-examination report}
grade: inferred
fields:
- {id: findings, title: {zh: 问题清单, en: findings}}
- id: unit_inventory
  title: {zh: 网络单元清单, en: network units}
  filled_by: person
  required: false
  columns:
  - {id: system, title: {zh: 系统, en: system}}
  - {id: level, title: {zh: 等级, en: level}}
  - {id: filing_number, title: {zh: 备案编号, en: filing number}, required: false}
- id: statement_and_seal
  title: {zh: 单位声明, en: statement}
  filled_by: person
  asks: {zh: 谁声明, en: who states it}
"""
STATEMENT = """
filing: {filing}
form: miit-self-examination
answers:
  statement_and_seal: {{zh: 情况属实, en: this is true}}
"""


def home(folder: Path) -> Path:
    """A project folder whose form asks something of a person; all else is the project's own."""
    for name in ("include/scope", "include/templates", "expectations"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(project_root() / name)
    catalog = folder / "include" / "catalog"
    shutil.copytree(project_root() / "include" / "catalog", catalog)
    path = catalog / "report_forms" / "miit-self-examination.yaml"
    path.write_text(FORM, encoding="utf-8")
    return folder


def scope(folder: Path) -> Path:
    """The example scope, with the person at the desk declared."""
    shutil.copytree(project_root() / "include" / "scope" / "example", folder)
    path = folder / "roles.yaml"
    said = path.read_text(encoding="utf-8")
    more = f'"airflow:demo-billing-owner", "{TYPIST}"'
    path.write_text(said.replace('"airflow:demo-billing-owner"]\n\n', f"{more}]\n\n"), "utf-8")
    path.write_text(
        path.read_text("utf-8").replace(
            '  - id: demo-billing-owner\n    actors: ["airflow:demo-billing-owner"]',
            f"  - id: demo-billing-owner\n    actors: [{more}]",
        ),
        "utf-8",
    )
    return folder


def build(form: str, facts: DocumentFacts) -> Document:
    """One section per field: facts speak for themselves, people's words stand as they are."""
    sections = []
    for field in load_forms()[form].fields:
        answer = facts.answers.get(field.id)
        said: tuple[Text, ...] = ()
        if field.filled_by == "facts":
            said = (Text(f"据 {len(facts.reports)} 份", f"from {len(facts.reports)}"),)
        elif answer and answer.text:
            said = (answer.text,)
        elif answer and answer.rows:
            rows = json.dumps([dict(row) for row in answer.rows], ensure_ascii=False)
            said = (Text(rows, rows),)
        sections.append(
            DocumentSection(field.id, field.title, "filled" if said else "missing", said)
        )
    return Document(
        form=form,
        title=load_forms()[form].title,
        of=facts.of,
        unit=facts.scope.organisation.name,
        as_of=facts.now,
        sections=tuple(sections),
        basis=facts.basis,
        demo=facts.scope.demo,
        ledger_root=facts.ledger_root,
    )


def render(document: Document, lang: Lang, shape: str, out: Path) -> Path:
    """The document's values as text."""
    said = json.dumps(asdict(document), ensure_ascii=False, default=str, sort_keys=True)
    out.write_text(f"{lang} {shape} {said}", encoding="utf-8")
    return out


PRESS = Press(frozenset(("miit-self-examination",)), build, render, {})


def workplace(data: Path, scope_folder: Path, now: datetime = NOW) -> Workplace:
    """A place where a run was judged yesterday and the yearly obligation is open."""
    environ = {"ZICHA_DATA": str(data), "ZICHA_SCOPE": str(scope_folder)}
    place = open_workplace(environ, clock=lambda: now)
    judge(place, now - timedelta(days=1))
    watch_duties(place)
    return place


def judge(place: Workplace, at: datetime) -> None:
    """A run that asked nothing and was judged: everything is undetermined."""
    day = at.astimezone(place.zone).date().isoformat()
    with place.database.write() as connection:
        run = runs.open_run(
            connection,
            run=f"{day}-001",
            day=day,
            trigger="daily",
            scope_digest=place.scope.digest,
            scope={},
            at=at,
        )
        runs.move(connection, run.id, runs.COLLECTED, at)
        runs.move(connection, run.id, runs.JUDGED, at)


def later(place: Workplace, by: timedelta) -> Workplace:
    """The same place, so much later."""
    now = place.clock() + by
    return replace(place, clock=lambda: now)
