"""Whose the files are that everything rests on, and who may read or write them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.listed_files import LINE, listed_files
from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST = "list_key_files"
# Folder to the names that matter in it; the first that fits says what kind of file it is.
SECRETS = r"g?shadow-?|opasswd|ssh_host_\w+_key"
KINDS = {
    "/etc": (
        ("secret", SECRETS),
        (
            "account",
            r"(?:passwd|group)-?|sudoers|login\.defs|profile|bashrc|bash\.bashrc|hosts\.\w+",
        ),
        ("schedule", r"crontab|anacrontab|(?:cron|at)\.(?:allow|deny)"),
    ),
    "/etc/ssh": (("secret", SECRETS), ("account", r"sshd_config")),
    "/etc/pam.d": (("account", r".+"),),
    "/etc/cron.d": (("schedule", r".+"),),
    "/etc/cron.hourly": (("schedule", r".+"),),
    "/etc/cron.daily": (("schedule", r".+"),),
    "/etc/cron.weekly": (("schedule", r".+"),),
    "/etc/cron.monthly": (("schedule", r".+"),),
    "/var/log": (
        ("log", r"(?:auth\.log|secure|messages|syslog|cron|kern\.log|maillog|btmp|boot\.log)"),
    ),
}
PRINTED = "%m %U %p\\n"
ROOT = "0"


def fetch(host: Host) -> Iterator[Reply]:
    """Ask folder by folder for owner and mode, and never for what a file holds."""
    for folder in KINDS:
        argv = ["find", folder, "-maxdepth", "1", "-type", "f", "-printf", PRINTED]
        yield host.run(LIST, argv, about=folder, may_be_absent=True, keep=only_key_files)


def only_key_files(text: str) -> str:
    """The lines of files that matter; a line of another shape is kept as a mark."""
    return "".join(f"{line}\n" for line in text.splitlines() if line == "?" or _kept(line))


def _kept(line: str) -> bool:
    found = LINE.fullmatch(line)
    return found is not None and bool(_kind(found[3]))


def _kind(path: str) -> str:
    folder, _, name = path.rpartition("/")
    kinds = KINDS.get(folder, ())
    return next((kind for kind, pattern in kinds if re.fullmatch(pattern, name)), "")


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per file."""
    for listing in replies.to(LIST):
        for file in listed_files(listing):
            yield {
                "host": listing.place[0],
                "path": file.path,
                "kind": _kind(file.path),
                "mode": f"{file.mode:04o}",
                "belongs_to_root": file.owner == ROOT,
                "others_may_write": file.others_may_write,
                "everybody_has_access": file.everybody_has_access,
                "everybody_may_read": file.everybody_may_read,
            }


COLLECTOR = Collector(
    id="linux/file_permissions",
    title=Text(zh="关键文件权限", en="Permissions of key files"),
    max_age=timedelta(hours=26),
    permissions=tuple(f"find {folder} -maxdepth 1 -type f -printf *" for folder in KINDS),
    lists=LIST,
    places=("host",),
    subject=("host", "path"),
    subject_type="linux/file",
    columns={
        "host": str,
        "path": str,
        "kind": str,
        "mode": str,
        "belongs_to_root": bool,
        "others_may_write": bool,
        "everybody_has_access": bool,
        "everybody_may_read": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
