"""What is kept of a page: filing numbers, links to the registries, versions; never its text."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

REGISTRIES = ("beian.miit.gov.cn", "beian.mps.gov.cn", "www.beian.gov.cn")
"""Where a filing number is looked up: MIIT's registry, and the two of the police."""

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁"
_ICP = re.compile(rf"[{_PROVINCES}]ICP(?:备|证)\d{{5,10}}号(?:-\d{{1,4}})?")
_PSB = re.compile(rf"[{_PROVINCES}]公网安备\d{{11,14}}号?")
_VERSION = re.compile(r"(?<![\d.])\d{1,6}(?:\.\d{1,6}){1,3}(?![\d.])")
_LINK = re.compile(r"\bhref\s*=\s*[\"']?([^\"'\s>]{1,500})", re.IGNORECASE)
_PRIVACY = re.compile(r"隐私|个人信息保护|privacy", re.IGNORECASE)
_MOST = 50
_TAG_LETTERS = 2000
_SILENT = ("script", "style", "template", "noscript", "title")


def kept(body: bytes, content_type: str) -> dict[str, Any]:
    """The allow-list of one page; the rest is dropped here."""
    text, links, scripts = _read(_decoded(body, content_type))
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    hosts = {urlsplit(link).hostname or "" for link in links if _is_link(link)}
    spaced = unicodedata.normalize("NFKC", text)
    return {
        "icp_numbers": _first(_ICP, plain),
        "psb_numbers": _first(_PSB, plain),
        "registries": sorted(hosts & set(REGISTRIES)),
        "versions": _first(_VERSION, spaced),
        "speaks_of_privacy": bool(_PRIVACY.search(plain)),
        "letters": len(plain),
        "scripts": scripts,
    }


def plainly(number: str) -> str:
    """A filing number without spaces and in the letters that pages are read in."""
    return "".join(unicodedata.normalize("NFKC", number).split())


def _first(pattern: re.Pattern[str], text: str) -> list[str]:
    found: dict[str, None] = {}
    for match in pattern.finditer(text):
        found.setdefault(match.group())
        if len(found) == _MOST:
            break
    return list(found)


def _read(page: str) -> tuple[str, list[str], int]:
    """Visible text, links and the number of scripts, in one pass: no page makes it slow."""
    texts: list[str] = []
    links: list[str] = []
    scripts, skipping = 0, ""
    for tag, after in _pieces(page):
        name = tag[: tag.find(" ")].lower() if " " in tag else tag.lower().rstrip("/")
        if skipping:
            if name != f"/{skipping}":
                continue
            skipping = ""
        elif name in _SILENT:
            scripts += name == "script"
            skipping = name
            continue
        elif name == "a" and (found := _LINK.search(tag[:_TAG_LETTERS])):
            links.append(html.unescape(found.group(1)))
        texts.append(after)
    return html.unescape(" ".join(texts)), links[:1000], scripts


def _pieces(page: str) -> Iterator[tuple[str, str]]:
    """Each tag with the text behind it; comments are left out."""
    begin = 0
    while begin < len(page):
        opened = page.find("<", begin)
        if opened < 0:
            yield "", page[begin:]
            return
        if opened > begin:
            yield "", page[begin:opened]
        is_comment = page.startswith("<!--", opened)
        closed = page.find("-->" if is_comment else ">", opened + 1)
        if closed < 0:
            return
        if not is_comment:
            yield " ".join(page[opened + 1 : closed][:_TAG_LETTERS].split()), ""
        begin = closed + (3 if is_comment else 1)


def _decoded(body: bytes, content_type: str) -> str:
    # Older Chinese sites say gb2312 and mean GB18030; some say nothing at all.
    head = (content_type.encode() + body[:2048]).lower()
    order = ("gb18030", "utf-8") if re.search(rb"charset=[\"']?gb", head) else ("utf-8", "gb18030")
    for encoding in order:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode(order[0], "replace")


def _is_link(link: str) -> bool:
    try:
        return urlsplit(link).scheme in {"http", "https", ""}
    except ValueError:
        return False
