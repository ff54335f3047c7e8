"""Headings: 一、 in Chinese papers, 1. and a capital in English ones."""

from __future__ import annotations

from zicha.model.text import Lang

_DIGITS = "零一二三四五六七八九"


def heading_number(number: int, lang: Lang) -> str:
    """The number with its mark, for 1 to 99."""
    return f"{number}. " if lang == "en" else f"{_chinese(number)}、"


def heading(number: int, title: str, lang: Lang) -> str:
    """The number and the title of a field."""
    return heading_number(number, lang) + title[:1].upper() + title[1:]


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    head = "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")
