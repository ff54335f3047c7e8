"""Lines of sudoers, taken apart: aliases resolved, arguments of commands left where they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zicha.model.errors import MalformedAnswerError

ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)")
RULE = re.compile(r"((?:[^\s=\\]|\\.)+(?:\s*,\s*(?:[^\s=\\]|\\.)+)*)\s+([^=]+?)\s*=\s*(.+)")
INCLUDE = re.compile(r"[@#]include(?:dir)?\s+\S+")
TAG = re.compile(
    r"(?:(NO)?PASSWD|(?:NO)?(?:EXEC|FOLLOW|LOG_INPUT|LOG_OUTPUT|MAIL|SETENV|INTERCEPT)):\s*"
)
OPTION = re.compile(r"(?:ROLE|TYPE|TIMEOUT|CWD|CHROOT|NOTBEFORE|NOTAFTER|APPARMOR_PROFILE)=\S+\s+")
DIGEST = re.compile(r"sha(?:224|256|384|512):\S+\s+")
RUNAS = re.compile(r"\(([^)]*)\)\s*")
ROOT = frozenset({"root", "ALL", "#0"})
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """One grant: to whom, whether as root, which commands, and whether a password is asked for."""

    grantee: str
    as_root: bool
    commands: frozenset[str]
    asks: bool


def only_grants(text: str) -> str:
    """Grants, aliases and what decides about passwords; a command keeps its path only."""
    return "".join(f"{kept}\n" for line in _lines(text) if (kept := _kept(line)))


def _kept(line: str) -> str:
    if INCLUDE.fullmatch(line):
        return line
    if line.startswith("Defaults"):
        return line if re.search(r"!?authenticate\b", line) and '"' not in line else ""
    found = ALIAS.fullmatch(line)
    if found and not found[1].startswith("C"):
        return line
    head, equals, tail = line.partition("=")
    if not equals:
        return "?"
    return f"{head.rstrip()} = " + ", ".join(_bare(each) for each in _split(tail))


def _bare(command: str) -> str:
    """The command without its arguments, which may hold anything; `sudoedit` is no command."""
    found = re.match(
        r"(\s*(?:\([^)]*\)\s*)?(?:[A-Z_]+:\s*)*(?:[A-Z]+=\S+\s+)*(?:sha\d+:\S+\s+)?!?)(\S*)",
        command,
    )
    return f"{found[1]}{found[2]}".strip() if found else command.split(maxsplit=1)[0]


def _lines(text: str) -> Iterator[str]:
    for line in re.sub(r"\\\n", " ", text).splitlines():
        bare = line.strip()
        if INCLUDE.fullmatch(bare):
            yield bare
        elif bare and not re.match(r"#(?!\d)", bare):
            yield re.sub(r"\s#(?!\d).*", "", bare).strip()


def _split(listed: str) -> list[str]:
    """The members of a list: a comma behind a backslash or in brackets parts nothing."""
    return [
        each.strip() for each in re.findall(r"(?:\([^)]*\)|\\.|[^,\\(])+", listed) if each.strip()
    ]


def rules_of(texts: Sequence[str]) -> list[Rule]:
    """Every grant of these texts, one per user or group that it names."""
    lines = [line for text in texts for line in _lines(text) if not INCLUDE.fullmatch(line)]
    aliases: dict[str, list[str]] = {}
    for line in lines:
        if found := ALIAS.fullmatch(line):
            for one in found[2].split(":"):
                name, equals, members = one.partition("=")
                if not equals:
                    raise MalformedAnswerError("sudoers: an alias names nothing")
                aliases[name.strip()] = _split(members)
    asks = not any(re.match(r"Defaults\S*\s+.*!authenticate\b", line) for line in lines)
    plain = [
        line for line in lines if not line.startswith("Defaults") and not ALIAS.fullmatch(line)
    ]
    return [rule for line in plain for rule in _of_line(line, aliases, asks)]


def _of_line(line: str, aliases: Mapping[str, list[str]], asks: bool) -> Iterator[Rule]:
    found = RULE.fullmatch(line)
    if found is None:
        raise MalformedAnswerError("sudoers: a line is no grant, alias or default")
    granted = list(_grants(found[3], aliases, asks))
    for grantee in _resolved(_split(found[1]), aliases):
        if not grantee.startswith("!"):
            yield from (Rule(grantee, *grant) for grant in granted)


def _grants(
    listed: str, aliases: Mapping[str, list[str]], asks: bool
) -> Iterator[tuple[bool, frozenset[str], bool]]:
    """Run-as and password hold from where they stand to the end of the list."""
    as_root, with_password = True, asks
    for each in _split(listed):
        rest = each
        if runas := RUNAS.match(rest):
            users = [x.strip() for x in runas[1].partition(":")[0].split(",") if x.strip()]
            # An empty list, or one of groups alone, is the user oneself.
            as_root = bool(ROOT & set(_resolved(users, aliases)))
            rest = rest[runas.end() :]
        while found := TAG.match(rest) or OPTION.match(rest) or DIGEST.match(rest):
            if re.match(r"(?:NO)?PASSWD:", found[0]):
                with_password = not found[0].startswith("NO")
            rest = rest[found.end() :]
        commands = [c.split()[0] for c in _resolved([rest], aliases) if c.split()]
        yield as_root, frozenset(c for c in commands if c[0] != "!"), with_password


def _resolved(names: Iterable[str], aliases: Mapping[str, list[str]], depth: int = 0) -> list[str]:
    found: list[str] = []
    for name in names:
        members = aliases.get(name)
        if members is None or depth > DEEPEST:
            found.append(name)
        else:
            found += _resolved(members, aliases, depth + 1)
    return found
