"""The hand-over list of an inspection: what was asked, what is handed over, what lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from zicha.model.document import NOTHING, Document
from zicha.model.text import Text
from zicha.reports.documents.facts import DocumentFacts
from zicha.reports.documents.received_pieces import (
    KINDS,
    Row,
    digests,
    fields,
    grid,
    joined,
    named,
    or_unknown,
    text_of,
    when,
)
from zicha.reports.documents.sections import Part, assemble, same

FORM = "inspection-handover"
STATES = {
    "found": Text("已提供", "provided"),
    "part": Text("部分提供", "in part"),
    "missing": Text("缺", "missing"),
}
SIDES = {"authority": Text("检查方", "authority"), "ours": Text("本单位", "ours")}


def build(facts: DocumentFacts) -> Document:
    """The list; without an inspection every field says that it is missing."""
    held = facts.inspection
    if held is None:
        return assemble(FORM, facts, {})
    parts = {
        "inspection": _inspection(facts, held),
        "frozen": _frozen(held["frozen"]),
        "requested": _requested(held),
        "files": _files(held),
        "lacking": _lacking(held),
        "questions": _questions(held),
        "people": _people(held),
        "verification": _verification(held),
    }
    cover = (
        (Text("检查机关", "Authority"), text_of(held["office"])),
        (Text("通知编号", "Number of the notice"), or_unknown(held["number"])),
        (Text("检查编号", "Inspection"), same(held["inspection"])),
    )
    made = assemble(FORM, facts, parts, cover=cover)
    return replace(made, day=held["frozen"]["day"], run=held["frozen"]["runs"][-1])


def _inspection(facts: DocumentFacts, held: Mapping[str, Any]) -> Part:
    heads = [text_of(each) for each in held["scope_heads"]]
    rows = [
        (Text("检查机关", "Authority"), text_of(held["office"])),
        (Text("检查方式", "Kind"), KINDS[held["kind"]]),
        (Text("通知编号", "Number of the notice"), or_unknown(held["number"])),
        (Text("收到时间", "Received"), when(held["received"])),
        (Text("检查日期", "Day of the inspection"), or_unknown(held["visit"])),
        (Text("涉及系统", "Systems"), named(facts, held["systems"])),
        (
            Text("检查内容", "Scope heads"),
            Text("；".join(h.zh for h in heads), "; ".join(h.en for h in heads))
            if heads
            else Text("通知未载明", "not said in the notice"),
        ),
    ]
    return Part(tables=(fields("inspection", rows),))


def _frozen(frozen: Mapping[str, Any]) -> Part:
    period, runs = frozen["period"], frozen["runs"]
    catalogue = [f"{id_} {version}" for id_, version in frozen["catalogue"].items()]
    rows = [
        (Text("冻结时间", "Frozen at"), when(frozen["at"])),
        (
            Text("证据日期", "Days of evidence"),
            Text(
                f"{period['from']} 至 {period['until']}", f"{period['from']} to {period['until']}"
            ),
        ),
        (
            Text("自查批次", "Runs"),
            Text(f"{len(runs)} 次，最近一次 {runs[-1]}", f"{len(runs)}, the newest is {runs[-1]}"),
        ),
        (Text("封存的数据表", "Sealed tables"), same(str(frozen["evidence"]))),
        (Text("未关闭问题", "Open findings"), same(str(frozen["open_findings"]))),
        (Text("目录版本", "Catalogues"), joined(catalogue)),
        (Text("账本根", "Root of the ledger"), or_unknown(frozen["ledger"]["short"])),
        (Text("冻结范围摘要", "Digest of the frozen scope"), same(frozen["digest"])),
        (Text("保全编号", "Hold"), same(frozen["hold"])),
    ]
    says = Text(
        "范围在立项时冻结，其后的自查批次不改变本清单所列证据；保全解除前证据不会到期删除。",
        "The scope was frozen when the inspection was opened: later runs change nothing of the "
        "evidence listed here, and none of it expires before the hold is released.",
    )
    return Part(sentences=(says,), tables=(fields("frozen", rows),))


def _requested(held: Mapping[str, Any]) -> Part:
    columns = (
        ("number", Text("序号", "No."), 0.6),
        ("title", Text("通知要求的材料", "Asked for"), 2.6),
        ("state", Text("状态", "State"), 0.9),
        ("found", Text("对应材料", "What answers it"), 3.0),
    )
    rows: list[Row] = [
        {
            "number": str(number),
            "title": text_of(row["title"]),
            "state": STATES[row["state"]],
            "found": _named(row),
        }
        for number, row in enumerate(held["documents"], 1)
    ]
    empty = Text("通知未列材料。", "The notice lists no document.")
    made = grid("requested", columns, rows, empty)
    return Part(tables=(made,))


def _named(row: Mapping[str, Any]) -> Text:
    names = list(dict.fromkeys(one["name"] for one in row["found"]))
    return Text("\n".join(names), "\n".join(names)) if names else Text("无", "nothing")


def _files(held: Mapping[str, Any]) -> Part:
    columns = (
        ("number", Text("序号", "No."), 0.6),
        ("path", Text("文件", "File"), 2.4),
        ("size", Text("字节", "Bytes"), 0.8),
        ("digests", Text("摘要值", "Digests"), 4.2),
    )
    rows: list[Row] = [
        {
            "number": str(number),
            "path": one["path"],
            "size": f"{one['size']:,}",
            "digests": digests(one["sha256"], one["sm3"]),
        }
        for number, one in enumerate(held["files"], 1)
    ]
    empty = Text("没有可移交的文件。", "There is no file to hand over.")
    made = grid("files", columns, rows, empty)
    says = Text(
        "证据包以其清单文件 tagmanifest-sha256.txt 的摘要值代表，该清单逐层列出包内全部文件。",
        "An evidence bundle is stood for by its tagmanifest-sha256.txt, which commits to every "
        "file in it.",
    )
    return Part(sentences=(says,), tables=(made,))


def _lacking(held: Mapping[str, Any]) -> Part:
    columns = (
        ("what", Text("材料", "What"), 2.0),
        ("why", Text("原因", "Why"), 4.0),
    )
    rows: list[Row] = [
        {"what": text_of(row["title"]), "why": text_of(why)}
        for row in held["documents"]
        for why in row["lacks"]
    ]
    rows += [{"what": one["path"], "why": text_of(one["because"])} for one in held["lacking"]]
    empty = Text("通知所列材料均已提供。", "Everything the notice lists is provided.")
    made = grid("lacking", columns, rows, empty)
    lacks = (
        Text(f"{len(rows)} 处，见下表", f"what the table names, {len(rows)} in all")
        if rows
        else NOTHING
    )
    return Part(tables=(made,), lacks=lacks)


def _questions(held: Mapping[str, Any]) -> Part:
    columns = (
        ("number", Text("序号", "No."), 0.6),
        ("asked", Text("询问", "Question"), 2.6),
        ("answered", Text("答复", "Answer"), 3.0),
    )
    rows: list[Row] = [
        {
            "number": str(each["question"]),
            "asked": _spoken(each, "asked_at"),
            "answered": _answers(each),
        }
        for each in held["questions"]
    ]
    empty = Text("没有询问记录。", "No question was recorded.")
    made = grid("questions", columns, rows, empty)
    return Part(tables=(made,))


def _spoken(each: Mapping[str, Any], at: str) -> Text:
    by, moment = each["by"], when(each[at])
    zh, en = (f"（{by}，" if by else "（", f" ({by}, " if by else " (")
    return Text(f"{each['text']}{zh}{moment.zh}）", f"{each['text']}{en}{moment.en})")


def _answers(question: Mapping[str, Any]) -> Text:
    given = [_spoken(each, "answered_at") for each in question["answers"]]
    if not given:
        return Text("未答复", "not answered")
    return Text("\n".join(g.zh for g in given), "\n".join(g.en for g in given))


def _people(held: Mapping[str, Any]) -> Part:
    columns = (
        ("name", Text("姓名", "Name"), 1.4),
        ("side", Text("所属", "Side"), 1.0),
        ("role", Text("职务", "Role"), 2.0),
        ("at", Text("时间", "When"), 1.6),
    )
    rows: list[Row] = [
        {
            "name": each["name"],
            "side": SIDES[each["side"]],
            "role": or_unknown(each["role"]),
            "at": when(each["met_at"]),
        }
        for each in held["people"]
    ]
    empty = Text("没有人员记录。", "Nobody was recorded.")
    return Part(tables=(grid("people", columns, rows, empty),))


def _verification(held: Mapping[str, Any]) -> Part:
    root = held["frozen"]["ledger"]["short"]
    lines = (
        Text(
            "在移交文件夹中运行 sh verify.sh：逐个文件比对摘要值，并核验每个证据包的账本、"
            "签名与检查点。只需 sh、openssl、sha256sum，不需要网络。",
            "Run sh verify.sh in the folder: it compares every file with its digest and verifies "
            "ledger, signatures and checkpoints of each bundle. It needs sh, openssl and "
            "sha256sum, and no network.",
        ),
        Text(
            f"可附上冻结时的账本根一并比对：sh verify.sh {root}",
            f"Give it the root at the freezing to compare with: sh verify.sh {root}",
        ),
    )
    return Part(sentences=lines)
