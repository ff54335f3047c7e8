"""The table of remedies, held against every sentence that sources and collectors can say."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import zicha
from zicha.catalog.gap_remedies import (
    PERMISSION,
    known_sentence,
    load_remedies,
    what_to_do,
)
from zicha.model.errors import AccessDeniedError, SourceError
from zicha.model.verdict import Reason

CODE = Path(zicha.__file__).parent
FOLDERS = ("sources", "collectors", "model", "evaluation", "pipeline/runs", "pipeline/events")
ELSEWHERE = {"sources/timestamp_authority.py", "sources/credentials.py"}
"""They speak to whoever configures them; no gap comes of it."""

REMEDY = {"Gap": 4, "Unread": 1, "PlaceState": 1, "Settled": 1}
"""Which argument of it is the sentence; of an error, all are."""

LISTING = {"append", "_gap"}
SPEAKING = LISTING | {"OddCell", "ours"}
"""Calls that hand a sentence on."""

FOUND_BY_NAME = {"_CUTS"}

SAMPLES = {"type(error).__name__": "KeyError"}


def sentences() -> Iterator[tuple[str, str]]:
    """Where something is said to be unread, and an example of what is said there."""
    errors = {kind.__name__ for kind in _all(SourceError)} - {AccessDeniedError.__name__}
    modules = {
        where: ast.parse(path.read_text(encoding="utf-8"))
        for folder in FOLDERS
        for path in sorted((CODE / folder).rglob("*.py"))
        if (where := path.relative_to(CODE).as_posix()) not in ELSEWHERE
    }
    for tree in modules.values():
        errors |= _made_in(tree, errors) - {AccessDeniedError.__name__}
    for where, tree in modules.items():
        module = _Module(where, tree)
        for node in ast.walk(tree):
            for said in _said_by(node, errors, module):
                if said.strip("x :(),"):
                    yield f"{where}:{node.lineno}", said


class _Module:
    """A module, with what it ever calls by each name."""

    def __init__(self, where: str, tree: ast.Module) -> None:
        self.reads = where.startswith(("sources/", "collectors/"))
        self.named: dict[str, list[ast.AST]] = defaultdict(list)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(
                node.value, ast.Constant | ast.JoinedStr | ast.IfExp
            ):
                self.named[ast.unparse(node.targets[0])].append(node.value)


def _all(kind: type) -> Iterator[type]:
    yield kind
    for each in kind.__subclasses__():
        yield from _all(each)


def _made_in(tree: ast.Module, errors: set[str]) -> set[str]:
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {each.name for each in classes if {ast.unparse(base) for base in each.bases} & errors}


def _said_by(node: ast.AST, errors: set[str], module: _Module) -> Iterator[str]:
    if isinstance(node, ast.Return) and node.value is not None and module.reads:
        yield from (said for said in _texts(node.value, module) if ": " in said)
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in FOUND_BY_NAME:
        yield from _texts(node.value, module)
    if not isinstance(node, ast.Call):
        return
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    said = list(node.args)
    if name in REMEDY:
        said = said[REMEDY[name] : REMEDY[name] + 1]
    elif name not in errors | SPEAKING:
        said = []
    said += [each.value for each in node.keywords if each.arg == "remedy"]
    for text in (text for each in said for text in _texts(each, module)):
        if name == "OddCell":
            yield f"x {text}"
        elif name not in LISTING or ": " in text:
            yield text


def _texts(node: ast.AST, module: _Module, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The texts that an expression may be; of a name, all that its module ever calls so."""
    parts: list[ast.AST] = []
    match node:
        case ast.IfExp():
            parts = [node.body, node.orelse]
        case ast.BoolOp() | ast.Dict():
            parts = list(node.values)
        case ast.Tuple():
            parts = list(node.elts)
        case ast.Name() if node.id not in seen:
            seen |= {node.id}
            parts = module.named[node.id]
        case ast.Constant(value=str(said)) if " " in said:
            yield said
        case ast.JoinedStr():
            said = "".join(
                str(part.value)
                if isinstance(part, ast.Constant)
                else SAMPLES.get(ast.unparse(part.value), "x")
                for part in node.values
            )
            if " " in said:
                yield said
    yield from (text for part in parts for text in _texts(part, module, seen))


SAID = sorted(set(sentences()))


