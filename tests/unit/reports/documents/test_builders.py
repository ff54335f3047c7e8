"""What every document owes its form, whichever module builds it."""

import pytest

from fakes.document_facts import answered, document_facts
from fakes.report_facts import HOSTILE
from zicha.catalog.duties import load_duties
from zicha.catalog.forms import load_forms
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.reports.documents.registry import build, builders
from zicha.reports.documents.sections import form_of

FORMS = load_forms()
EVERY = pytest.mark.parametrize("form", sorted(builders()))
BOTH = pytest.mark.parametrize("judged", [True, False], ids=["judged", "never judged"])


def texts_of(document):
    yield document.title
    yield document.unit
    yield from (*document.statement, *document.signatures, *document.notes)
    yield from (text for pair in document.cover for text in pair if isinstance(text, Text))
    for section in document.sections:
        yield section.title
        yield from section.sentences
        for table in section.tables:
            yield from (table.title, table.empty, *(column.title for column in table.columns))
        for chart in section.charts:
            yield from (chart.title, *chart.labels, *(series.title for series in chart.series))


@EVERY
@BOTH
def test_a_document_has_one_section_for_each_field_in_the_order_of_the_form(form, judged):
    document = build(form, document_facts(judged=judged))

    assert [section.field for section in document.sections] == [f.id for f in FORMS[form].fields]


@EVERY
@BOTH
def test_whatever_is_said_is_said_in_both_languages(form, judged):
    for text in texts_of(build(form, document_facts(judged=judged))):
        assert text.zh.strip()
        assert text.en.strip()


@EVERY
@BOTH
def test_a_field_that_is_not_filled_says_what_is_lacking(form, judged):
    for section in build(form, document_facts(judged=judged)).sections:
        if section.state == "filled":
            assert section.sentences or section.tables or section.charts
        else:
            assert section.lacks.zh
            assert section.lacks.en


@EVERY
def test_what_only_a_person_knows_is_missing_until_a_person_answers(form):
    asked = [f for f in FORMS[form].fields if f.filled_by == "person" and not f.only]
    answers = {
        f.id: answered("某人的答复", ({c.id: "一" for c in f.columns},) if f.columns else ())
        for f in asked
    }

    before = {s.field: s.state for s in build(form, document_facts()).sections}
    after = {s.field: s for s in build(form, document_facts(answers=answers)).sections}

    for field in asked:
        assert before[field.id] == "missing"
        # A builder may doubt what was answered (a level that the grading guide does not give).
        assert after[field.id].state != "missing"
        assert "李文静" in after[field.id].sentences[-1].zh


@EVERY
def test_the_same_facts_give_the_same_document(form):
    assert build(form, document_facts()) == build(form, document_facts())


@EVERY
def test_a_field_that_a_person_fills_says_what_is_asked(form):
    for field in FORMS[form].fields:
        if field.filled_by != "facts":
            assert field.asks or field.columns


def test_an_unknown_document_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match=r"no document nonsense: there is .*cnp-unit-filing"):
        build("nonsense", document_facts())


def test_every_form_that_a_duty_in_force_names_exists():
    forms = {duty.form for duty in load_duties().values() if duty.form}

    assert forms <= FORMS.keys()


def test_an_answer_to_a_field_that_the_form_lacks_is_refused():
    with pytest.raises(ConfigError, match="cnp-unit-filing has no field colour"):
        build("cnp-unit-filing", document_facts(answers={"colour": answered("红")}))


def test_rows_with_a_column_that_the_form_lacks_are_refused():
    with pytest.raises(ConfigError, match="person_in_charge has no column fax"):
        build(
            "cnp-unit-filing",
            document_facts(answers={"person_in_charge": answered("", ({"fax": "1"},))}),
        )


def test_rows_for_a_field_of_words_are_refused():
    with pytest.raises(ConfigError, match="main_functions is no table"):
        build(
            "cnp-unit-filing",
            document_facts(answers={"main_functions": answered("", ({"name": "1"},))}),
        )


def test_a_row_that_lacks_a_required_cell_leaves_the_field_in_part():
    row = {"name": "李文静", "post": "经理", "telephone": " ", "email": "a@b.example"}
    document = build(
        "cnp-unit-filing", document_facts(answers={"person_in_charge": answered("", (row,))})
    )
    section = next(s for s in document.sections if s.field == "person_in_charge")

    assert section.state == "part"
    assert section.lacks == Text("第 1 行缺“电话”", "row 1 lacks “telephone”")


def test_hostile_answers_stay_the_text_they_are():
    words = " ".join(HOSTILE)
    document = build("cnp-unit-filing", document_facts(answers={"main_functions": answered(words)}))
    section = next(s for s in document.sections if s.field == "main_functions")

    assert section.sentences[0].zh.startswith(words)


def test_a_document_never_inspected_says_so_and_carries_no_run():
    document = build("miit-self-examination", document_facts(judged=False))

    assert (document.run, document.day) == ("", "")
    assert {"findings", "rectification", "technical_protection", "evidence_index"} <= set(
        document.missing()
    )


@pytest.mark.parametrize(
    ("duty", "form"),
    [
        ("cnp-filing", "cnp-unit-filing"),
        ("cnp-grading", "cnp-unit-filing"),
        ("cnp-conformity-l2", "cnp-conformity-summary"),
        ("cnp-conformity-l3", "cnp-conformity-summary"),
        ("cnp-risk-l2", "cnp-risk-summary"),
        ("cnp-risk-l3", "cnp-risk-summary"),
        ("miit-insp-annual", "miit-self-examination"),
    ],
)
def test_a_duty_of_miit_names_the_form_that_answers_it(duty, form):
    assert load_duties()[duty].form == form


def test_the_fields_of_the_self_examination_are_those_researched():
    # The sixteen headings of the inspections of 2018, 2023 and 2024 (note of the form).
    assert len(form_of("miit-self-examination").fields) == 16


def test_an_expired_licence_is_said_to_have_run_out():
    document = build(
        "miit-self-examination",
        document_facts(now=document_facts().now.replace(year=2028, month=6)),
    )
    section = document.sections[0]

    assert "已过期" in section.tables[0].rows[1]["valid"].zh
    assert "已过期" in section.lacks.zh


def test_a_unit_without_a_filing_number_is_named():
    document = build("miit-self-examination", document_facts("yunqiao"))
    section = next(s for s in document.sections if s.field == "unit_inventory")

    assert section.state == "part"
    assert "门户网站" in section.lacks.zh


def test_rates_stand_only_in_documents_that_say_self_estimate():
    documents = [build(form, document_facts()) for form in builders()]

    with_rates = [
        document
        for document in documents
        for said in [" ".join(t.zh for s in document.sections for t in s.sentences)]
        if "符合率" in said or "预估结论" in said
    ]

    assert {bool(document.estimate) for document in with_rates} == {True}
