"""Every shape of a document, read back."""

import hashlib
import re
import subprocess
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from shutil import which
from tempfile import mkdtemp
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from pypdf import PdfReader

from fakes.document_facts import answered, document_facts
from fakes.report_facts import HOSTILE
from zicha.model.document import Chart, Grid, GridColumn, Series
from zicha.model.errors import ConfigError
from zicha.model.text import Text
from zicha.reports.documents.pages.layout import laid_out
from zicha.reports.documents.pages.pdf import render_pdf
from zicha.reports.documents.pages.word_template import form_template
from zicha.reports.documents.registry import build
from zicha.reports.documents.render import SHAPES, render
from zicha.reports.documents.sections import form_of
from zicha.reports.fonts import cjk_font
from zicha.reports.safe_text import clean

ESTIMATE = {"zh": "自查预估，非等级测评结论", "en": "Self-estimate, not an assessment conclusion"}
DEMO = {"zh": "演示数据", "en": "DEMONSTRATION DATA"}
MISSING = {"zh": "【缺 · 待填写】", "en": "[MISSING · to be filled in]"}
UNIT = {"zh": "云桥通信有限公司（演示）", "en": "Yunqiao Telecom Ltd. (demo)"}
BOTH = pytest.mark.parametrize("lang", ["zh", "en"])
EVERY = pytest.mark.parametrize("shape", SHAPES)
needs_font = pytest.mark.skipif(cjk_font() is None, reason="no font with Chinese characters here")
TREND = Chart(
    "trend",
    Text("问题趋势", "Trend of findings"),
    "line",
    tuple(Text(f"第{n}周", f"W{n}") for n in (45, 46, 47)),
    (Series(Text("未关闭", "open"), (3, None, 1), "bad"), Series(Text("=1+1", "=1+1"), (1, 2, 3))),
    Text("项", "findings"),
)


@cache
def document():
    """The risk summary with hostile words where people and clouds write, and every chart."""
    built = build(
        "cnp-risk-summary",
        document_facts(
            duty="cnp-risk-l3",
            findings=14,
            answers={
                "residual_risk": answered(" ".join(HOSTILE)),
                "threats": answered("=cmd()", tuple({"threat": h, "acts_on": h, "likelihood": "高"} for h in HOSTILE[:-1])),
            },
        ),
    )  # fmt: skip
    charts = [TREND, replace(TREND, id="b", kind="bars"), replace(TREND, id="s", kind="stacked")]
    sections = list(built.sections)
    sections[0] = replace(sections[0], charts=tuple(charts))
    return replace(built, sections=tuple(sections))


@cache
def rendered(shape, lang="zh"):
    if shape == "pdf" and cjk_font() is None:
        pytest.skip("no font with Chinese characters here")
    out = Path(mkdtemp(prefix="document-")) / "sub" / f"文件.{lang}.{shape}"
    assert render(document(), lang, shape, out) == out
    return out.read_bytes()


@cache
def text_of(shape, lang="zh"):
    data = rendered(shape, lang)
    if shape == "docx":
        return docx_text(docx.Document(BytesIO(data)))
    if shape == "xlsx":
        book = openpyxl.load_workbook(BytesIO(data))
        return "\n".join(
            str(c.value) for s in book for row in s.iter_rows() for c in row if c.value
        )
    if shape == "pdf":
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
    from html import unescape

    return unescape(re.sub(r"<(?!script>|/script>|b>)[^>]*>", "", data.decode()))


def docx_text(found):
    cells = [c.text for t in found.tables for r in t.rows for c in r.cells]
    return "\n".join([p.text for p in found.paragraphs] + cells)


def bare(text):
    return re.sub(r"[\s\u200b\u00ad-]+", "", text)


@EVERY
@BOTH
def test_every_required_field_stands_under_its_title_and_what_is_missing_says_so(shape, lang):
    text = bare(text_of(shape, lang))

    for field in form_of("cnp-risk-summary").fields:
        assert bare(field.title.in_(lang))[1:] in text
    assert bare(MISSING[lang]) in text
    assert bare(UNIT[lang]) in text


@EVERY
@BOTH
def test_estimate_and_demo_are_marked_in_every_shape(shape, lang):
    text = bare(text_of(shape, lang))

    assert bare(ESTIMATE[lang]) in text
    assert bare(DEMO[lang]) in text


