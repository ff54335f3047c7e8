"""Web sites: what they do without encryption, and the filing numbers on their home page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.sources.public import PublicFace

_MAX_AGE = re.compile(r"(?:^|;)\s*max-age\s*=\s*\"?(\d{1,12})\"?\s*(?:;|$)", re.IGNORECASE)
_FEW_LETTERS = 200
_OK = 200
_REASONS = {401: Reason.REFUSED, 403: Reason.REFUSED, 429: Reason.THROTTLED}


def fetch(face: PublicFace) -> Iterator[Reply]:
    """List the declared sites, then ask each once plainly and once over TLS."""
    from zicha.sources import public_page, public_web

    members = [
        {
            "name": each.name,
            "icp_number": public_page.plainly(each.icp_number),
            "psb_number": public_page.plainly(each.psb_number),
        }
        for each in face.declared.sites
    ]
    yield face.list("list_web_sites", members)
    for site in face.declared.sites:
        yield face.ask(
            "get_http",
            site.name,
            partial(public_web.ask_plainly, face, site.name, site.http_port, site.path),
        )
        url = f"https://{site.name}:{site.https_port}{site.path}"
        yield face.ask("get_https", site.name, partial(public_web.get_page, face, url))


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per declared site."""
    for listing in replies.to("list_web_sites"):
        for member in listing.each("members"):
            yield _row(listing, member, replies)


def _row(listed: Answer, member: Mapping[str, Any], replies: Replies) -> Row:
    name = str(member["name"])
    plain, safe = replies.about(name, "get_http"), replies.about(name, "get_https")
    redirects = cell(safe, "redirects")
    return {
        "face": listed.place[0],
        "site": name,
        "unencrypted": _unencrypted(plain, safe, listed),
        "status": cell(safe, "status"),
        "ends_at": _end(redirects),
        "hsts_seconds": _hsts(cell(safe, "hsts")),
        "icp_number": _shown(safe, "icp_numbers"),
        "icp_number_declared": cell(member, "icp_number") or None,
        "shows_declared_icp_number": _shows(safe, "icp_numbers", cell(member, "icp_number")),
        "links_to_icp_registry": _links(safe, {"beian.miit.gov.cn"}),
        "psb_number": _shown(safe, "psb_numbers"),
        "shows_declared_psb_number": _shows(safe, "psb_numbers", cell(member, "psb_number")),
        "links_to_psb_registry": _links(safe, {"beian.mps.gov.cn", "www.beian.gov.cn"}),
    }


def _unencrypted(plain: Reply, safe: Reply, listed: Answer) -> str | Unread:
    """One word: closed, filtered, redirects-to-https, redirects-elsewhere, serves or refuses."""
    port, status, location = (cell(plain, key) for key in ("port", "status", "location"))
    if unread := derived(port, status, location):
        return unread
    if port == "filtered":
        # Silence is the site's own only where it is there at all, and our way out is open.
        return _silent(safe, listed)
    if port != "open":
        return str(port)
    if location:
        to_https = urlsplit(str(location)).scheme == "https"
        return "redirects-to-https" if to_https else "redirects-elsewhere"
    return "serves" if int(status) < 400 else "refuses"  # noqa: PLR2004


def _silent(safe: Reply, listed: Answer) -> str | Unread:
    status, is_open = cell(safe, "status"), cell(listed, "egress_is_open")
    if unread := derived(status, is_open):
        return unread
    if not is_open:
        remedy = "no answer without encryption, which our own way out may have dropped: open it"
        return Unread(Reason.UNREACHABLE, f"{remedy}, and set egress_is_open")
    return "filtered"


def _end(redirects: Any) -> str | Unread:
    if unread := derived(redirects):
        return unread
    return str(redirects[-1]) if redirects else ""


def _hsts(said: Any) -> int | Unread:
    if unread := derived(said):
        return unread
    found = _MAX_AGE.search(str(said))
    return int(found.group(1)) if found else 0


def _page(safe: Reply, key: str) -> Any:
    """One thing of the page, or why the page was not seen."""
    status, page = cell(safe, "status"), cell(safe, "page")
    if unread := derived(status, page):
        return unread
    if page is None:
        where = (cell(safe, "redirects") or ["?"])[-1]
        return Unread(
            Reason.NOT_COLLECTED,
            f"the home page lies at {where}, which is not followed: declare that site",
        )
    if status != _OK:
        reason = _REASONS.get(status, Reason.UNREACHABLE)
        return Unread(reason, f"the home page answers {status}: let our requests through")
    return cell(page, key)


def _absent(safe: Reply) -> Unread | None:
    """Why what is not on the page may be on it all the same."""
    if isinstance(safe, Answer) and safe.cut:
        return Unread(safe.cut, safe.remedy, safe.permission)
    letters, scripts = _page(safe, "letters"), _page(safe, "scripts")
    if unread := derived(letters, scripts):
        return unread
    if scripts and letters < _FEW_LETTERS:
        remedy = "scripts build the page after it is sent: write the numbers into the page itself"
        return Unread(Reason.PARTIAL, remedy)
    return None


def _shown(safe: Reply, key: str) -> str | Unread | None:
    found = _page(safe, key)
    if unread := derived(found):
        return unread
    return ", ".join(found[:5]) if found else _absent(safe)


def _shows(safe: Reply, key: str, declared: Any) -> bool | Unread | None:
    found = _page(safe, key)
    if unread := derived(found, declared):
        return unread
    if not declared:
        return None
    return True if declared in found else (_absent(safe) or False)


def _links(safe: Reply, wanted: set[str]) -> bool | Unread:
    found = _page(safe, "registries")
    if unread := derived(found):
        return unread
    return True if wanted & set(found) else (_absent(safe) or False)


COLLECTOR = Collector(
    id="public/web_sites",
    title=Text(zh="公网网站", en="Web sites"),
    max_age=timedelta(hours=26),
    permissions=("GET of the home page of each declared site, over HTTP and HTTPS",),
    lists="list_web_sites",
    places=("face",),
    subject=("face", "site"),
    subject_type="public/web_site",
    columns={
        "face": str,
        "site": str,
        "unencrypted": str,
        "status": int,
        "ends_at": str,
        "hsts_seconds": int,
        "icp_number": str,
        "icp_number_declared": str,
        "shows_declared_icp_number": bool,
        "links_to_icp_registry": bool,
        "psb_number": str,
        "shows_declared_psb_number": bool,
        "links_to_psb_registry": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