def test_every_sentence_that_the_code_can_say_has_both_languages():
    assert len(SAID) > 250
    assert [f"{where}: {said}" for where, said in SAID if known_sentence(said) is None] == []


EXAMPLES = [
    (
        "demo s3 eu-1 list_buckets refused: grant s3:ListAllMyBuckets",
        "refused",
        "拒绝访问：授予 s3:",
    ),
    (
        "hr: it does not show its base: grant read on dc=x",
        "directory-grant",
        "hr：看不到其基准条目：授予",
    ),
    (
        "hr: it refused (50): grant read on dc=x",
        "directory-grant",
        "hr：拒绝（50）：授予 read on dc=x",
    ),
    ("it does not show its base", "directory-no-base", "看不到其基准条目"),
    ("it refused (50)", "directory-refused", "拒绝（50）"),
    (
        "logs holds 2 files of 1 cn-north-1, outside the scope: declare or remove",
        "log-folder-holds",
        "logs 中有1 cn-north-1 的 2 个文件不在范围内：申报或移除",
    ),
    (
        "2 files of 1 x, outside the scope: declare or remove",
        "log-files-outside",
        "1 x 的 2 个文件",
    ),
    ("a.csv, line 3: not JSON: deliver it anew", "drop-no-json-line", "第 3 行：不是 JSON"),
    (
        "linux/accounts: an answer could not be laid out (KeyError: 'uid')",
        "could-not-be-laid-out",
        "linux/accounts：应答无法整理成表（KeyError：'uid'）",
    ),
    (
        "h:22, known_hosts entry of h:22: its host key is not the known one; compare it by hand",
        "ssh-host-key",
        "h:22，known_hosts entry of h:22：主机密钥与已知的不同",
    ),
    ("it gave no answer at all: report this", "no-answer-at-all", "完全没有应答，请报告"),
    (
        "crm: assets.csv: 2 lines are no rows (line 4: 名称/name is empty: fill it in): correct them",
        "drop-lines-lost",
        "assets.csv: 2 行不合格式（第 4 行：名称/name 为空：请填写）：请更正",
    ),
    (
        "a later page is missing: demo s3 eu-1 list was throttled (SlowDown): collect again later",
        "later-page-missing",
        "后续分页缺失：demo s3 eu-1 list 被限流（SlowDown）：稍后重新采集",
    ),
]


@pytest.mark.parametrize(("said", "code", "zh"), EXAMPLES, ids=[code for _, code, _ in EXAMPLES])
def test_a_sentence_is_told_in_chinese_with_the_words_of_its_source(said, code, zh):
    found = what_to_do(Reason.MALFORMED, "", said)

    assert (found.code, found.text.en) == (code, said)
    assert zh in found.text.zh


def test_no_sentence_stands_there_that_nothing_says():
    said = {text for _, text in SAID} | {said for said, _, _ in EXAMPLES}
    known = {found.code for text in said if (found := known_sentence(text))}

    assert {one.id for one in load_remedies().sentences if not one.former} - known == set()


def test_words_of_a_driver_leave_what_the_reason_asks_for_and_stand_beside_it():
    found = what_to_do(Reason.MALFORMED, "", 'relation "pg_x" is odd')

    assert found.code == ""
    assert found.text.zh == load_remedies().by_reason["malformed"].zh
    assert found.text.en == 'relation "pg_x" is odd'


def test_a_permission_that_is_missing_is_named_even_where_nothing_was_said():
    found = what_to_do(Reason.REFUSED, "s3:{reason}", "")

    assert found.text.zh == "向采集身份授予 s3:{reason}（只读）后重新采集"
    assert "{permission}" in load_remedies().by_reason[PERMISSION].zh


def test_braces_in_the_words_of_a_source_are_words():
    found = known_sentence("{kind} refused: grant {source}")

    assert found.text.zh == "{kind} 拒绝访问：授予 {source}"


def test_a_hostile_sentence_is_read_in_one_pass():
    hostile = "a: " * 20_000 + "x" * 20_000

    assert known_sentence(hostile) is None
    assert known_sentence("a later page is missing: " * 50).code == "later-page-missing"


def test_what_is_no_sentence_of_the_table_is_shown_as_it_came():
    assert known_sentence("a later page is missing: <b>x</b>").text.zh == "后续分页缺失：<b>x</b>"
