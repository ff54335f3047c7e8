"""How long a host keeps its logs, and whether a copy leaves it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux import rsyslog_files
from zicha.collectors.linux.folders import computed, each_file, texts_of
from zicha.collectors.linux.log_settings import (
    days_of_journal,
    days_of_syslog,
    forwarding_targets,
    journal_is_persistent,
    only_directives,
    only_system_logs,
)
from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST = "list_log_rules"
ROTATION, ROTATIONS = "/etc/logrotate.conf", "/etc/logrotate.d"
# Later folders win over earlier ones, and drop-ins over the file, as in journald.conf(5).
JOURNAL = ("/usr/lib/systemd/journald.conf", "/etc/systemd/journald.conf")
JOURNALS = ("/usr/lib/systemd/journald.conf.d", "/etc/systemd/journald.conf.d")
UPLOAD = "/etc/systemd/journal-upload.conf"
FOUND = ("find", "/var/log", "-maxdepth", "1")


def fetch(host: Host) -> Iterator[Reply]:
    """Read the rules of logrotate, journald and rsyslog, file by file."""
    rules = host.list(ROTATIONS, call=LIST)
    yield rules
    yield host.read(ROTATION, keep=only_directives)
    yield from each_file(host, rules, only_directives)
    yield host.run("find_logs", FOUND, keep=only_system_logs)
    for path in (*JOURNAL, UPLOAD):
        yield host.read(path, keep=only_directives)
    for folder in JOURNALS:
        dropped = host.list(folder, "*.conf")
        yield dropped
        yield from each_file(host, dropped, only_directives)
    yield from rsyslog_files.ask(host)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host; a file that could not be read makes unread what it could have changed."""
    for listing in replies.to(LIST):
        listed_text(listing)
        rotation = texts_of(replies, [ROTATION], [listing])
        dropped = [replies.about(folder, "list") for folder in JOURNALS]
        journal = texts_of(replies, JOURNAL, dropped)
        syslog = rsyslog_files.texts(replies)
        found = _seen(replies.about("", "find_logs"))
        syslog_days = computed(days_of_syslog, rotation, found)
        journal_days = computed(days_of_journal, journal, found)
        targets = computed(forwarding_targets, syslog, texts_of(replies, [UPLOAD], []))
        yield {
            "host": listing.place[0],
            "journal_is_persistent": computed(journal_is_persistent, journal, found),
            "journal_kept_days": journal_days,
            "syslog_kept_days": syslog_days,
            "longest_kept_days": _longest(syslog_days, journal_days),
            "forwards_logs": targets if isinstance(targets, Unread) else bool(targets),
            "forwards_to": targets,
        }


def _seen(found: Reply) -> list[str] | Unread:
    text = text_of(found)
    return text if isinstance(text, Unread) else (text or "").splitlines()


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
        *(f"find {folder} -maxdepth 1 *" for folder in JOURNALS),
        " ".join(FOUND),
        *(f"cat -- {path}" for path in (ROTATION, *JOURNAL, UPLOAD)),
        *(f"cat -- {folder}/*" for folder in (ROTATIONS, *JOURNALS)),
        *rsyslog_files.PERMISSIONS,
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
