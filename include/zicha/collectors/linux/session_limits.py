"""After how long an idle shell ends, and whether its user may say otherwise."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.folders import Texts, computed, each_file, paths_of, texts_of
from zicha.collectors.linux.texts import listed_text
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST, FOLDER = "list_profiles", "/etc/profile.d"
# bash of Debian reads bash.bashrc where RHEL and openEuler read bashrc.
FIRST, LAST = "/etc/profile", ("/etc/bash.bashrc", "/etc/bashrc")
SET = re.compile(r"(?:^|[;&\s])TMOUT=[\"']?(\d+)")
FIXED = re.compile(r"(?:readonly|(?:declare|typeset)\s+-\w*r\w*)\s+(?:\w+\s+)*TMOUT\b")


def fetch(host: Host) -> Iterator[Reply]:
    """Read what every login shell reads, keeping what speaks of TMOUT."""
    listing = host.list(FOLDER, "*.sh", call=LIST)
    yield listing
    yield host.read(FIRST, keep=only_time_out)
    yield from each_file(host, listing, only_time_out)
    for path in LAST:
        yield host.read(path, keep=only_time_out)


def only_time_out(text: str) -> str:
    """The assignments of TMOUT, without what else stands on their lines."""
    kept = []
    for line in text.splitlines():
        bare = re.split(r"(?:^|\s)#", line, maxsplit=1)[0]
        kept += [f"TMOUT={found}" for found in SET.findall(bare)]
        kept += ["readonly TMOUT"] if FIXED.search(bare) else []
    return "".join(f"{line}\n" for line in kept)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host."""
    for listing in replies.to(LIST):
        listed_text(listing)
        texts = texts_of(replies, [FIRST, *paths_of(listing), *LAST], [])
        yield {
            "host": listing.place[0],
            "idle_shell_seconds": computed(_seconds, texts),
            "users_cannot_change_it": computed(_is_fixed, texts),
        }


def _seconds(texts: list[str]) -> Cell:
    """The value that stands at the end, or that was made read-only before it; zero is no limit."""
    seconds: int | None = None
    for line in "".join(texts).splitlines():
        if line == "readonly TMOUT" and seconds:
            break
        if found := re.fullmatch(r"TMOUT=(\d+)", line):
            seconds = int(found[1])
    return seconds or None


def _is_fixed(texts: Texts) -> Cell:
    return any("readonly TMOUT" in text for text in texts) if isinstance(texts, list) else texts


COLLECTOR = Collector(
    id="linux/session_limits",
    title=Text(zh="命令行会话超时", en="Time-out of idle shells"),
    max_age=timedelta(hours=26),
    permissions=(
        f"find {FOLDER} -maxdepth 1 *",
        f"cat -- {FOLDER}/*",
        *(f"cat -- {path}" for path in (FIRST, *LAST)),
    ),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/sessions",
    columns={"host": str, "idle_shell_seconds": int, "users_cannot_change_it": bool},
    fetch=fetch,
    tabulate=tabulate,
)
