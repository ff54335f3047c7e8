"""What the pages name is there: links, files of the tree, commands with their options, targets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from zicha.cli.main import ANYWHERE, app

ROOT = Path(__file__).parents[2]
# What was released is history: it may name what has gone since.
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/**/*.md"))
    if page.name != "CHANGELOG.md"
)
LINK = re.compile(r"(?<!`)\]\(([^)\s]+)\)")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
TOPS = (
    *("benchmarks", "dags", "demo", "deploy", "docker", "docs", "expectations", "include"),
    *("plugins", "tests"),
)
NAMED = re.compile(rf"(?:{'|'.join(TOPS)})/[\w./-]*\w/?|[\w/-]+\.py")
# Each path between two slashes: a page may name the end of one, of a file or a folder.
TREE = "\n".join(f"/{path.relative_to(ROOT)}/" for top in TOPS for path in (ROOT / top).rglob("*"))
TARGET = re.compile(r"\bmake ((?!-)[a-z][a-z-]+)")
COMMANDS = typer.main.get_command(app)
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each fenced block with its language; what stands outside of them has the language `prose`."""
    parts = re.split(r"^ *```(\w*)\n", text + "\n", flags=re.MULTILINE)
    yield "prose", parts[0]
    for number in range(1, len(parts), 2):
        # Every second fence closes what the one before it opened.
        yield ("prose" if number % 4 == 3 else parts[number] or "sh"), parts[number + 1]


def spans(text: str) -> Iterator[str]:
    """What stands between single backticks, outside blocks."""
    for kind, block in blocks(text):
        if kind == "prose":
            yield from SPAN.findall(block)


def lines(text: str) -> Iterator[str]:
    """Each line of a block of commands, a line that is continued as one."""
    for kind, block in blocks(text):
        if kind in {"sh", "bash", "console"}:
            yield from block.replace("\\\n", " ").splitlines()


def anchors(text: str) -> set[str]:
    """The names under which headings can be linked to."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@every_page
def test_every_link_leads_somewhere(page):
    text, broken = page.read_text("utf-8"), []
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        there = page.parent / name if name else page
        known = anchors(there.read_text("utf-8")) if anchor and there.is_file() else {anchor}
        if not there.exists() or anchor not in known:
            broken.append(link)

    assert broken == []


@every_page
def test_every_file_that_is_named_stands_in_the_tree(page):
    named = {span.rstrip("/") for span in spans(page.read_text("utf-8")) if NAMED.fullmatch(span)}

    assert {name for name in named if f"/{name}/" not in TREE} == set()


def said_to_zicha(text: str) -> Iterator[list[str]]:
    """The words after the command's name, wherever a page tells to run it."""
    for line in (*spans(text), *lines(text)):
        for found in re.finditer(r"(?:^|[ /(;&|])zicha (?=[a-z-])([^|;&#<>]*)", line):
            try:
                yield shlex.split(found[1])
            except ValueError:
                continue


def command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and what is left of them."""
    here: Any = COMMANDS
    while words and hasattr(here, "commands"):
        if words[0] not in here.commands:
            break
        here, words = here.commands[words[0]], words[1:]
    return here, words


@every_page
def test_every_command_that_is_named_is_one_and_takes_its_options(page):
    wrong = []
    for words in said_to_zicha(page.read_text("utf-8")):
        bare = [word for word in words if word.partition("=")[0] not in ANYWHERE]
        found, rest = command(bare)
        options = {name for each in found.params for name in (*each.opts, *each.secondary_opts)}
        given = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
        is_whole = not hasattr(found, "commands") or not rest or not re.match(r"[a-z]", rest[0])
        if not is_whole or given - options - {"--help", "--format", "--version"}:
            wrong.append(words)

    assert wrong == []


def test_every_target_of_make_that_is_named_is_one():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    benches = {f"bench-{bench.stem}" for bench in (ROOT / "benchmarks").glob("*.py")}

    named = {
        target
        for page in PAGES
        for line in (*spans(page.read_text("utf-8")), *lines(page.read_text("utf-8")))
        for target in TARGET.findall(line)
    }

    assert named - targets - benches == set()


def test_no_two_decisions_share_a_number():
    numbers = [page.name[:4] for page in (ROOT / "docs/decisions").glob("*.md")]

    assert sorted(numbers) == sorted(set(numbers))


def test_everything_is_caught_only_where_the_decision_allows_it():
    said = (ROOT / "docs/decisions/0036-where-everything-is-caught.md").read_text("utf-8")
    allowed = {span for span in spans(said) if span.endswith(".py")}

    found = {
        str(path.relative_to(base))
        for base in (ROOT / "include/zicha", ROOT / "plugins")
        for path in base.rglob("*.py")
        if re.search(r"except (Base)?Exception\b|except:", path.read_text("utf-8"))
    }

    assert found == allowed
