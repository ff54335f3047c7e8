"""Files as `find -printf` lists them (mode, owner, path): whose each is, and who may use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from zicha.collectors.linux.texts import listed_text
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer

LINE = re.compile(r"([0-7]{1,4}) (\S+) (/.+)")
OTHERS_WRITE, GROUP_WRITES, OTHERS_READ = 0o002, 0o020, 0o004


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One line of the listing."""

    mode: int
    owner: str
    path: str

    @property
    def others_may_write(self) -> bool:
        """Whether anybody but the owner may."""
        return bool(self.mode & (OTHERS_WRITE | GROUP_WRITES))

    @property
    def everybody_may_read(self) -> bool:
        """Whether every account of the host may."""
        return bool(self.mode & OTHERS_READ)

    @property
    def everybody_has_access(self) -> bool:
        """Whether every account of the host may read or write."""
        return bool(self.mode & (OTHERS_WRITE | OTHERS_READ))


def listed_files(listing: Answer) -> Iterator[ListedFile]:
    """The files of a listing; a line of another shape makes the whole of it malformed."""
    for line in (listed_text(listing) or "").splitlines():
        found = LINE.fullmatch(line)
        if found is None:
            raise MalformedAnswerError("find printed a line without mode, owner and path")
        yield ListedFile(int(found[1], 8), found[2], found[3])
