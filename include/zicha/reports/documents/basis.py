"""The basis of a document: its duty's authority, instrument, sources, grade and disputes."""

from __future__ import annotations

import re
from datetime import datetime

from zicha.catalog.duties import Duty, offices
from zicha.catalog.duty_shapes import Dispute, Instrument
from zicha.catalog.regulators import load_regulators
from zicha.model.document import Basis
from zicha.model.text import Text

_NUMBERS = re.compile(r"[0-9][0-9, -]*")
_ABOUT = {
    "due": Text("期限", "when"),
    "recipient": Text("报送对象", "to whom"),
    "who": Text("适用对象", "who is bound"),
    "contents": Text("内容", "contents"),
}


def basis_of(duty: Duty, province: Text, city: Text, due: datetime | None = None) -> Basis:
    """What stands in the box of a duty, for an entity of this province and city."""
    return Basis(
        duty=duty.id,
        title=duty.title,
        authorities=tuple(offices(duty, load_regulators(), province, city)),
        instruments=tuple(_instrument(each) for each in duty.instruments),
        sources=tuple(f"{source.id} ({source.grade})" for source in duty.sources),
        grade=duty.grade,
        due=due,
        disputes=tuple(_dispute(dispute) for dispute in duty.disputes),
    )


def _dispute(dispute: Dispute) -> Text:
    about = _ABOUT[dispute.about]
    zh = "；".join(f"{r.says.zh}（{r.source}）" for r in dispute.readings)
    en = "; ".join(f"{r.says.en} ({r.source})" for r in dispute.readings)
    return Text(
        f"{about.zh}：{zh}。采用：{dispute.followed.zh}",
        f"{about.en}: {en}. Followed: {dispute.followed.en}",
    )


def _instrument(instrument: Instrument) -> Text:
    articles = instrument.articles
    if articles and _NUMBERS.fullmatch(articles.zh):
        articles = Text(f"第{articles.zh}条", f"Art. {articles.en}")
    parts = [part for part in (instrument.name, instrument.number, articles) if part]
    return Text(" ".join(p.zh for p in parts), " ".join(p.en for p in parts))
