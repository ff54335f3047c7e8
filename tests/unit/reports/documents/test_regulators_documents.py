"""What the documents for PSB, CAC and MIIT say, as plain values."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from fakes.regulator_facts import (
    all_answered,
    answer,
    example_scope,
    facts_for,
    judged,
    section,
    texts,
    with_system,
    words,
)
from fakes.report_facts import HOSTILE, hostile_everywhere, report_facts
from zicha.catalog.duties import load_duties
from zicha.catalog.forms import load_forms
from zicha.catalog.object_types import load_object_types
from zicha.catalog.roots import project_root
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.reports.documents.mlps_protection_work_plan import GROUPS
from zicha.reports.documents.pages.layout import laid_out
from zicha.reports.documents.registry import build
from zicha.reports.facts import ObjectLine, SourceLine

FORMS = load_forms()
OURS = (
    "cac-incident-final",
    "cac-incident-initial",
    "miit-data-incident",
    "miit-data-risk-assessment",
    "mlps-certificate",
    "mlps-data-survey",
    "mlps-filing-form",
    "mlps-grading-report",
    "mlps-hazards",
    "mlps-protection-work-plan",
    "network-data-risk-assessment",
    "pi-compliance-audit-cover",
)
COVER = "pi-compliance-audit-cover"
FILLED_IN = tuple(form for form in OURS if "incident" not in form)
every_form = pytest.mark.parametrize("form", OURS)
PER_FORM = pytest.mark.parametrize("form", FILLED_IN)


@every_form
@pytest.mark.parametrize("reports", [{}, judged()], ids=["unjudged", "judged"])
def test_each_field_has_its_section_in_order_and_both_languages_speak(form, reports):
    found = build(form, facts_for(form, reports=reports))

    assert [s.field for s in found.sections] == [f.id for f in FORMS[form].fields]
    assert [t for t in texts(found) if not (t.zh.strip() and t.en.strip())] == []
    assert found.demo


@every_form
def test_what_is_missing_is_said_with_a_reason(form):
    found = build(form, facts_for(form))

    assert [s.field for s in found.sections if s.state != "filled" and not s.lacks.zh] == []
    assert [s.field for s in found.sections if s.state == "filled" and s.lacks.zh] == []


@PER_FORM
def test_no_field_stays_missing_once_everything_was_judged_and_answered(form):
    found = build(form, facts_for(form, reports=judged(), answers=all_answered(form)))

    assert found.missing() == ()
    signed = [s.field for s in found.sections if "林某" in words(s)]
    assert signed == [f.id for f in FORMS[form].fields if f.filled_by != "facts" and not f.only]


@PER_FORM
def test_an_empty_cell_of_a_table_is_named_by_row_and_column(form):
    tables = [f for f in FORMS[form].fields if f.filled_by != "facts" and f.columns]
    if not tables:
        pytest.skip("nobody fills a table of this form")
    field, first = tables[0], tables[0].columns[0]
    row = {column.id: "x" for column in field.columns} | {first.id: " "}

    found = build(form, facts_for(form, reports=judged(), answers={field.id: answer(row)}))

    assert section(found, field.id).state == "part"
    assert first.title.en in section(found, field.id).lacks.en


@pytest.mark.parametrize(
    ("form", "field", "state", "says"),
    [
        ("mlps-filing-form", "composition", "filled", "17 objects are declared"),
        ("mlps-filing-form", "filing_state", "filled", "演示-11010000001-24001"),
        ("mlps-filing-form", "grade_of_information", "missing", "what is infringed"),
        ("mlps-filing-form", "level", "part", "the declared level is unchecked"),
        ("mlps-filing-form", "materials", "part", "expired"),
        ("mlps-grading-report", "business_carried", "part", "2600000"),
        ("mlps-grading-report", "information_description", "missing", "by the person"),
        ("mlps-data-survey", "data_classes", "missing", "One row per class"),
        ("mlps-data-survey", "data_protection", "part", "undetermined"),
        ("mlps-protection-work-plan", "network_devices", "filled", "Core switch"),
        ("mlps-protection-work-plan", "safeguards", "part", "14.6%"),
        ("mlps-protection-work-plan", "causes", "missing", "management, technique"),
        ("mlps-protection-work-plan", "not_measured", "part", "permission refused"),
        ("mlps-hazards", "triggers_met", "filled", "A-21"),
        ("mlps-hazards", "judgement", "missing", "relevance, severity and likelihood"),
        ("mlps-certificate", "changes", "missing", "a change is filed first"),
        ("miit-data-risk-assessment", "risk_analysis", "part", "open findings"),
        ("miit-data-risk-assessment", "assessment_team", "missing", "the people and their parts"),
        ("miit-data-risk-assessment", "assessment_environment", "part", "Database host"),
        ("network-data-risk-assessment", "key_business_security", "filled", "no large platform"),
        ("network-data-risk-assessment", "cross_border", "part", "Declared"),
        ("network-data-risk-assessment", "incidents_and_handling", "part", "papers"),
        ("pi-compliance-audit-cover", "kind_of_audit", "part", "At most 10 million"),
        ("pi-compliance-audit-cover", "auditors", "missing", "three times running"),
    ],
)
def test_a_field_says_what_is_known_and_what_is_not(form, field, state, says):
    found = section(build(form, facts_for(form, reports=judged())), field)

    assert (found.state, says in words(found)) == (state, True)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ("mlps-protection-work-plan", "safeguards"),
        ("mlps-protection-work-plan", "problems"),
        ("mlps-hazards", "count"),
        ("miit-data-risk-assessment", "countermeasures"),
        ("network-data-risk-assessment", "technical_measures"),
    ],
)
def test_before_any_run_a_field_of_facts_is_missing_and_says_what_to_do(form, field):
    found = section(build(form, facts_for(form)), field)

    assert found.state == "missing"
    assert "zicha run" in found.lacks.zh


@pytest.mark.parametrize("field", ["compliance_assessment", "risk_analysis"])
def test_what_nobody_judged_and_nobody_wrote_says_both(field):
    form = "miit-data-risk-assessment"

    found = section(build(form, facts_for(form)), field)

    assert found.state == "missing"
    assert "zicha run" in found.lacks.zh
    assert "填写" in found.lacks.zh


@PER_FORM
def test_a_rate_or_a_status_of_items_stands_only_under_the_mark_of_an_estimate(form):
    found = build(form, facts_for(form, reports=judged()))

    shows = re.search(r"\d%|自查预估|部分符合", words(found.sections))
    assert found.estimate or not shows


@PER_FORM
def test_hostile_strings_stay_text_and_lose_their_control_characters(form):
    hostile = "".join(HOSTILE[:-1])
    reports = {("billing", "mlps-l3"): hostile_everywhere()}

    found = build(form, facts_for(form, reports=reports, answers=all_answered(form, hostile)))

    told = words(laid_out(found, "zh"))
    assert "<script>alert(1)</script>" in told
    assert {c for c in told if unicodedata.category(c) in {"Cc", "Cf"}} <= {"\n"}


def test_a_document_about_a_system_refuses_another_id_with_those_that_there_are():
    with pytest.raises(ConfigError, match="billing, portal"):
        build("mlps-filing-form", replace(facts_for("mlps-filing-form"), of="nothing"))


def test_a_default_of_the_scope_is_no_statement():
    scope = with_system(example_scope(), "billing", important_data=None, persons=None)
    facts = facts_for("mlps-data-survey", scope=scope, reports=judged())

    found = build("mlps-data-survey", facts)

    assert "important_data" in section(found, "data_overview").lacks.en
    assert "not said" in words(section(found, "unit_and_object"))


def test_each_class_of_data_has_a_sheet_of_its_own():
    rows = [{"data_class": name, "level": "一般"} for name in ("用户身份", "话单")]
    facts = facts_for("mlps-data-survey", answers={"data_classes": answer(*rows)})

    tables = section(build("mlps-data-survey", facts), "data_classes").tables

    sheets = [table for table in tables if table.id.startswith("data_class_")]
    assert ["用户身份" in words(s) for s in sheets] == [True, False]
    assert all("缺" in words(sheet) for sheet in sheets)


def test_the_five_groups_of_assets_name_types_that_there_are():
    named = {type_ for types in GROUPS.values() for type_ in types}

    assert named <= load_object_types().keys()
    assert len(GROUPS) == 5


def test_no_resource_id_of_a_finding_stands_in_what_is_handed_in():
    reports = {("billing", "mlps-l3"): report_facts(20)}
    told = words(build("network-data-risk-assessment", facts_for("x", reports=reports)))

    assert "arn:" not in told
    assert "evil.example" not in told


def never_asked():
    """The billing account and the bucket's source in a run that asked neither."""
    line = SourceLine("demo-aws", Text("云账号", "account"), "aws", "unread")
    billed = ObjectLine("billing-storage", Text("x", "x"), "data", ("demo-aws",), 0)
    told = replace(report_facts(1), sources=(line,), objects=(billed,), gaps=())
    return {("billing", "mlps-l3"): told}


