"""Where Slack sends the press of a button: outside Airflow's login, behind Slack's signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

PREFIX = "/zicha-slack"
LONGEST = 64 * 1024
"""Bytes; the rest of a longer request is not read."""

app = FastAPI(title="zicha-slack", docs_url=None, redoc_url=None, openapi_url=None)


@app.post("/interactivity")
async def interactivity(request: Request) -> Response:
    """Verify signature and age, then do and record what was pressed, or record the refusal."""
    body = await _bounded(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    status, reply = await run_in_threadpool(_received, headers, body)
    if status == 401:  # noqa: PLR2004 - a stranger hears nothing but the refusal
        return Response(status_code=401)
    # Slack shows an error for anything but 200, and reads a body for forms alone; whoever pressed
    # hears of a refusal by a word of its own. It waits three seconds: what is told goes afterwards.
    told = BackgroundTask(_tell)
    if reply is None:
        return Response(status_code=200, headers=_CONFINED, background=told)
    return JSONResponse(dict(reply), headers=_CONFINED, background=told)


_CONFINED = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def _bounded(request: Request) -> bytes:
    held = b""
    async for chunk in request.stream():
        held += chunk
        if len(held) > LONGEST:
            break
    return held[: LONGEST + 1]


def _received(headers: dict[str, str], body: bytes) -> tuple[int, Mapping[str, Any] | None]:
    from zicha.pipeline.alerts.pressed import receive
    from zicha_airflow.workplace import here

    with here() as place:
        answer = receive(place, headers, body)
    return answer.status, answer.reply


def _tell() -> None:
    from zicha.pipeline.alerts.pressed import tell_threads
    from zicha_airflow.workplace import here

    with here() as place:
        tell_threads(place)
