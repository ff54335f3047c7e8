"""What the files of logrotate, journald and rsyslog promise: pure functions of their texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

PERIODS = {"hourly": 1 / 24, "daily": 1.0, "weekly": 7.0, "monthly": 30.0, "yearly": 365.0}
SYSTEM_LOGS = ("/var/log/auth.log", "/var/log/secure", "/var/log/syslog", "/var/log/messages")
JOURNAL_FOLDER = "/var/log/journal"
FOREVER = 36500
_UNITS = {
    1: "s sec second seconds",
    60: "m min minute minutes",
    3600: "h hr hour hours",
    86400: "d day days",
    604800: "w week weeks",
    2629800: "month months",
    31557600: "y year years",
}
_SECONDS = {name: seconds for seconds, names in _UNITS.items() for name in names.split()}
_RSYSLOG_TARGET = re.compile(r"\s@{1,2}(?:\([^)]*\))?\[?([A-Za-z0-9_.:-]+?)\]?(?::\d+)?(?:;|\s|$)")


def only_directives(text: str) -> str:
    """The file without comments, and without the scripts that logrotate runs."""
    kept: list[str] = []
    in_script = False
    for line in text.splitlines():
        word = line.strip().partition(" ")[0]
        if word in {"postrotate", "prerotate", "firstaction", "lastaction", "preremove"}:
            in_script = True
        if not in_script and word and not word.startswith(("#", ";")):
            kept.append(line.rstrip())
        in_script = in_script and word != "endscript"
    return "".join(f"{line}\n" for line in kept)


def only_system_logs(text: str) -> str:
    """Of the names in the log folder, those that retention is judged by."""
    kept = [line for line in text.splitlines() if line in {*SYSTEM_LOGS, JOURNAL_FOLDER}]
    return "".join(f"{line}\n" for line in kept)


def days_of_syslog(texts: Sequence[str], found: Sequence[str]) -> int | None:
    """The days promised for the system logs that are there; None where none is, or size decides.

    A rule for a log that nobody writes promises nothing. The main file of logrotate comes first:
    its options outside any block hold for every block.
    """
    blocks = [block for text in texts for block in _blocks(text)]
    defaults = next((inside for paths, inside in blocks if not paths), {})
    promised = [
        next(
            (_promised({**defaults, **inside}) for paths, inside in blocks if _is(log, paths)), None
        )
        for log in SYSTEM_LOGS
        if log in found
    ]
    known = [days for days in promised if days is not None]
    return min(known) if known and len(known) == len(promised) else None


def _is(log: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(log, pattern) for pattern in patterns)


def _blocks(text: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Each block with its paths, and the options outside any block, without paths."""
    outside: list[str] = []
    paths: list[str] = []
    inside: list[str] | None = None
    for line in text.splitlines():
        if inside is None:
            head, opens, _ = line.partition("{")
            if head.strip().startswith(("/", '"', "'")):
                paths += re.findall(r"[^\s\"']+", head)
            elif not opens:
                outside.append(head)
            inside = [] if opens else None
        elif "}" in line:
            yield paths, _directives(inside)
            paths, inside = [], None
        else:
            inside.append(line)
    yield [], _directives(outside)


def _directives(lines: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.strip().replace("=", " ").partition(" ")
        if name in PERIODS:
            found["period"] = name
        elif name in {"rotate", "maxage", "size", "maxsize"}:
            found[name] = value.strip()
    return found


def _promised(directives: Mapping[str, str]) -> int | None:
    if "size" in directives or "maxsize" in directives:
        return None
    count = int(directives.get("rotate", "0"))
    period = PERIODS[directives.get("period", "weekly")]
    days = FOREVER if count < 0 else int(count * period)
    return min(days, int(directives["maxage"])) if "maxage" in directives else days


def journal_is_persistent(texts: Sequence[str], found: Sequence[str]) -> bool:
    """Whether the journal outlives a restart."""
    storage = _journal(texts).get("Storage", "auto").lower()
    return storage == "persistent" or (storage == "auto" and JOURNAL_FOLDER in found)


def days_of_journal(texts: Sequence[str], found: Sequence[str]) -> int | None:
    """The days after which a persistent journal drops entries; None where only size decides."""
    said = _journal(texts).get("MaxRetentionSec", "0")
    if not journal_is_persistent(texts, found):
        return None
    parts = re.findall(r"(\d+)\s*([a-zA-Z]*)", said)
    seconds = sum(int(count) * _SECONDS[_unit(written)] for count, written in parts)
    return seconds // _SECONDS["d"] or None


def _unit(written: str) -> str:
    # systemd writes minutes m and months M; other units in any case.
    return "month" if written == "M" else written.lower() or "s"


def _journal(texts: Sequence[str]) -> dict[str, str]:
    pairs = (line.partition("=") for text in texts for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def forwarding_targets(syslog: Sequence[str], upload: Sequence[str]) -> str:
    """The hosts that logs are sent to, in order, without this host itself."""
    found: set[str] = set()
    for line in (line for text in syslog for line in text.splitlines()):
        found.update(re.findall(r"\btarget\s*=\s*\"?([^\"\s)]+)", line, re.IGNORECASE))
        found.update(_RSYSLOG_TARGET.findall(line))
    for text in upload:
        found.update(re.findall(r"^\s*URL\s*=\s*(?:https?://)?([^\s/:]+)", text, re.MULTILINE))
    return ",".join(sorted(found - {"localhost", "127.0.0.1", "::1"}))
