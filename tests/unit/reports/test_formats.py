import hashlib
import re
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from pypdf import PdfReader

from fakes.report_facts import HOSTILE, empty_facts, finding_id, hostile_everywhere, report_facts
from zicha.model.errors import ConfigError
from zicha.reports.docx import render_docx
from zicha.reports.fonts import cjk_font
from zicha.reports.html import render_html
from zicha.reports.pdf import render_pdf
from zicha.reports.rows import short_id
from zicha.reports.safe_text import clean
from zicha.reports.xlsx import render_xlsx

RENDER = {"docx": render_docx, "xlsx": render_xlsx, "pdf": render_pdf, "html": render_html}
FACTS = {
    "usual": report_facts,
    "real": lambda: report_facts(demo=False),
    "hostile": hostile_everywhere,
    "empty": empty_facts,
    "many": lambda: report_facts(500),
}
MARKS = {"zh": "自查预估，非等级测评结论", "en": "Self-estimate, not an assessment conclusion"}
DEMO = {"zh": "演示数据", "en": "DEMONSTRATION DATA"}
BOTH = pytest.mark.parametrize("lang", ["zh", "en"])
EVERY = pytest.mark.parametrize("kind", list(RENDER))
needs_font = pytest.mark.skipif(cjk_font() is None, reason="no font with Chinese characters here")


@cache
def rendered(kind, which, lang="zh"):
    if kind == "pdf" and cjk_font() is None:
        pytest.skip("no font with Chinese characters here")
    out = Path(mkdtemp(prefix="report-")) / "sub folder" / f"报告.{lang}.{kind}"
    assert RENDER[kind](FACTS[which](), lang, out) == out
    return out.read_bytes()


@cache
def text_of(kind, data):
    if kind == "docx":
        return docx_text(data)
    if kind == "xlsx":
        return "\n".join(str(c.value) for c in cells(data))
    if kind == "pdf":
        return "\n".join(pages_of(data))
    return html_read(data).text


@cache
def pages_of(data):
    return [page.extract_text() for page in PdfReader(BytesIO(data)).pages]


def docx_text(data):
    document = docx.Document(BytesIO(data))
    rows = [c.text for t in document.tables for r in t.rows for c in r.cells]
    return "\n".join([p.text for p in document.paragraphs] + rows)


