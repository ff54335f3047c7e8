"""What Match blocks of sshd's settings allow to some that it refuses to the rest."""

from __future__ import annotations

import re

FILE, FOLDER = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"
LOOSE = {
    "passwordauthentication": {"yes"},
    "kbdinteractiveauthentication": {"yes"},
    "permitrootlogin": {"yes"},
    "permitemptypasswords": {"yes"},
    "hostbasedauthentication": {"yes"},
}
INCLUDED = {f"{FOLDER}/*.conf", "sshd_config.d/*.conf"}
WORDS = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)\"?([^\s\"#]*)")


def only_match_blocks(text: str) -> str:
    """That a block begins, and what it says of ways in; whom it names stays on the host."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        found = WORDS.match(line)
        if found is None:
            continue
        name = found[1].lower()
        if name == "include":
            kept += [f"include {path}" for path in _paths(line) if path not in INCLUDED]
        elif name == "match":
            # `Match all` ends the block before it, and is the rule for everyone.
            inside = found[2].lower() != "all"
            kept += ["match some"] if inside else ["match all"]
        elif inside and name in LOOSE:
            kept.append(f"{name} {found[2].lower()}")
    return "".join(f"{line}\n" for line in kept)


def _paths(line: str) -> list[str]:
    words = re.findall(r"[^\s\"=]+", line.partition("#")[0])
    return words[1:]


def unread_files(texts: list[str]) -> str:
    """A file that the settings take in and that is not asked for; empty if there is none."""
    named = (line for text in texts for line in text.splitlines() if line.startswith("include "))
    return next((line.removeprefix("include ") for line in named), "")


def loosens(texts: list[str]) -> bool:
    """Whether any block opens a way in; what an earlier line forbids to all does not count here."""
    said = [line.split() for text in texts for line in text.splitlines()]
    return any(len(words) > 1 and words[1] in LOOSE.get(words[0], ()) for words in said)
