"""Mounts that users can write to, and what may be started from them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import listed_text
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST, PATH = "list_mounts", "/proc/self/mounts"
WRITTEN_BY_USERS = frozenset({"/tmp", "/var/tmp", "/dev/shm", "/home"})  # noqa: S108 - names, none is used
OPTIONS = ("nodev", "nosuid", "noexec")
POINT, TYPE, GIVEN = 1, 2, 3


def fetch(host: Host) -> Iterator[Reply]:
    """Read the kernel's own list of mounts."""
    yield host.read(PATH, call=LIST, about="", expects="mount ", keep=only_mounts)


def only_mounts(text: str) -> str:
    """Mount points that matter, with the three options asked for; devices and shares stay there."""
    kept = []
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["mount"]:
            kept.append(line)
        elif len(words) > GIVEN and words[POINT] in {"/", *WRITTEN_BY_USERS}:
            given = [option for option in words[GIVEN].split(",") if option in OPTIONS]
            kept.append(" ".join(["mount", words[POINT], words[TYPE], ",".join(given) or "-"]))
    return "".join(f"{line}\n" for line in kept)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per mount that users can write to; the last mount on a point is what they see."""
    for listing in replies.to(LIST):
        seen: dict[str, list[str]] = {}
        for line in (listed_text(listing) or "").splitlines():
            words = line.split()
            if len(words) != 4 or words[0] != "mount":  # noqa: PLR2004 - as `only_mounts` writes
                raise MalformedAnswerError("the list of mounts has another shape")
            seen[words[POINT]] = words[GIVEN].split(",")
        for point, given in seen.items():
            if point in WRITTEN_BY_USERS:
                yield {
                    "host": listing.place[0],
                    "mount_point": point,
                    "allows_devices": "nodev" not in given,
                    "allows_setuid": "nosuid" not in given,
                    "allows_programs": "noexec" not in given,
                }


COLLECTOR = Collector(
    id="linux/mount_options",
    title=Text(zh="挂载选项", en="Options of mounts"),
    max_age=timedelta(hours=26),
    permissions=(f"cat -- {PATH}",),
    lists=LIST,
    places=("host",),
    subject=("host", "mount_point"),
    subject_type="linux/mount",
    columns={
        "host": str,
        "mount_point": str,
        "allows_devices": bool,
        "allows_setuid": bool,
        "allows_programs": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
