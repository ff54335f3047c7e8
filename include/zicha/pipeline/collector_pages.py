"""What each collector reads, proves and may, and who may do what: files made from the catalogue.

`python -m zicha.pipeline.collector_pages --check` is part of `make check`; `--write` makes them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zicha.catalog.controls import Control, load_controls
from zicha.catalog.frameworks import ControlLink, Item, load_frameworks
from zicha.catalog.roles import load_roles
from zicha.catalog.roots import project_root, suites_dir, views_dir
from zicha.catalog.suites import Suite, load_suites
from zicha.collectors import collectors
from zicha.evaluation.views import View, load_views
from zicha.model.collector import Collector
from zicha.model.errors import ConfigError
from zicha.pipeline.role_page import role_page
from zicha.sources.aws_policy import policy

LEVEL_3 = "mlps-l3"
# Cheap to read and grave when unmet: both automatic and high-risk.
FIRST_SET = (
    *("8.1.2.1.d", "8.1.2.1.e", "8.1.3.2.a", "8.1.4.1.a", "8.1.4.1.c", "8.1.4.1.d"),
    *("8.1.4.2.b", "8.1.4.2.e", "8.1.4.4.b", "8.1.4.4.d", "8.1.4.4.e", "8.1.4.5.a"),
    *("8.1.4.8.a", "8.1.4.8.b", "8.1.4.9.a", "8.1.4.9.c", "8.1.5.4.b", "8.1.5.4.d"),
    *("8.2.1.1.a", "8.2.3.1.a", "8.2.4.5.a", "8.2.4.6.a"),
)
MADE = "<!-- made by python -m zicha.pipeline.collector_pages --write; do not edit -->"


@dataclass(frozen=True)
class Rules:
    """What the pages are made from."""

    collectors: Mapping[str, Collector]
    suites: Mapping[str, Suite]
    views: Mapping[str, View]
    controls: Mapping[str, Control]
    items: Sequence[Item]

    def judging(self, collector: str) -> list[Suite]:
        """The suites that rest on a collector, by itself or through a view."""
        return [s for s in self.suites.values() if collector in self.read_by(s)]

    def read_by(self, suite: Suite) -> set[str]:
        """The collectors that a suite rests on."""
        return self._read(suite.table_id)

    def _read(self, table: str) -> set[str]:
        view = self.views.get(table)
        if view is None:
            return {table}
        return set().union(*(self._read(table) for table in view.reads))

    def named_by(self, suites: Iterable[Suite]) -> set[str]:
        """The controls that the expectations of these suites name."""
        return {name for suite in suites for name in suite.controls}

    def links(self, item: Item) -> list[ControlLink]:
        """The item's controls that a suite really tests."""
        tested = self.named_by(self.suites.values())
        return [link for link in item.controls if link.id in tested]

    def proved(self, item: Item) -> str:
        """`full` or `part` by machine, or nothing."""
        if not self.links(item):
            return ""
        return "full" if all(self.is_whole(item, type_) for type_ in item.applies_to) else "part"

    def is_whole(self, item: Item, object_type: str) -> bool:
        """Whether a control proves all of the item for objects of this type."""
        links = self.links(item)
        return any(link.proves == "full" and _speaks(link, object_type) for link in links)


def _speaks(link: ControlLink, type_: str) -> bool:
    return not link.applies_to or type_ in link.applies_to


def load_rules() -> Rules:
    """Everything as it stands in the project."""
    return Rules(
        collectors=dict(sorted(collectors().items())),
        suites=load_suites(suites_dir()),
        views=load_views(views_dir()),
        controls=load_controls(),
        items=load_frameworks()[LEVEL_3].items,
    )


def pages(rules: Rules) -> dict[str, str]:
    """Each page's text by its path in the project."""
    return {
        "docs/collectors.md": "\n".join(_collectors(rules)) + "\n",
        "docs/level-3.md": "\n".join(_level_3(rules)) + "\n",
        "docs/roles.md": role_page(load_roles(), MADE),
        "deploy/iam/zicha-reads.json": json.dumps(policy(rules.collectors.values()), indent=2)
        + "\n",
    }


def _collectors(rules: Rules) -> Iterator[str]:
    yield from ("# 采集器 / Collectors", "", MADE, "")
    yield (
        "每个采集器读什么、需要什么权限（主机为命令与文件）、由哪些规则集检验、"
        "支撑等级保护第三级哪些条款。**粗体**为对适用对象可全部证明，其余为部分证明。"
    )
    yield ""
    yield (
        "What each collector reads, the permission it needs (for hosts: commands and files), which "
        "suites judge it, and which items of MLPS level 3 it bears on. **Bold**: proved in full "
        "where it reaches; otherwise in part."
    )
    by_source: dict[str, list[Collector]] = defaultdict(list)
    for collector in rules.collectors.values():
        by_source[collector.source].append(collector)
    yield ""
    yield f"共 {len(rules.collectors)} 个 / {len(rules.collectors)} in all."
    for source, found in by_source.items():
        yield from ("", f"## {source}")
        for collector in found:
            yield from _collector(rules, collector)


