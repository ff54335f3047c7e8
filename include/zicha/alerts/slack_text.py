"""Text that Slack shows as it is: no mention, no link, no format comes out of it."""

from __future__ import annotations

from zicha.alerts.outside_text import without_format


def escaped(text: str) -> str:
    """The same for the eye: Slack reads <!channel>, <http://…|label>, backticks, stars and others.

    The SDK escapes nothing. Signs of format have no escape of their own and become wide ones; an
    underscore inside a name formats nothing and stays.
    """
    return without_format(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, longest: int) -> str:
    """At most so many characters, and no half of an escape at the end."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    begun = kept.rfind("&", len(kept) - 4)
    if begun >= 0 and ";" not in kept[begun:]:
        kept = kept[:begun]
    return kept + "…"
