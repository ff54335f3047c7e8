"""The reply to an order to rectify: each item, what was done, what shows it, what is still open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from zicha.model.document import NOTHING, Document
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.received_pieces import (
    Row,
    fields,
    grid,
    joined,
    named,
    or_unknown,
    text_of,
    when,
)
from zicha.reports.documents.sections import Part, assemble, same

FORM = "order-reply"
STATES = {
    "open": Text("整改中", "open"),
    "closed": Text("已完成", "closed"),
    "reopened": Text("重新整改", "reopened"),
}
EXTENSIONS = {
    "asked": Text("已申请，待答复", "asked for, not answered"),
    "granted": Text("同意延期", "granted"),
    "refused": Text("不同意延期", "refused"),
}
FINDINGS = {
    "open": Text("仍存在", "open"),
    "closed-passed": Text("复测通过", "passed when measured again"),
    "closed-gone": Text("已消失（完整清单中不再存在）", "gone from a complete listing"),
}
PROOFS = {
    "measurement": Text("复测", "measurement"),
    "attestation": Text("证明材料", "attestation"),
}


def build(facts: DocumentFacts) -> Document:
    """The letter; without an order every field says that it is missing."""
    order = facts.order
    if order is None:
        return assemble(FORM, facts, {})
    title = Text(
        f"关于{order['number']}的整改情况报告", f"Reply to the order to rectify {order['number']}"
    )
    parts = {
        "order": _order(facts, order),
        "overview": _overview(order),
        "items": _items(order),
        "evidence": _evidence(order),
        "remaining": _remaining(order),
        "extensions": _extensions(order),
    }
    cover = (
        (Text("来文机关", "To"), text_of(order["office"])),
        (Text("来文编号", "Number of the order"), same(order["number"])),
    )
    made = assemble(FORM, facts, parts, title=title, cover=cover)
    return replace(made, day=order["measured"]["day"], run=order["measured"]["run"])


def _order(facts: DocumentFacts, order: Mapping[str, Any]) -> Part:
    rows = [
        (Text("作出机关", "Authority"), text_of(order["office"])),
        (Text("文号", "Number"), same(order["number"])),
        (Text("标题", "Title"), text_of(order["title"])),
        (Text("收到时间", "Received"), when(order["received"])),
        (Text("涉及系统", "Systems"), named(facts, order["systems"])),
        (Text("来源检查", "From the inspection"), or_unknown(order["inspection"])),
    ]
    return Part(tables=(fields("order", rows),))


def _overview(order: Mapping[str, Any]) -> Part:
    items, closed, late = len(order["items"]), order["closed"], len(order["overdue"])
    left = items - closed
    sentences = [
        Text(
            f"来文共 {items} 项，已完成 {closed} 项，尚未完成 {left} 项。",
            f"The order has {items} items: {closed} closed, {left} still open.",
        )
    ]
    if late:
        says = text_of(order["consequence"])
        sentences.append(
            Text(
                f"已逾期 {late} 项（{joined(order['overdue']).zh}）；后果：{says.zh}",
                f"{late} overdue ({joined(order['overdue']).en}); what follows: {says.en}",
            )
        )
    if order["returns"]:
        last = order["returns"][-1]["because"]
        sentences.append(
            Text(f"本次为退回后再次报送，退回原因：{last}", f"Sent back before: {last}")
        )
    return Part(sentences=tuple(sentences))


def _items(order: Mapping[str, Any]) -> Part:
    columns = (
        ("id", Text("序号", "Item"), 0.6),
        ("text", Text("责令内容", "Ordered"), 2.4),
        ("measures", Text("整改措施", "Done"), 2.2),
        ("due", Text("期限", "Due"), 1.3),
        ("state", Text("状态", "State"), 0.9),
    )
    rows: list[Row] = [
        {
            "id": item["id"],
            "text": item["text"],
            "measures": item["measures"] or Text("待填写", "to be filled in"),
            "due": _due(item),
            "state": _state(item),
        }
        for item in order["items"]
    ]
    empty = Text("来文未列事项", "the order lists no item")
    unsaid = [item["id"] for item in order["items"] if not item["measures"]]
    lacks = NOTHING
    if unsaid:
        ids = joined(unsaid)
        lacks = Text(
            f"第 {ids.zh} 项未写明整改措施", f"nobody said what is done about item {ids.en}"
        )
    made = grid("items", columns, rows, empty)
    return Part(tables=(made,), lacks=lacks)


def _state(item: Mapping[str, Any]) -> Text:
    state = STATES[item["state"]]
    return Text(f"{state.zh}（逾期）", f"{state.en} (overdue)") if item["overdue"] else state


def _due(item: Mapping[str, Any]) -> Text:
    day, mark = when(item["due"]), item["provisional"]
    return Text(
        f"{day.zh}（暂定）" if mark else day.zh, f"{day.en} (provisional)" if mark else day.en
    )


def _evidence(order: Mapping[str, Any]) -> Part:
    columns = (
        ("item", Text("序号", "Item"), 0.6),
        ("kind", Text("依据", "Kind"), 0.9),
        ("ref", Text("编号", "Id"), 1.5),
        ("at", Text("测量或签署时间", "Measured or dated"), 1.4),
        ("digest", Text("证据摘要", "Digest of the evidence"), 3.4),
    )
    rows: list[Row] = [
        {
            "item": item["id"],
            "kind": PROOFS[proof["kind"]],
            "ref": proof["ref"],
            "at": when(proof["at"]),
            "digest": proof["digest"] or Text("无", "none"),
        }
        for item in order["items"]
        for proof in item["grounds"]
    ]
    empty = Text("尚无已完成的事项。", "No item is closed yet.")
    return Part(tables=(grid("evidence", columns, rows, empty),))


def _remaining(order: Mapping[str, Any]) -> Part:
    left = [item for item in order["items"] if item["state"] != "closed"]
    columns = (
        ("id", Text("序号", "Item"), 0.6),
        ("text", Text("责令内容", "Ordered"), 2.2),
        ("why", Text("现状", "How it stands"), 3.0),
        ("due", Text("期限", "Due"), 1.3),
    )
    rows: list[Row] = [
        {"id": item["id"], "text": item["text"], "why": _why(item), "due": _due(item)}
        for item in left
    ]
    empty = Text("没有尚未完成的事项。", "Nothing is still open.")
    made = grid("remaining", columns, rows, empty)
    return Part(tables=(made,))


def _why(item: Mapping[str, Any]) -> Text:
    lines = list(_reasons(item))
    return Text("\n".join(line.zh for line in lines), "\n".join(line.en for line in lines))


def _reasons(item: Mapping[str, Any]) -> Iterator[Text]:
    if item["reopened_because"]:
        why = item["reopened_because"]
        yield Text(f"重新整改：{why}", f"reopened: {why}")
    for each in item["findings"]:
        state, at = FINDINGS[each["state"]], when(each["measured"])
        yield Text(
            f"{each['id']}：{state.zh}，最近测量 {at.zh}",
            f"{each['id']}: {state.en}, last measured {at.en}",
        )
    if not item["findings"]:
        yield Text(
            "未关联测量到的问题，待附文件的证明材料",
            "no finding is linked; it waits for an attestation",
        )


def _extensions(order: Mapping[str, Any]) -> Part:
    columns = (
        ("id", Text("序号", "Item"), 0.6),
        ("until", Text("申请延至", "Until"), 1.3),
        ("because", Text("理由", "Because"), 2.2),
        ("state", Text("状态", "State"), 1.0),
        ("word", Text("机关答复", "The authority's word"), 2.0),
    )
    rows: list[Row] = [
        {
            "id": item["id"],
            "until": when(item["extension"]["until"]),
            "because": item["extension"]["because"],
            "state": EXTENSIONS[item["extension"]["state"]],
            "word": item["extension"]["word"] or Text("尚无", "none yet"),
        }
        for item in order["items"]
        if item["extension"]
    ]
    empty = Text("未申请延期。", "No extension was asked for.")
    return Part(tables=(grid("extensions", columns, rows, empty),))
