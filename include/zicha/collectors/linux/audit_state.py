"""The kernel's audit: whether it records, what it watches, and what happens when it cannot."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

STATUS, RULES = "auditctl -s", "auditctl -l"
ACCOUNT_FILES = ("/etc/passwd", "/etc/shadow", "/etc/group")
SUDO_FILES = ("/etc/sudoers",)
UNCHANGEABLE = 2


def fetch(host: Host) -> Iterator[Reply]:
    """Ask for the state and the rules in force; no auditctl is an answer: not installed."""
    yield host.run(STATUS, ["auditctl", "-s"], expects="enabled ", may_be_absent=True)
    yield host.run(RULES, ["auditctl", "-l"], may_be_absent=True)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host, also where nothing is installed."""
    for listing in replies.to(STATUS):
        text = listed_text(listing)
        status = None if text is None else _status(text)
        rules = _rules(replies.about("", RULES))
        enabled = _number(status, "enabled")
        process = _number(status, "pid")
        yield {
            "host": listing.place[0],
            "is_installed": status is not None,
            "is_recording": _is_recording(enabled, process),
            "rules_are_locked": enabled if isinstance(enabled, Unread) else enabled == UNCHANGEABLE,
            "failure_mode": _number(status, "failure"),
            "lost_events": _number(status, "lost"),
            "rule_count": rules if isinstance(rules, Unread) else len(rules),
            "watches_account_files": _watches(rules, ACCOUNT_FILES),
            "watches_sudo_files": _watches(rules, SUDO_FILES),
            "records_commands_run_as_root": _records_root(rules),
        }


def _status(text: str) -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in text.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) > 1}


def _number(status: dict[str, str] | None, name: str) -> Cell:
    if status is None:
        return None
    found = status.get(name, "")
    if not re.fullmatch(r"\d+", found):
        return Unread(Reason.MALFORMED, f"auditctl -s printed no number for {name}")
    return int(found)


def _is_recording(enabled: Cell, process: Cell) -> Cell:
    unread = next((cell for cell in (enabled, process) if isinstance(cell, Unread)), None)
    return unread or bool(enabled and process)


def _rules(said: Reply) -> list[str] | Unread:
    text = text_of(said)
    if isinstance(text, Unread):
        return text
    if text is not None and not text.strip():
        return Unread(Reason.MALFORMED, "auditctl -l printed nothing, not even `No rules`")
    return [line for line in (text or "").splitlines() if line.startswith("-")]


def _watches(rules: list[str] | Unread, paths: tuple[str, ...]) -> Cell:
    if isinstance(rules, Unread):
        return rules
    # `-p r` alone notes who reads; a change is seen with w, or with no -p at all.
    seen = [rule for rule in rules if _sees_writes(rule)]
    return all(any(_names(rule, path) for rule in seen) for path in paths)


def _sees_writes(rule: str) -> bool:
    if re.search(r"-a never|-a \S+,never", rule):
        return False
    permissions = re.search(r"(?:-p |perm=)([rwxa]+)", rule)
    return permissions is None or "w" in permissions[1]


def _names(rule: str, path: str) -> bool:
    folder = path.rpartition("/")[0]
    return any(
        re.search(rf"(?:-w |path=|dir=){re.escape(name)}/?(?:\s|$)", rule) is not None
        for name in (path, folder)
    )


def _records_root(rules: list[str] | Unread) -> Cell:
    if isinstance(rules, Unread):
        return rules
    return any(
        "-S execve" in rule.replace("-S execve,execveat", "-S execve")
        and re.search(r"-F e?uid=(?:0|root)\b|-C (?:uid!=euid|euid!=uid)", rule)
        and _sees_writes(rule)
        for rule in rules
    )


COLLECTOR = Collector(
    id="linux/audit_state",
    title=Text(zh="内核审计状态", en="State of the kernel's audit"),
    max_age=timedelta(hours=26),
    permissions=("auditctl -s", "auditctl -l"),
    lists=STATUS,
    places=("host",),
    subject=("host",),
    subject_type="linux/audit",
    columns={
        "host": str,
        "is_installed": bool,
        "is_recording": bool,
        "rules_are_locked": bool,
        "failure_mode": int,
        "lost_events": int,
        "rule_count": int,
        "watches_account_files": bool,
        "watches_sudo_files": bool,
        "records_commands_run_as_root": bool,
    },
    volatile=("lost_events",),
    fetch=fetch,
    tabulate=tabulate,
)
