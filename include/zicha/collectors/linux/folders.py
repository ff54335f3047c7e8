"""Settings spread over files and folders of drop-ins: asked file by file, read as one text list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import text_of
from zicha.model.evidence import Cell, Replies, Reply, Unread

if TYPE_CHECKING:
    from zicha.sources.host import Host

Texts = list[str] | Unread


def each_file(host: Host, listing: Reply, keep: Callable[[str], str]) -> Iterator[Reply]:
    """Read every file that the listing names."""
    for path in paths_of(listing):
        yield host.read(path, keep=keep)


def paths_of(listing: Reply) -> list[str]:
    """The paths of a listing in order; none where it was not read."""
    text = text_of(listing)
    return sorted(text.splitlines()) if isinstance(text, str) else []


def texts_of(replies: Replies, paths: Sequence[str], listings: Sequence[Reply]) -> Texts:
    """The texts of these files and of all that the listings name, in order."""
    named = [*paths, *(path for listing in listings for path in paths_of(listing))]
    texts = [text_of(replies.about(path, "read")) for path in named]
    for text in (*map(text_of, listings), *texts):
        if isinstance(text, Unread):
            return text
    return [text for text in texts if isinstance(text, str)]


def computed(value: Callable[..., Cell], *read: object) -> Cell:
    """The value of these inputs, or the first of them that was not read."""
    unread = next((each for each in read if isinstance(each, Unread)), None)
    return unread or value(*read)


def without_comments(text: str) -> str:
    """The lines that say something, without comments and blanks at either end."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and line[0] not in "#;!")


def settings_of(texts: Sequence[str]) -> dict[str, str]:
    """`name = value` or `name value`, a later line over an earlier one; a bare name is empty."""
    found: dict[str, str] = {}
    for line in "\n".join(texts).splitlines():
        words = line.replace("=", " ", 1).split(maxsplit=1)
        if words and words[0][0] not in "#;":
            found[words[0]] = words[1].strip() if len(words) > 1 else ""
    return found
