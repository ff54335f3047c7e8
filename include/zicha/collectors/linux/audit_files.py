"""What auditd does with its files: whether it overwrites them, and what it does when space ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.folders import settings_of, without_comments
from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zicha.sources.host import Host

LIST, DATED = "read_settings", "date_files"
SETTINGS, FOLDER = "/etc/audit/auditd.conf", "/var/log/audit"
FILE = f"{FOLDER}/audit.log"
FILES = ("find", FOLDER, "-maxdepth", "1", "-name", "audit.log*", "-printf", "%T@ %f\\n")
KEPT = re.compile(
    r"(?:write_logs|log_file|max_log_file|max_log_file_action|num_logs|(?:admin_)?space_left_action"
    r"|disk_(?:full|error)_action)\s*=.*",
    re.IGNORECASE,
)
# What auditd does where its file is silent: auditd.conf(5).
BY_SILENCE = {
    "write_logs": "yes",
    "log_file": FILE,
    "max_log_file": "0",
    "max_log_file_action": "ignore",
    "num_logs": "0",
    "space_left_action": "ignore",
}
TELLS = {"syslog", "email", "exec", "single", "halt"}
FEWEST_TO_ROTATE = 2


def fetch(host: Host) -> Iterator[Reply]:
    """Read the settings that decide over the files, and when each file was last written."""
    yield host.read(SETTINGS, call=LIST, about="", keep=only_settings)
    yield host.run(DATED, FILES, may_be_absent=True)


def only_settings(text: str) -> str:
    """The lines that are read; others name readers of mail."""
    lines = without_comments(text).splitlines()
    return "".join(f"{line}\n" for line in lines if KEPT.fullmatch(line))


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host with an auditd.conf."""
    for listing in replies.to(LIST):
        text = listed_text(listing)
        if text is None:
            continue
        said = {name.lower(): value.lower() for name, value in settings_of([text]).items()}
        said = BY_SILENCE | said
        number = {name: _number(said, name) for name in ("num_logs", "max_log_file")}
        rotates = said["max_log_file_action"] == "rotate" and all(
            (number["num_logs"] >= FEWEST_TO_ROTATE, number["max_log_file"])
        )
        yield {
            "host": listing.place[0],
            "writes_files": said["write_logs"] != "no",
            "stops_when_a_file_is_full": said["max_log_file_action"] == "suspend",
            "overwrites_files": rotates,
            "overwritten_up_to": _lost(said, number["num_logs"], replies) if rotates else None,
            "tells_when_space_ends": said["space_left_action"].partition(" ")[0] in TELLS,
        }


def _number(said: Mapping[str, str], name: str) -> int:
    if not re.fullmatch(r"\d{1,9}", said[name]):
        raise MalformedAnswerError(f"{SETTINGS} gives no number for {name}: correct it")
    return int(said[name])


def _lost(said: Mapping[str, str], most: int, replies: Replies) -> Cell:
    """What is older than the oldest file's last moment is lost, once the last number is in use."""
    if said["log_file"] != FILE:
        return Unread(Reason.NOT_COLLECTED, f"{SETTINGS}: log_file is not {FILE}: put it there")
    text = text_of(replies.about("", DATED))
    if isinstance(text, Unread):
        return text
    moments = [line.split()[0] for line in (text or "").splitlines()]
    if len(moments) < most:
        return None
    try:
        return datetime.fromtimestamp(min(int(float(each)) for each in moments), UTC)
    except (ValueError, OverflowError, OSError):
        return Unread(Reason.MALFORMED, "find printed no moments")


COLLECTOR = Collector(
    id="linux/audit_files",
    title=Text(zh="审计日志文件的留存", en="Retention of the audit's files"),
    max_age=timedelta(hours=26),
    permissions=(f"cat -- {SETTINGS}", f"find {FOLDER} -maxdepth 1 *"),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/audit_files",
    columns={
        "host": str,
        "writes_files": bool,
        "stops_when_a_file_is_full": bool,
        "overwrites_files": bool,
        "overwritten_up_to": datetime,
        "tells_when_space_ends": bool,
    },
    volatile=("overwritten_up_to",),
    fetch=fetch,
    tabulate=tabulate,
)