@EVERY
def test_the_basis_shows_authority_instrument_grade_and_that_it_is_no_advice(shape):
    text = bare(text_of(shape))

    for words in ("北京市通信管理局", "工业和信息化部令第11号", "读过原文摘录", "不构成法律意见"):
        assert words in text


@EVERY
def test_hostile_words_stay_words(shape):
    text = bare(text_of(shape))

    for name in HOSTILE[:-1]:
        assert bare(clean(name)) in text
    assert "root:" not in text


@EVERY
def test_the_same_document_gives_the_same_bytes(shape, tmp_path):
    again = render(document(), "zh", shape, tmp_path / f"again.{shape}").read_bytes()

    assert hashlib.sha256(again).digest() == hashlib.sha256(rendered(shape)).digest()


def test_an_unknown_shape_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no shape odt of a document"):
        render(document(), "zh", "odt", tmp_path / "x.odt")


# Word


@BOTH
def test_the_word_document_has_each_field_as_a_heading_once(lang):
    found = docx.Document(BytesIO(rendered("docx", lang)))
    headings = [p.text for p in found.paragraphs if p.style.name == "Heading 1"]

    wanted = [section.heading for section in laid_out(document(), lang).sections]
    assert headings[: len(wanted)] == wanted
    assert len(found.inline_shapes) == 4


def test_no_tag_and_no_mark_of_a_place_is_left_in_the_word_document():
    xml = ZipFile(BytesIO(rendered("docx"))).read("word/document.xml").decode()

    assert "{{ " not in xml
    assert "\ue000" not in xml
    assert "{{7*7}}" in xml.replace("\u200b", "")


def test_a_long_table_repeats_its_head_and_cuts_no_row():
    xml = ZipFile(BytesIO(rendered("docx"))).read("word/document.xml").decode()

    assert xml.count("<w:tblHeader/>") >= 5
    assert xml.count("<w:cantSplit/>") > 20


@BOTH
def test_each_page_of_the_word_document_carries_title_unit_and_marks(lang):
    section = docx.Document(BytesIO(rendered("docx", lang))).sections[0]

    assert ESTIMATE[lang] in section.header.paragraphs[0].text
    assert "NUMPAGES" in section.footer._element.xml
    assert "20261121T021700Z-4f2a" in section.footer.paragraphs[0].text
    assert "63:6c489773601c9822" in section.footer.paragraphs[0].text


def own_template(tmp_path, monkeypatch, template):
    monkeypatch.setattr("zicha.reports.documents.pages.docx.templates_dir", lambda: tmp_path)
    path = tmp_path / "cnp-risk-summary.zh.docx"
    if isinstance(template, bytes):
        path.write_bytes(template)
    else:
        template.save(path)
    return tmp_path / "out" / "own.docx"


def with_places(*more):
    own = docx.Document()
    own.add_paragraph("本单位模板 {{ title }}")
    for field in form_of("cnp-risk-summary").fields:
        own.add_paragraph(f"{{{{ fields['{field.id}'] }}}}")
    for words in more:
        own.add_paragraph(words)
    return own


def test_a_template_of_the_users_own_takes_the_place_of_ours(tmp_path, monkeypatch):
    out = own_template(tmp_path, monkeypatch, with_places())

    render(document(), "zh", "docx", out)

    text = docx_text(docx.Document(out))
    assert "本单位模板 通信网络单元安全风险评估报告摘要" in text
    assert "未关闭问题" in text


def test_our_own_template_written_out_can_be_put_back(tmp_path, monkeypatch):
    template = form_template(form_of("cnp-risk-summary"), "zh")
    out = own_template(tmp_path, monkeypatch, template)

    render(document(), "zh", "docx", out)

    assert docx_text(docx.Document(out)) == text_of("docx")


def test_a_template_that_drops_a_field_is_refused(tmp_path, monkeypatch):
    own = docx.Document()
    own.add_paragraph("{{ title }} {{ fields['unit'] }}")
    out = own_template(tmp_path, monkeypatch, own)

    with pytest.raises(ConfigError, match="has no place for cycle_and_due"):
        render(document(), "zh", "docx", out)

    assert not out.exists()


@pytest.mark.parametrize(
    "words",
    [
        "{{ nothing_of_the_kind }}",
        "{{ title",
        "{% for x in %}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ fields.__class__.__init__.__globals__ }}",
        "{% for n in range(99999999) %}x{% endfor %}",
        "{% for n in range(99999) %}{% for m in range(99999) %}{% endfor %}{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{{ 1 / 0 }}",
    ],
)
def test_a_broken_template_or_one_that_reaches_out_is_one_clear_sentence(
    words, tmp_path, monkeypatch
):
    out = own_template(tmp_path, monkeypatch, with_places(words))

    with pytest.raises(ConfigError, match=r"^cnp-risk-summary.zh.docx: .*correct the template"):
        render(document(), "zh", "docx", out)

    assert not out.exists()