def _collector(rules: Rules, collector: Collector) -> Iterator[str]:
    suites = rules.judging(collector.id)
    tested = rules.named_by(suites)
    hours = int(collector.max_age.total_seconds() // 3600)
    yield from ("", f"### {collector.id}", "")
    yield f"{collector.title.zh} / {collector.title.en}"
    yield ""
    permissions = ", ".join(f"`{_cell(one)}`" for one in collector.permissions)
    yield f"- 权限 permission: {permissions}"
    yield f"- 时效 fresh for: {hours} h"
    if not suites:
        yield "- 规则集 suites: 无 none"
        return
    count = sum(len(suite.expectations) for suite in suites)
    names = ", ".join(f"`{suite.id}`" for suite in suites)
    yield f"- 规则集 suites: {names}（{count} 项期望 expectations）"
    yield from (
        "",
        "| 控制点 control | 说明 says | 第三级条款 level-3 items |",
        "| --- | --- | --- |",
    )
    for name in sorted(tested):
        title = rules.controls[name].title
        reached = [
            f"**{_clause(item)}**" if link.proves == "full" else _clause(item)
            for item in rules.items
            for link in item.controls
            if link.id == name
        ]
        said = f"{_cell(title.zh)} / {_cell(title.en)}"
        yield f"| `{name}` | {said} | {', '.join(reached) or '–'} |"


def _level_3(rules: Rules) -> Iterator[str]:
    reached = [item for item in rules.items if rules.proved(item)]
    full = sum(rules.proved(item) == "full" for item in reached)
    yield from ("# 第三级条款覆盖 / Level-3 items reached", "", MADE, "")
    yield (
        f"第三级共 {len(rules.items)} 项，其中 {len(reached)} 项有自动检验：{full} 项对全部适用对象"
        f"可全部证明，{len(reached) - full} 项证明一部分；其余及所剩部分由证明材料支撑。"
        "自查预估，非等级测评结论。"
    )
    yield ""
    yield (
        f"Of {len(rules.items)} items, {len(reached)} are tested by machine: {full} in full for "
        f"every type of object, {len(reached) - full} in part; attestations speak for the rest. "
        "A self-estimate, not an assessment conclusion."
    )
    yield from ("", "## 首批 22 项 / The first set", "")
    yield "自动可查且属高风险的条款。 Automatic, and high-risk when unmet."
    yield from _table(rules, [item for item in rules.items if _clause(item) in FIRST_SET])
    yield from ("", "## 全部已覆盖条款 / Every item reached")
    yield from _table(rules, reached)


def _table(rules: Rules, items: Sequence[Item]) -> Iterator[str]:
    yield from (
        "",
        "| 条款 item | 要求 says | 证明 proved | 由何证明 by | 所余 what is left |",
        "| --- | --- | --- | --- | --- |",
    )
    for item in items:
        proved = {"full": "全部 full", "part": "部分 part", "": "未覆盖 none"}[rules.proved(item)]
        wholly = sorted({type_ for type_ in item.applies_to if rules.is_whole(item, type_)})
        if rules.proved(item) == "part" and wholly:
            proved += f"; 全部 full: {', '.join(wholly)}"
        links = rules.links(item)
        by = "<br>".join(_by(rules, link) for link in links) or "–"
        says = f"{_cell(item.says.zh)} / {_cell(item.says.en)}"
        left = "<br>".join(_left(item, links)) or "–"
        yield f"| {_clause(item)} | {says} | {proved} | {by} | {left} |"


def _by(rules: Rules, link: ControlLink) -> str:
    suites = sorted(s.id for s in rules.suites.values() if link.id in rules.named_by([s]))
    only = f"（{', '.join(link.applies_to)}）" if link.applies_to else ""
    return f"`{link.id}`{only}: {', '.join(suites)}"


def _left(item: Item, links: Sequence[ControlLink]) -> Iterator[str]:
    """What the machine leaves open, in the catalogue's own words, and who speaks for it."""
    for link in links:
        if link.left:
            yield f"{_cell(link.left.zh)} / {_cell(link.left.en)}"
    silent = [
        type_
        for type_ in item.applies_to
        if links and not any(_speaks(link, type_) for link in links)
    ]
    if silent:
        yield f"无采集器涉及 no collector speaks of: {', '.join(silent)}"
    if not links:
        yield "尚无采集器 no collector reads it yet"
    if item.attestations:
        kinds = ", ".join(f"`{each.kind}`" for each in item.attestations)
        yield f"证明材料 attestation: {kinds}"


def _clause(item: Item) -> str:
    return item.id.partition("/")[2]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or write the pages: 0 well, 1 a page is not what it should be, 2 wrong input."""
    parser = argparse.ArgumentParser(
        prog="python -m zicha.pipeline.collector_pages", description=__doc__
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="compare the pages with the catalogue")
    what.add_argument("--write", action="store_true", help="make them anew")
    asked = parser.parse_args(arguments)
    try:
        made = pages(load_rules())
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    stale = [name for name, text in made.items() if _standing(project_root() / name) != text]
    if asked.write:
        for name in stale:
            path = project_root() / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[name], encoding="utf-8")
        return 0
    sys.stderr.writelines(f"{name} is out of date: run make pages\n" for name in stale)
    return 1 if stale else 0


def _standing(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