def cells(data):
    book = openpyxl.load_workbook(BytesIO(data))
    return [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.tags, self.links = "", set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [
            v for k, v in attrs if k in {"src", "href", "xlink:href", "srcset", "action"}
        ]

    def handle_data(self, data):
        self.text += data


def html_read(data):
    page = Page()
    page.feed(data.decode())
    return page


def bare(text):
    return re.sub(r"[\s\u200b]+", "", text)


@EVERY
@BOTH
def test_each_format_reads_back_in_each_language(kind, lang):
    text = bare(text_of(kind, rendered(kind, "usual", lang)))

    for words in (
        ("计费与结算系统", "北方示例数据服务有限公司", "暂不能得出结论", short_id(finding_id(0)))
        if lang == "zh"
        else ("Billing and settlement system", "Cannot be concluded yet", short_id(finding_id(0)))
    ):
        assert bare(words) in text


@EVERY
@BOTH
def test_an_empty_report_is_written_too(kind, lang):
    assert bare("空单位" if lang == "zh" else "Empty unit") in bare(
        text_of(kind, rendered(kind, "empty", lang))
    )


@EVERY
def test_hostile_names_are_printed_as_they_are(kind):
    text = bare(text_of(kind, rendered(kind, "usual")))

    for name in HOSTILE[:-1]:
        assert bare(clean(name)) in text
    assert "x" * 100 in text


@EVERY
def test_hostile_names_of_unit_and_system_change_nothing(kind):
    text = text_of(kind, rendered(kind, "hostile"))

    assert "<script>alert(1)</script>" in text
    assert "49" not in bare(text).split("{{7*7}}")[0][-3:]
    assert "root:" not in text


@EVERY
def test_the_same_facts_give_the_same_bytes(kind, tmp_path):
    again = RENDER[kind](report_facts(), "zh", tmp_path / f"again.{kind}").read_bytes()

    assert hashlib.sha256(again).digest() == hashlib.sha256(rendered(kind, "usual")).digest()


@pytest.mark.parametrize("kind", ["docx", "xlsx", "html"])
def test_five_hundred_findings_are_all_there(kind):
    text = bare(text_of(kind, rendered(kind, "many")))

    assert all(short_id(finding_id(n)) in text for n in range(500))


@EVERY
@BOTH
def test_real_data_carries_no_demo_mark(kind, lang):
    assert DEMO[lang] not in text_of(kind, rendered(kind, "real", lang))


@BOTH
def test_each_page_of_the_pdf_says_estimate_and_demo(lang):
    pages = pages_of(rendered("pdf", "usual", lang))

    assert len(pages) > 5
    for page in pages:
        assert bare(MARKS[lang]) in bare(page)
        assert bare(DEMO[lang]) in bare(page)


def test_five_hundred_findings_take_a_pdf_of_many_pages():
    few, many = (len(PdfReader(BytesIO(rendered("pdf", w))).pages) for w in ("usual", "many"))

    assert many > few + 30


def test_the_pages_of_the_pdf_are_numbered():
    pages = pages_of(rendered("pdf", "usual"))

    for number, page in enumerate(pages, 1):
        assert f"第{number}页/共{len(pages)}页" in bare(page)


def test_the_pdf_embeds_every_font_it_uses():
    fonts = {}
    for page in PdfReader(BytesIO(rendered("pdf", "usual"))).pages:
        for font in page["/Resources"]["/Font"].values():
            [below] = font.get_object()["/DescendantFonts"]
            described = below.get_object()["/FontDescriptor"].get_object()
            fonts[described["/FontName"]] = any(k.startswith("/FontFile") for k in described)

    assert fonts
    assert all(fonts.values())
    assert any("CJK" in name or "Han" in name for name in fonts)


def test_a_pdf_without_a_chinese_font_is_refused_with_the_way_to_get_one(tmp_path):
    with pytest.raises(ConfigError, match="apt-get download fonts-noto-cjk") as refused:
        render_pdf(report_facts(), "zh", tmp_path / "no.pdf", fonts=[tmp_path])

    assert "ZICHA_FONTS" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@needs_font
def test_a_font_from_a_folder_of_ones_own_suffices(tmp_path):
    font = cjk_font()
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr" / font.path.name).symlink_to(font.path)

    out = render_pdf(report_facts(1), "zh", tmp_path / "own.pdf", fonts=[tmp_path])

    assert out.stat().st_size > 10_000


@BOTH
def test_the_word_document_carries_its_marks_on_every_page(lang):
    section = docx.Document(BytesIO(rendered("docx", "usual", lang))).sections[0]
    header = section.header.paragraphs[0].text
    footer = section.footer._element.xml

    assert MARKS[lang] in header
    assert DEMO[lang] in header
    assert "PAGE" in footer
    assert "NUMPAGES" in footer


def test_the_word_document_names_the_fonts_of_official_papers():
    document = docx.Document(BytesIO(rendered("docx", "usual")))

    assert 'w:eastAsia="仿宋"' in document.styles["Normal"].element.xml
    assert 'w:eastAsia="黑体"' in document.styles["Heading 1"].element.xml


def test_the_word_document_has_headings_contents_charts_and_signatures():
    document = docx.Document(BytesIO(rendered("docx", "usual")))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    text = docx_text(rendered("docx", "usual"))

    assert headings[0] == "一、基本情况"
    assert len(headings) == 13
    assert all(text.count(heading) >= 2 for heading in headings)
    assert len(document.inline_shapes) == 2
    assert "李文静" in text
    assert "单位（盖章）" in text


def test_no_tag_of_the_template_is_left_in_the_document():
    xml = ZipFile(BytesIO(rendered("docx", "empty"))).read("word/document.xml").decode()

    assert "{{" not in xml
    assert "{%" not in xml


def test_no_cell_of_the_workbook_is_a_formula_or_a_link():
    found = cells(rendered("xlsx", "hostile")) + cells(rendered("xlsx", "usual"))

    assert {c.data_type for c in found} == {"s"}
    assert [c for c in found if c.hyperlink] == []
    assert any(c.value == "=1+1" for c in found)


def test_the_workbook_has_its_six_sheets_ready_to_print():
    book = openpyxl.load_workbook(BytesIO(rendered("xlsx", "usual")))

    assert book.sheetnames == ["汇总", "检查结果", "问题台账", "整改", "未判定", "证据索引"]
    for sheet in book:
        assert MARKS["zh"] in sheet.oddFooter.left.text
        assert DEMO["zh"] in sheet.oddFooter.left.text
        assert sheet.freeze_panes
        assert sheet.page_setup.orientation == "landscape"
    assert all(sheet.auto_filter.ref for sheet in book.worksheets[1:])


def test_the_workbook_holds_full_digests():
    digests = [
        c.value for c in cells(rendered("xlsx", "usual")) if str(c.value).startswith("sha256:")
    ]

    assert digests
    assert {len(d) for d in digests} == {len("sha256:") + 64}


@BOTH
@pytest.mark.parametrize("which", ["usual", "hostile"])
def test_the_page_asks_nothing_of_anybody_and_runs_nothing(lang, which):
    page = html_read(rendered("html", which, lang))

    assert not page.tags & {"script", "link", "iframe", "img", "object", "embed", "form"}
    assert [link for link in page.links if not link.startswith("#")] == []
    style = re.findall(r"<style.*?</style>", rendered("html", which, lang).decode(), re.DOTALL)
    assert not any("url(h" in s or "@import" in s for s in style)


def test_the_page_draws_its_charts_inside():
    assert rendered("html", "usual").decode().count("<svg ") == 2


@BOTH
def test_the_page_and_the_workbook_say_estimate_and_demo(lang):
    for kind in ("html", "xlsx"):
        text = text_of(kind, rendered(kind, "usual", lang))

        assert MARKS[lang] in text
        assert DEMO[lang] in text


def test_a_template_of_the_users_own_takes_the_place_of_ours(tmp_path, monkeypatch):
    from docx import Document

    monkeypatch.setattr("zicha.reports.docx.templates_dir", lambda: tmp_path)
    own = Document()
    own.add_paragraph("本单位模板 {{ title }}")
    own.save(tmp_path / "self_inspection.zh.docx")

    path = render_docx(report_facts(), "zh", tmp_path / "own.docx")

    assert "本单位模板 网络安全等级保护自查报告" in "\n".join(
        paragraph.text for paragraph in Document(path).paragraphs
    )


def test_the_workbook_holds_full_ids():
    assert finding_id(0) in text_of("xlsx", rendered("xlsx", "usual"))