def test_a_template_that_is_no_word_document_is_one_clear_sentence(tmp_path, monkeypatch):
    out = own_template(tmp_path, monkeypatch, b"<html>")

    with pytest.raises(ConfigError, match=r"^cnp-risk-summary.zh.docx: "):
        render(document(), "zh", "docx", out)


def test_a_cell_that_nobody_filled_is_a_dash_and_not_a_blank():
    said = Text("x", "x")
    grid = Grid("g", said, (GridColumn("a", said), GridColumn("b", said)), ({"a": "x"},), said)
    found = document()
    section = replace(found.sections[0], tables=(grid,))

    laid = laid_out(replace(found, sections=(section,)), "zh")

    assert laid.sections[0].tables[0].rows == [{"a": "x", "b": "—"}]


# PDF


@BOTH
def test_each_page_of_the_pdf_is_numbered_and_says_what_it_is(lang):
    pages = [page.extract_text() for page in PdfReader(BytesIO(rendered("pdf", lang))).pages]

    for number, page in enumerate(pages, 1):
        said = f"第{number}页/共{len(pages)}页" if lang == "zh" else f"Page{number}of{len(pages)}"
        assert bare(said) in bare(page)
        assert bare(ESTIMATE[lang]) in bare(page)
        assert bare(DEMO[lang]) in bare(page)
        assert "63:6c489773601c9822" in bare(page)


@BOTH
@needs_font
def test_the_pdf_embeds_its_fonts_and_every_character_has_a_glyph(lang, tmp_path):
    if which("pdffonts") is None:
        pytest.skip("pdffonts (poppler-utils) is not here")
    (tmp_path / "x.pdf").write_bytes(rendered("pdf", lang))

    listed = subprocess.run(
        ["pdffonts", str(tmp_path / "x.pdf")], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]

    assert any("CJK" in line or "Han" in line for line in listed)
    assert all(line.split()[-5] == "yes" for line in listed)
    assert "\ufffd" not in text_of("pdf", lang)
    assert not set(bare(text_of("pdf", lang))) - glyphs()


def glyphs():
    from fontTools.ttLib import TTCollection, TTFont

    known = set(map(chr, range(0x20, 0x250))) | set("–—“”‘’…\u200b")
    for prefer in ("Serif", "Sans"):
        font = cjk_font(prefer=prefer)
        opened = (
            TTCollection(font.path).fonts[font.index]
            if font.path.suffix == ".ttc"
            else TTFont(font.path)
        )
        known |= set(map(chr, opened.getBestCmap()))
    return known


def test_a_pdf_without_a_chinese_font_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ConfigError, match="apt-get download fonts-noto-cjk"):
        render_pdf(document(), "zh", tmp_path / "no.pdf", fonts=[tmp_path])

    assert list(tmp_path.iterdir()) == []


# Workbook and page


def test_no_cell_of_the_workbook_is_a_formula_or_a_link_and_only_charts_have_numbers():
    book = openpyxl.load_workbook(BytesIO(rendered("xlsx")))
    found = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]

    assert {c.data_type for c in found} == {"s", "n"}
    assert [c for c in found if c.hyperlink] == []
    assert {c.parent.title for c in found if c.data_type == "n"} == {
        c.title for c in book if c._charts or "趋势" in c.title or "项数" in c.title
    }


def test_a_period_that_was_not_measured_is_no_nought_in_the_workbook():
    book = openpyxl.load_workbook(BytesIO(rendered("xlsx")))

    assert [row[1].value for row in book["问题趋势"].iter_rows(min_row=2, max_row=5)] == [
        "未关闭",
        3,
        "未测量",
        1,
    ]


def test_the_page_asks_nothing_of_anybody_and_runs_nothing():
    page = rendered("html").decode()

    assert "<script" not in page.replace("&lt;script", "")
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert page.count("<svg ") == 4


def test_the_english_document_keeps_its_headings_english():
    for section in laid_out(document(), "en").sections:
        assert not re.search("[\u4e00-\u9fff]", section.heading)
        assert section.title[0].isupper()
