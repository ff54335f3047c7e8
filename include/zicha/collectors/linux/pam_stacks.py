"""PAM stacks as a login meets them: lines of one service with all that they include."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from zicha.model.evidence import Unread
from zicha.model.verdict import Reason

FOLDER = "/etc/pam.d"
DEEPEST = 8
# Options of other modules may hold passwords of directories: they are dropped.
KNOWN = re.compile(
    r"pam_(?:unix|pwquality|cracklib|passwdqc|pwhistory|faillock|tally2?|google_authenticator|oath)"
)
LINE = re.compile(r"-?(auth|account|password|session)\s+(\[[^\]]*\]|\S+)\s+(\S+)(.*)")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a stack: how its result counts, its module and the module's options."""

    control: str
    module: str
    options: Mapping[str, str]


def only_stack(text: str) -> str:
    """The stack's lines; options stay where the module is one that zicha reads."""
    joined = re.sub(r"\\\n", " ", text)
    return "".join(f"{kept}\n" for line in joined.splitlines() if (kept := _kept(line)))


def _kept(line: str) -> str:
    bare = line.partition("#")[0].strip()
    if re.fullmatch(r"@include\s+[\w.-]+", bare):
        return bare
    found = LINE.fullmatch(bare)
    if found is None:
        return "?" if bare else ""
    kind, control, module, options = found.groups()
    return " ".join(
        [kind, control, module, options.strip() if KNOWN.search(module) else ""]
    ).strip()


def included(text: str) -> list[str]:
    """The paths of the stacks that this one names."""
    names: list[str] = []
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["@include"]:
            names.append(words[1])
        elif len(words) > 2 and words[1] in {"include", "substack"}:  # noqa: PLR2004
            names.append(words[2])
    return list(dict.fromkeys(name if name[0] == "/" else f"{FOLDER}/{name}" for name in names))


def steps(
    texts: Mapping[str, str | Unread | None], path: str, kind: str, depth: int = 0
) -> list[Step] | Unread:
    """The steps of one kind (auth, account, password) that a service goes through, in order."""
    text = texts.get(path)
    if text is None or depth > DEEPEST:
        return Unread(Reason.MALFORMED, f"{path} is named by another stack, and is not there")
    if isinstance(text, Unread):
        return text
    found: list[Step] = []
    for line in text.splitlines():
        if line == "?":
            return Unread(Reason.MALFORMED, f"{path}: a line is no line of a PAM stack")
        more = _steps_of(line, texts, kind, depth)
        if isinstance(more, Unread):
            return more
        found += more
    return found


def _steps_of(
    line: str, texts: Mapping[str, str | Unread | None], kind: str, depth: int
) -> list[Step] | Unread:
    named = included(line)
    if line.startswith("@include"):
        return steps(texts, named[0], kind, depth + 1)
    found = LINE.fullmatch(line)
    if found is None or found[1] != kind:
        return []
    if named:
        return steps(texts, named[0], kind, depth + 1)
    pairs = (word.partition("=") for word in found[4].split())
    options = {name: value for name, _, value in pairs}
    return [Step(found[2], found[3].rpartition("/")[2].removesuffix(".so"), options)]


def step_of(found: list[Step], *modules: str) -> Step | None:
    """The first step of one of these modules whose failure counts."""
    return next((s for s in found if s.module in modules and s.control != "optional"), None)
