"""The columns of the sheet that people fill, by which it is written and read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zicha.model.text import Text

SHEET = "证明材料 Attestations"
ABOUT = "说明 About"
FORM = "zicha-attestations-1"
HEADING_ROW = 1
"""Rows counted from one: the heading; what people fill begins below it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it is called, how wide it is, and whether a person fills it."""

    key: str
    title: Text
    width: int
    fills: bool = False

    @property
    def heading(self) -> str:
        """Both languages, Chinese first."""
        return f"{self.title.zh}\n{self.title.en}"


COLUMNS = (
    Column("item", Text("测评项", "Item"), 22),
    Column("ref", Text("条款", "Clause"), 15),
    Column("says", Text("要求（自述）", "What is asked (in our words)"), 46),
    Column("kind", Text("材料种类", "Kind"), 24),
    Column("hand_over", Text("应提交", "What to hand over"), 46),
    Column("needs", Text("签署与附件", "Signatures and file"), 18),
    Column("types", Text("对象（可填编号）", "Objects (ids that there are)"), 26),
    Column("answer", Text("结论", "Answer"), 16, fills=True),
    Column("objects", Text("仅限对象", "Only for objects"), 20, fills=True),
    Column("statement", Text("说明", "Statement"), 36, fills=True),
    Column("author", Text("作者", "Author"), 14, fills=True),
    Column("second_signer", Text("复核签署人", "Second signer"), 14, fills=True),
    Column("dated", Text("签署日期", "Dated"), 13, fills=True),
    Column("valid_until", Text("有效期至", "Valid until"), 13, fills=True),
    Column("document", Text("文件（与本表同目录）", "Document (beside this file)"), 28, fills=True),
    Column("digest", Text("文件摘要（可空）", "Digest (may stay empty)"), 24, fills=True),
)

Answer = Literal["holds", "does-not-hold", "not-applicable"]

ANSWERS: dict[str, Answer] = {
    "符合 holds": "holds",
    "不符合 does not hold": "does-not-hold",
    "不适用 not applicable": "not-applicable",
}
