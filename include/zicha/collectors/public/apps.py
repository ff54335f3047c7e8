"""Published apps: the version that their page shows, and whether their privacy policy stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.sources.public import PublicFace

_FEW_LETTERS = 200
_OK = 200
_GONE = (404, 410)
_REASONS = {401: Reason.REFUSED, 403: Reason.REFUSED, 429: Reason.THROTTLED}


def fetch(face: PublicFace) -> Iterator[Reply]:
    """List the declared apps, then get the two pages of each."""
    from zicha.sources import public_web

    members = [{"id": each.id, "version": each.version} for each in face.declared.apps]
    yield face.list("list_apps", members)
    for app in face.declared.apps:
        pages = {"get_version_page": app.version_page, "get_privacy_policy": app.privacy_policy}
        for call, url in pages.items():
            yield face.ask(call, app.id, partial(public_web.get_page, face, url))


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per declared app."""
    for listing in replies.to("list_apps"):
        for member in listing.each("members"):
            yield _row(listing.place[0], member, replies)


def _row(face: str, member: Mapping[str, Any], replies: Replies) -> Row:
    app, declared = str(member["id"]), cell(member, "version")
    shown = replies.about(app, "get_version_page")
    policy = replies.about(app, "get_privacy_policy")
    versions = _seen(shown, "versions")
    return {
        "face": face,
        "app": app,
        "declared_version": declared,
        "published_versions": _few(versions),
        "shows_declared_version": _shows(shown, versions, declared),
        "privacy_policy_is_there": _is_there(policy),
        "privacy_policy_status": cell(policy, "status"),
    }


def _seen(reply: Reply, key: str) -> Any:
    """One thing of a page, or why the page was not seen."""
    status, page = cell(reply, "status"), cell(reply, "page")
    if unread := derived(status, page):
        return unread
    if page is None:
        where = (cell(reply, "redirects") or ["?"])[-1]
        remedy = f"the page lies at {where}, which is not followed: declare that address"
        return Unread(Reason.NOT_COLLECTED, remedy)
    if status != _OK:
        remedy = f"the page answers {status}: let our requests through, or correct its address"
        return Unread(_REASONS.get(status, Reason.UNREACHABLE), remedy)
    return cell(page, key)


def _few(versions: Any) -> str | Unread:
    return derived(versions) or ", ".join(versions[:10])


def _shows(reply: Reply, versions: Any, declared: Any) -> bool | Unread:
    if unread := derived(versions, declared):
        return unread
    return True if declared in versions else (_hidden(reply) or False)


def _is_there(reply: Reply) -> bool | Unread:
    """A page that speaks of privacy; one that is gone is no policy, one not shown is unread."""
    page, status = cell(reply, "page"), cell(reply, "status")
    if not isinstance(page, Unread) and page is not None and status in _GONE:
        return False
    speaks = _seen(reply, "speaks_of_privacy")
    letters = _seen(reply, "letters")
    if unread := derived(speaks, letters):
        return unread
    if speaks and letters >= _FEW_LETTERS:
        return True
    return _hidden(reply) or False


def _hidden(reply: Reply) -> Unread | None:
    """Why what is not on the page may be on it all the same."""
    if isinstance(reply, Answer) and reply.cut:
        return Unread(reply.cut, reply.remedy, reply.permission)
    letters, scripts = _seen(reply, "letters"), _seen(reply, "scripts")
    if unread := derived(letters, scripts):
        return unread
    if scripts and letters < _FEW_LETTERS:
        return Unread(Reason.PARTIAL, "scripts build the page after it is sent: name a plain one")
    return None


COLLECTOR = Collector(
    id="public/apps",
    title=Text(zh="已发布应用程序", en="Published apps"),
    max_age=timedelta(hours=26),
    permissions=("GET of the declared version page and privacy policy of each app",),
    lists="list_apps",
    places=("face",),
    subject=("face", "app"),
    subject_type="public/app",
    columns={
        "face": str,
        "app": str,
        "declared_version": str,
        "published_versions": str,
        "shows_declared_version": bool,
        "privacy_policy_is_there": bool,
        "privacy_policy_status": int,
    },
    fetch=fetch,
    tabulate=tabulate,
)