def test_a_source_that_was_never_asked_is_no_source_that_could_be_read():
    form = "network-data-risk-assessment"

    found = section(build(form, facts_for(form, reports=never_asked())), "risks_found")

    assert "not collected" in words(found.tables[-1].rows)
    assert "could not be read" in found.lacks.en


def test_nothing_found_in_a_listing_that_nobody_read_is_no_count():
    form = "mlps-data-survey"

    found = section(build(form, facts_for(form, reports=never_asked())), "data_overview")

    assert found.tables[0].rows[0]["resources"] == Text(
        "未采集或未读全", "not collected, or not read whole"
    )


@pytest.mark.parametrize(
    ("persons", "says"),
    [
        ((10_000_001, 0), "at least every two years"),
        ((10_000_000, 0), "At most 10 million"),
        ((6_000_000, 6_000_000), "count them without doubles"),
    ],
)
def test_the_cycle_of_audits_follows_the_number_of_persons(persons, says):
    """CAC Order 18, Art. 3-4: more than ten million persons."""
    scope = with_system(example_scope(), "billing", persons=persons[0])
    scope = with_system(scope, "portal", persons=persons[1])

    found = build(COVER, facts_for(COVER, scope=scope))

    assert says in words(section(found, "kind_of_audit"))


@pytest.mark.parametrize("form", OURS)
def test_every_document_is_what_some_duty_asks_for(form):
    asked = {f for duty in load_duties().values() for f in duty.forms}

    assert form in asked


def test_an_inferred_form_says_on_its_pages_that_no_template_was_read():
    inferred = [form for form in OURS if FORMS[form].grade == "inferred"]

    assert len(inferred) == 6
    for form in inferred:
        assert "No official template was seen" in words(build(form, facts_for(form)).notes)


@every_form
def test_the_guide_names_every_document_with_its_grade(form):
    guide = (project_root() / "docs" / "how-to" / "documents.md").read_text(encoding="utf-8")

    (line,) = [each for each in guide.splitlines() if each.startswith(f"| `{form}` |")]
    assert line.endswith(f"| {FORMS[form].grade} |")
