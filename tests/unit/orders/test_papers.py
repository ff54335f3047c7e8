"""The reply and the hand-over list: every field of the form, both languages, hostile words inert."""

from __future__ import annotations

import pytest

from zicha.catalog.forms import load_forms
from zicha.catalog.roots import project_root
from zicha.catalog.scope import load_scope
from zicha.duties.time import moment_of
from zicha.reports.documents import inspection_handover, order_reply
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.render import render

EVIL = '=HYPERLINK("http://x") {{ 7*7 }} #eval("1") <w:p> $x$'
NOW = moment_of("2026-11-22T09:00+08:00")
SAID = {"zh": "北京市通信管理局", "en": "Beijing Communications Administration"}
MOMENT = "2026-11-21T10:00:00+08:00"


def item(id_, **more):
    return {
        "id": id_, "text": EVIL, "state": "open", "due": MOMENT, "rule": "", "provisional": True,
        "overdue": False, "measures": "已关闭", "findings": [], "extension": None, "grounds": [],
        "reopened_because": "",
    } | more  # fmt: skip


ORDER = {
    "office": SAID, "number": "12号", "title": None, "received": MOMENT, "systems": ["billing"],
    "inspection": "", "closed": 1, "overdue": ["2"], "consequence": SAID,
    "returns": [{"because": "材料不全"}], "measured": {"run": "2026-11-22-001", "day": "2026-11-22"},
    "items": [
        item("1", state="closed", grounds=[
            {"kind": "measurement", "ref": "f-1", "at": MOMENT, "digest": "sha256:1", "says": ""},
            {"kind": "attestation", "ref": "a-1", "at": MOMENT, "digest": "sha256:2", "says": ""},
        ]),
        item("2", overdue=True, measures="", extension={
            "state": "refused", "until": MOMENT, "because": EVIL, "word": "不同意",
        }),
        item("3", state="reopened", reopened_because="问题再次出现", findings=[
            {"id": "f-1", "state": "open", "measured": MOMENT},
        ]),
    ],
}  # fmt: skip
INSPECTION = {
    "inspection": "insp-1", "kind": "on-site", "office": SAID, "number": "", "visit": None,
    "received": MOMENT, "systems": ["billing", "gone"], "scope_heads": [SAID],
    "frozen": {
        "at": MOMENT, "day": "2026-11-22", "period": {"from": "2026-11-20", "until": "2026-11-22"},
        "runs": ["2026-11-22-001"], "evidence": 8, "open_findings": 34, "hold": "h-1",
        "catalogue": {"mlps-l3": "1"}, "ledger": {"short": "63:00"}, "digest": "sha256:3",
    },
    "documents": [
        {"title": SAID, "state": "part", "found": [{"name": EVIL}], "lacks": [SAID | {"do": SAID}]},
    ],
    "files": [{"path": EVIL, "size": 1024, "sha256": "0" * 64, "sm3": ""}],
    "lacking": [{"path": "evidence/x", "because": SAID}],
    "questions": [
        {"question": 1, "text": EVIL, "by": "", "asked_at": MOMENT, "answers": [
            {"text": "184 天", "by": "林某", "answered_at": MOMENT},
        ]},
        {"question": 2, "text": "何时演练", "by": "王某", "asked_at": MOMENT, "answers": []},
    ],
    "people": [{"name": "王某", "side": "authority", "role": "", "met_at": MOMENT}],
}  # fmt: skip
BUILDERS = [(order_reply, {"order": ORDER}), (inspection_handover, {"inspection": INSPECTION})]


def facts(**more):
    scope = load_scope(project_root() / "include" / "scope" / "example")
    return DocumentFacts(scope=scope, of="billing", now=NOW, **more)


def said_in(document):
    for section in document.sections:
        yield from section.sentences
        for table in section.tables:
            yield from (column.title for column in table.columns)
            for row in table.rows:
                yield from (cell for cell in row.values() if not isinstance(cell, str))


@pytest.mark.parametrize(("builder", "given"), BUILDERS)
def test_every_field_of_the_form_is_answered_in_both_languages(builder, given):
    built = builder.build(facts(**given))

    assert [s.field for s in built.sections] == [f.id for f in load_forms()[builder.FORM].fields]
    assert built.missing() == ()
    assert all(text.zh.strip() and text.en.strip() for text in said_in(built))


@pytest.mark.parametrize("builder", [order_reply, inspection_handover])
def test_without_facts_every_field_says_that_it_is_missing(builder):
    built = builder.build(facts())

    assert built.missing() == tuple(f.id for f in load_forms()[builder.FORM].fields)


def test_the_reply_says_what_is_open_late_sent_back_and_on_what_the_rest_rests():
    built = order_reply.build(facts(order=ORDER))
    sections = {section.field: section for section in built.sections}

    said = " ".join(sentence.en for sentence in sections["overview"].sentences)
    assert "3 items: 1 closed, 2 still open" in said
    assert "1 overdue (2)" in said
    assert "材料不全" in said
    assert [row["ref"] for row in sections["evidence"].tables[0].rows] == ["f-1", "a-1"]
    assert [row["id"] for row in sections["remaining"].tables[0].rows] == ["2", "3"]
    assert "item 2" in sections["items"].lacks.en


@pytest.mark.parametrize(("builder", "given"), BUILDERS)
def test_hostile_words_stay_words_in_a_word_document_and_a_workbook(builder, given, tmp_path):
    from docx import Document
    from openpyxl import load_workbook

    built = builder.build(facts(**given))

    page = Document(str(render(built, "zh", "docx", tmp_path / "paper.docx")))
    cells = [cell.text for table in page.tables for row in table.rows for cell in row.cells]
    titles = [paragraph.text for paragraph in page.paragraphs]
    assert any("{{ 7*7 }}" in text and "<w:p>" in text for text in cells)
    for section in built.sections:
        assert any(section.title.zh in text for text in titles), section.field
    book = load_workbook(render(built, "zh", "xlsx", tmp_path / "paper.xlsx"))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
