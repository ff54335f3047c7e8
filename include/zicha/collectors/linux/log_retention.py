"""How long a host keeps its logs, and whether a copy leaves it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.log_settings import (
    days_of_journal,
    days_of_syslog,
    forwarding_targets,
    journal_is_persistent,
    only_directives,
    only_forwarding,
    only_system_logs,
)
from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zicha.sources.host import Host

LIST = "list_log_rules"
ROTATION, ROTATIONS = "/etc/logrotate.conf", "/etc/logrotate.d"
# Later folders win over earlier ones, and drop-ins over the file, as in journald.conf(5).
JOURNAL = ("/usr/lib/systemd/journald.conf", "/etc/systemd/journald.conf")
JOURNALS = ("/usr/lib/systemd/journald.conf.d", "/etc/systemd/journald.conf.d")
SYSLOG, SYSLOGS = "/etc/rsyslog.conf", "/etc/rsyslog.d"
UPLOAD = "/etc/systemd/journal-upload.conf"
FOUND = ("find", "/var/log", "-maxdepth", "1")


def fetch(host: Host) -> Iterator[Reply]:
    """Read the rules of logrotate, journald and rsyslog, file by file."""
    rules = host.list(ROTATIONS, call=LIST)
    yield rules
    yield host.read(ROTATION, keep=only_directives)
    yield from _each(host, rules, only_directives)
    yield host.run("find_logs", FOUND, keep=only_system_logs)
    for path in (*JOURNAL, UPLOAD):
        yield host.read(path, keep=only_directives)
    for folder in JOURNALS:
        dropped = host.list(folder, "*.conf")
        yield dropped
        yield from _each(host, dropped, only_directives)
    yield host.read(SYSLOG, keep=only_forwarding)
    more = host.list(SYSLOGS, "*.conf")
    yield more
    yield from _each(host, more, only_forwarding)


def _each(host: Host, listing: Reply, keep: Callable[[str], str]) -> Iterator[Reply]:
    for path in _paths(listing):
        yield host.read(path, keep=keep)


def _paths(listing: Reply) -> list[str]:
    text = text_of(listing)
    return sorted(text.splitlines()) if isinstance(text, str) else []


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host; a file that could not be read makes unread what it could have changed."""
    for listing in replies.to(LIST):
        listed_text(listing)
        rotation = _texts(replies, [ROTATION], [listing])
        dropped = [replies.about(folder, "list") for folder in JOURNALS]
        journal = _texts(replies, JOURNAL, dropped)
        syslog = _texts(replies, [SYSLOG], [replies.about(SYSLOGS, "list")])
        found = _seen(replies.about("", "find_logs"))
        syslog_days = _of(days_of_syslog, rotation, found)
        journal_days = _of(days_of_journal, journal, found)
        targets = _of(forwarding_targets, syslog, _texts(replies, [UPLOAD], []))
        yield {
            "host": listing.place[0],
            "journal_is_persistent": _of(journal_is_persistent, journal, found),
            "journal_kept_days": journal_days,
            "syslog_kept_days": syslog_days,
            "longest_kept_days": _longest(syslog_days, journal_days),
            "forwards_logs": targets if isinstance(targets, Unread) else bool(targets),
            "forwards_to": targets,
        }


Texts = list[str] | Unread


def _texts(replies: Replies, paths: Sequence[str], listings: Sequence[Reply]) -> Texts:
    """The texts of these files and of all that the listings name, in order."""
    named = [*paths, *(path for listing in listings for path in _paths(listing))]
    texts = [text_of(replies.about(path, "read")) for path in named]
    for text in (*map(text_of, listings), *texts):
        if isinstance(text, Unread):
            return text
    return [text for text in texts if isinstance(text, str)]


def _seen(found: Reply) -> list[str] | Unread:
    text = text_of(found)
    return text if isinstance(text, Unread) else (text or "").splitlines()


def _of(value: Callable[..., Cell], *read: Texts) -> Cell:
    unread = next((texts for texts in read if isinstance(texts, Unread)), None)
    return unread or value(*read)


def _longest(one: Cell, other: Cell) -> Cell:
    """The longer of two promises; an unread one leaves it open."""
    unread = next((cell for cell in (one, other) if isinstance(cell, Unread)), None)
    days = [cell for cell in (one, other) if isinstance(cell, int)]
    return unread or max(days, default=None)


COLLECTOR = Collector(
    id="linux/log_retention",
    title=Text(zh="主机日志留存与外送", en="Retention and forwarding of host logs"),
    max_age=timedelta(hours=26),
    permissions=(
        f"find {ROTATIONS} -maxdepth 1 *",
        *(f"find {folder} -maxdepth 1 *" for folder in (*JOURNALS, SYSLOGS)),
        " ".join(FOUND),
        *(f"cat -- {path}" for path in (ROTATION, *JOURNAL, UPLOAD, SYSLOG)),
        *(f"cat -- {folder}/*" for folder in (ROTATIONS, *JOURNALS, SYSLOGS)),
    ),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/logs",
    columns={
        "host": str,
        "journal_is_persistent": bool,
        "journal_kept_days": int,
        "syslog_kept_days": int,
        "longest_kept_days": int,
        "forwards_logs": bool,
        "forwards_to": str,
    },
    fetch=fetch,
    tabulate=tabulate,
)
