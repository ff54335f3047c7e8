"""The workbook of a storm: every finding that one digest stands for, masked by destination."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO

from zicha.alerts.masking import Mask
from zicha.alerts.message import SEVERITIES, plain_id
from zicha.alerts.outside_text import outside
from zicha.alerts.signals import ORDER, Signal

COLUMNS = (
    ("finding", "问题编号", "Finding"),
    ("severity", "严重程度", "Severity"),
    ("state", "变化", "Change"),
    ("check", "检查项", "Check"),
    ("system", "系统", "System"),
    ("source", "来源", "Source"),
    ("account", "账号", "Account"),
    ("region", "地域", "Region"),
    ("subject", "资源", "Resource"),
    ("owner", "责任人", "Owner"),
    ("due", "整改期限", "Due"),
    ("observed", "观测值", "Observed"),
)
_WIDTHS = {"check": 40, "owner": 24, "subject": 40, "observed": 40}
_NO_FORMULAS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def storm_sheet(signals: Iterable[Signal], mask: Mask, at: datetime, demo: bool = False) -> bytes:
    """The same signals and moment give the same bytes; a column that may not leave is not there."""
    import xlsxwriter

    shown = [column for column in COLUMNS if mask.shows(column[0])]
    out = BytesIO()
    book = xlsxwriter.Workbook(out, _NO_FORMULAS)
    book.set_properties({"created": at.replace(tzinfo=None), "title": "演示数据" if demo else ""})
    sheet = book.add_worksheet("findings")
    for n, (_, zh, en) in enumerate(shown):
        sheet.write_string(0, n, f"{zh} {en}")
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for n, (name, _, _) in enumerate(shown):
        sheet.set_column(n, n, _WIDTHS.get(name, 16))
    ordered = sorted(signals, key=lambda s: (ORDER[s.severity], s.check, s.id))
    for row, signal in enumerate(ordered, 1):
        cells = _cells(signal)
        for n, (name, _, _) in enumerate(shown):
            sheet.write_string(row, n, outside(cells[name], 600), wrapped)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(ordered)), len(shown) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    book.close()
    return out.getvalue()


def _cells(signal: Signal) -> dict[str, str]:
    return {
        "finding": plain_id(signal.id),
        "severity": f"{SEVERITIES[signal.severity].zh} {SEVERITIES[signal.severity].en}",
        "state": signal.change,
        "check": signal.check,
        "system": ", ".join(signal.systems),
        "source": signal.source,
        "account": signal.account,
        "region": signal.region,
        "subject": signal.subject,
        "owner": " ".join(dict.fromkeys(n for o in signal.owners for n in (o.zh, o.en))),
        "due": signal.due.isoformat() if signal.due else "",
        "observed": signal.observed,
    }
