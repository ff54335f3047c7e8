"""The files that rsyslog takes its rules from: its own, and what is included from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from posixpath import normpath
from typing import TYPE_CHECKING

from zicha.collectors.linux.folders import Texts, paths_of
from zicha.collectors.linux.texts import text_of
from zicha.model.evidence import Replies, Reply, Unread
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from zicha.sources.host import Host

MAIN = "/etc/rsyslog.conf"
# Where includes are followed: asking for any file would need the right to read any file.
WITHIN = "/etc/rsyslog"
PERMISSIONS = (f"cat -- {WITHIN}*", f"find {WITHIN}* -maxdepth 1 *")
INCLUDE = "$IncludeConfig "
_LEGACY = re.compile(r"\s*\$IncludeConfig\s+(\S+)\s*", re.IGNORECASE)
_MODERN = re.compile(r"\binclude\s*\(([^)]*)\)", re.IGNORECASE)
_FILE = re.compile(r"\bfile\s*=\s*\"([^\"`]+)\"", re.IGNORECASE)
_SENDS = re.compile(r"\s@{1,2}[\[(\w]|om(?:fwd|relp)|\btarget\s*=", re.IGNORECASE)
_SECRET = re.compile(r"pass|pwd|secret|token", re.IGNORECASE)


def only_forwarding(text: str) -> str:
    """The includes, and the lines that send logs elsewhere; others may hold a password."""
    lines = [line.strip() for line in text.splitlines() if not line.lstrip().startswith("#")]
    legacy = [found[1] for line in lines if (found := _LEGACY.fullmatch(line))]
    modern = [_file_of(found) for found in _MODERN.findall("\n".join(lines))]
    kept = [*(f"{INCLUDE}{path}" for path in (*legacy, *modern))]
    kept += [line for line in lines if _SENDS.search(line) and not _SECRET.search(line)]
    return "".join(f"{line}\n" for line in kept)


def _file_of(arguments: str) -> str:
    found = _FILE.search(arguments)
    # Text of its own, or a name that a command makes: neither can be followed.
    return found[1] if found else "?"


def ask(host: Host) -> Iterator[Reply]:
    """Read the files in turn, each once."""

    def listed(pattern: str) -> Reply:
        folder, _, name = pattern.rpartition("/")
        argv = ["find", folder, "-maxdepth", "1", "(", "-type", "f", "-o", "-type", "l", ")"]
        return host.run("list", [*argv, "-name", name], about=pattern, may_be_absent=True)

    return _each(lambda path: host.read(path, keep=only_forwarding), listed)


def texts(replies: Replies) -> Texts:
    """The rules of every file; unread when one was not, or an include leads elsewhere."""
    found: list[str] = []
    asked = _each(lambda path: replies.about(path, "read"), lambda p: replies.about(p, "list"))
    for said in asked:
        text = text_of(said)
        if isinstance(text, Unread):
            return text
        if said.call == "read" and text:
            if away := [each for each in _included(text) if not _is_followed(each)]:
                return Unread(Reason.NOT_COLLECTED, _elsewhere(said.about, away[0]))
            found.append(text)
    return found


def _each(read: Callable[[str], Reply], listed: Callable[[str], Reply]) -> Iterator[Reply]:
    waiting, met = [MAIN], set()
    while waiting:
        path = waiting.pop(0)
        if path in met:
            continue
        met.add(path)
        if set(path) & set("*?["):
            said = listed(path)
            waiting += paths_of(said)
        else:
            said = read(path)
            text = text_of(said)
            waiting += _followed(text) if isinstance(text, str) else []
        yield said


def _followed(text: str) -> list[str]:
    return [path for path in _included(text) if _is_followed(path)]


def _included(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.startswith(INCLUDE)]
    # A folder that is named is read whole: `$IncludeConfig /etc/rsyslog.d/`.
    paths = [line.removeprefix(INCLUDE) for line in lines]
    return [f"{path}*" if path.endswith("/") else path for path in paths]


def _is_followed(path: str) -> bool:
    folder = path.rpartition("/")[0]
    is_plain = normpath(path) == path and not set(folder) & set("*?[")
    return is_plain and path.startswith((f"{WITHIN}.", f"{WITHIN}/", f"{WITHIN}-"))


def _elsewhere(where: str, path: str) -> str:
    return f"{where} includes {path}, which is not read: keep rules in {WITHIN}.d"
