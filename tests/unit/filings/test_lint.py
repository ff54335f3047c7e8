"""The lint of what is handed in: each rule from its near miss and its hit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from zicha.catalog.filing_lint import load_filing_lint
from zicha.catalog.forms import Form, FormField
from zicha.duties.time import moment_of
from zicha.filings.case import Answered, AttestedUntil, GradedSystem, LintCase
from zicha.filings.lint import CHECKS, lint
from zicha.model.document import Document, DocumentSection, Grid
from zicha.model.text import Text

RULES = load_filing_lint()
NOW = moment_of("2026-11-20T10:00+08:00")
DAY = NOW.date()


def said(words):
    return Text(words, words)


def section(field="one", state="filled", **more):
    return DocumentSection(field, said("标题"), state, **{"sentences": (said("内容"),)} | more)


def grid(id_, rows):
    return Grid(id_, said("表"), (), tuple({"a": "b"} for _ in range(rows)), said("无"))


def tabled(systems_there, *, systems=1, **tables):
    held = tuple(grid(id_, rows) for id_, rows in {"systems": systems_there, **tables}.items())
    return replace(with_document(sections=(section(tables=held),)), counts={"systems": systems})


FORM = Form(
    id="form",
    title=said("表单"),
    grade="text",
    fields=(
        FormField(id="one", title=said("一")),
        FormField(id="two", title=said("二"), required=False),
    ),
)
DOCUMENT = Document("form", said("标题"), "billing", said("单位"), NOW, (section(),))
BILLING = GradedSystem("billing", Text("计费", "Billing"), 3, "N-1", DAY, DAY)
CLEAN = LintCase(DOCUMENT, FORM, RULES.limits, NOW, NOW, NOW, systems=(BILLING,))


def both(**changed):
    fields = (FORM.fields[0].model_copy(update={"filled_by": "both"}),)
    return replace(CLEAN, form=FORM.model_copy(update={"fields": fields}), **changed)


def with_document(**changed):
    return replace(CLEAN, document=replace(DOCUMENT, **changed))


def with_system(**changed):
    return replace(CLEAN, systems=(replace(BILLING, **changed),))


def attested(dated=DAY, until=DAY + timedelta(days=365)):
    return replace(CLEAN, attestations=(AttestedUntil("a", dated, until),))


def answered(**row):
    return replace(CLEAN, answers={"units": Answered(rows=(row,))})


def aged(days):
    return replace(CLEAN, judged_at=NOW - timedelta(days=days))


CASES = [
    ("required-field-missing", with_document(sections=(section(state="missing"),)), CLEAN),
    ("required-field-missing", with_document(sections=()), CLEAN),
    ("person-part-unanswered", both(), both(answers={"one": Answered(said("属实"))})),
    ("person-part-unanswered", both(), CLEAN),
    ("field-in-part", with_document(sections=(section(state="part"),)), CLEAN),
    (
        "placeholder-text",
        with_document(sections=(section(sentences=(said("整改情况待补充"),)),)),
        with_document(demo=True, unit=said("云桥（演示）")),
    ),
    ("placeholder-text", with_document(unit=said("云桥（演示）")), CLEAN),
    ("demo-data", with_document(demo=True), CLEAN),
    ("one-language-only", with_document(sections=(section(sentences=(Text("只有", ""),)),)), CLEAN),
    ("format-left-out", replace(CLEAN, left_out=("pdf",)), CLEAN),
    (
        "estimate-unmarked",
        replace(CLEAN, form=FORM.model_copy(update={"estimate": True})),
        replace(with_document(estimate=True), form=FORM.model_copy(update={"estimate": True})),
    ),
    (
        "form-not-official",
        replace(CLEAN, form=FORM.model_copy(update={"grade": "inferred"})),
        replace(CLEAN, form=FORM.model_copy(update={"grade": "excerpt"})),
    ),
    ("counts-differ", tabled(2, systems=1), tabled(1, systems=1)),
    (
        "counts-differ",
        tabled(1, findings=3, rectification=0),
        tabled(1, findings=3, rectification=2),
    ),
    (
        "nothing-measured",
        replace(CLEAN, judged_at=None),
        replace(CLEAN, judged_at=None, needs_run=False),
    ),
    ("run-stale", aged(RULES.limits.run_warning + 1), aged(RULES.limits.run_warning)),
    ("run-stale", aged(RULES.limits.run_blocker), aged(RULES.limits.run_blocker + 1)),
    ("run-too-old", aged(RULES.limits.run_blocker + 1), aged(RULES.limits.run_blocker)),
    ("evidence-gap", replace(CLEAN, gaps=(said("aws refused"),)), CLEAN),
    (
        "undetermined-items",
        replace(CLEAN, undetermined={"b": 1}),
        replace(CLEAN, undetermined={"b": 0}),
    ),
    ("attestation-expired", attested(until=DAY - timedelta(days=1)), attested(until=DAY)),
    ("attestation-expiring", attested(until=DAY), attested(until=DAY + timedelta(days=31))),
    ("attestation-from-the-future", attested(dated=DAY + timedelta(days=1)), attested(dated=DAY)),
    (
        "answer-from-the-future",
        answered(drilled_on="2026-11-21"),
        answered(drilled_on="2026-11-20"),
    ),
    (
        "answer-from-the-future",
        answered(drilled_on="2027年1月5日"),
        answered(planned_on="2027年1月5日"),
    ),
    (
        "answer-from-the-future",
        answered(drilled_on="2027/01/05"),
        answered(drilled_on="2027/13/45"),
    ),
    ("filed-in-the-future", with_system(filed_on=date(2026, 12, 1)), with_system(filed_on=None)),
    (
        "assessment-date-missing",
        with_system(assessed_on=None),
        with_system(assessed_on=None, level=2),
    ),
    (
        "filing-number-missing",
        with_system(filing_number="", level=2),
        with_system(filing_number="", level=1),
    ),
    (
        "level-differs",
        answered(system="billing", level="第二级"),
        answered(system="billing", level="第三级"),
    ),
    ("level-differs", answered(system="计费", level="2"), answered(system="billing", level="")),
    (
        "filing-number-differs",
        answered(system="Billing", filing_number="N-2"),
        answered(system="billing", filing_number=" N-1 "),
    ),
    ("system-unknown", answered(system="payroll"), answered(system="计费")),
    ("reading-disputed", replace(CLEAN, disputes=(said("较早的一日"),)), CLEAN),
    ("due-passed", replace(CLEAN, due=NOW - timedelta(minutes=1)), CLEAN),
]


@pytest.mark.parametrize(("rule", "hit", "miss"), CASES)
def test_a_rule_finds_its_case_and_not_the_nearest_other(rule, hit, miss):
    assert rule in {one.rule for one in lint(hit, RULES)}
    assert rule not in {one.rule for one in lint(miss, RULES)}


def test_a_clean_document_has_nothing_to_say():
    assert lint(CLEAN, RULES) == []


def test_every_rule_of_the_catalogue_has_its_check_and_its_case():
    assert {rule.id for rule in RULES.rules} == set(CHECKS) == {rule for rule, _, _ in CASES}


def test_blockers_stand_first():
    found = lint(replace(with_document(sections=(), demo=True), gaps=(said("x"),)), RULES)

    assert [one.blocks for one in found] == sorted([one.blocks for one in found], reverse=True)
    assert found[0].blocks


def test_a_later_due_day_looks_further_ahead():
    until = DAY + timedelta(days=60)

    near, far = (replace(attested(until=until), due=NOW + timedelta(days=n)) for n in (10, 40))

    assert [len(lint(case, RULES)) for case in (near, far)] == [0, 1]
