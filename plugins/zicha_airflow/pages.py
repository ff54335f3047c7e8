"""The pages at `/zicha/`: every route, also one that does not exist, asks for login and role.

The pages change nothing; the few routes that do stand in `decisions`. Nothing that a source said is
ever markup or script.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from zicha_airflow.decisions import router as decisions
from zicha_airflow.login import PREFIX, login_address, require_login, require_role

BEIJING = ZoneInfo("Asia/Shanghai")
TEMPLATES = Path(__file__).parent / "templates"
EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

# Airflow protects nothing that a plugin mounts; login and role hang on the app, so that a route
# added later has them too. The generated documentation would be a way round it.
app = FastAPI(
    title="zicha",
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
    dependencies=[Depends(require_login), Depends(require_role)],
)


@app.middleware("http")
async def add_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Put the headers that confine the page on every answer, refusals included."""
    response = await call_next(request)
    response.headers.update(HEADERS)
    return response


@app.exception_handler(401)
async def ask_for_login(request: Request, refused: HTTPException) -> Response:
    """Refuse in words that lead to the login where a browser asks, as JSON where a program does."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return await http_exception_handler(request, refused)
    page = _template("refused.html").render(login=login_address(f"{PREFIX}/"), PREFIX=PREFIX)
    return HTMLResponse(page, 401, refused.headers)


@app.get("/", response_class=HTMLResponse)
def show_overview(lang: Literal["zh", "en"] = "zh") -> HTMLResponse:
    """Show the latest run, its gaps, the counts, the findings and the reports."""
    found = _overview()
    from zicha.reports.wording import wording

    words = wording(lang)

    page = _template("overview.html").render(here=found, lang=lang, word=words.word, PREFIX=PREFIX)
    return HTMLResponse(page)


@app.get("/style.css")
def send_style() -> Response:
    """Send the one style sheet."""
    return Response((TEMPLATES / "style.css").read_bytes(), media_type="text/css")


@app.get("/reports/{report_id}")
def send_report(report_id: str) -> Response:
    """Send a report as an attachment: only one the database lists, only with its own digest."""
    listed = {str(report["id"]): report for report in _overview()["reports"]}
    if report_id not in listed:
        raise HTTPException(404, "no such report")
    report = listed[report_id]
    path = _report_path(report)
    body = path.read_bytes()
    if not _has_digest(body, str(report["digest"])):
        raise HTTPException(409, "the file is not the one that was written: see `zicha verify`")
    return Response(
        body,
        media_type="application/octet-stream",
        headers={"Content-Disposition": _attachment(path.name)},
    )


app.include_router(decisions)


@app.api_route("/{anything:path}", methods=EVERY_METHOD)
def refuse() -> Response:
    """Answer whoever is logged in that there is nothing; the others were refused before."""
    raise HTTPException(404, "no such page")


class AddSlash:
    """Send `/zicha` to `/zicha/`: without the slash it is not ours, and Airflow's shell answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect, or pass on."""
        if scope["type"] == "http" and scope["path"] == PREFIX:
            await RedirectResponse(f"{PREFIX}/")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _overview() -> dict[str, Any]:
    from zicha.pipeline import overview
    from zicha_airflow.workplace import here

    with here() as place:
        return overview(place)


def _report_path(report: dict[str, Any]) -> Path:
    from zicha_airflow.workplace import here

    with here() as place:
        folder = place.data.resolve()
    path = (folder / str(report["path"])).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise HTTPException(404, "the report is no longer in the data folder")
    return path


def _has_digest(body: bytes, digest: str) -> bool:
    return hashlib.sha256(body).hexdigest() == digest.removeprefix("sha256:")


def _attachment(name: str) -> str:
    from urllib.parse import quote

    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"


@cache
def _template(name: str) -> Any:
    from jinja2 import Environment, FileSystemLoader

    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    pages.filters["moment"] = _moment
    return pages.get_template(name)


def _moment(at: object) -> str:
    if isinstance(at, datetime):
        return at.astimezone(BEIJING).isoformat(sep=" ", timespec="minutes")
    return "" if at is None else str(at)
