"""Routes by which a person who is logged in decides: acknowledge, approve, decline.

Each asks for a header that no form of another site can send, and that a script of another site
may not send without leave, which nobody grants: a login that a browser carries is not enough.
What the person may do, our own roles say, not Airflow's.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request

from zicha_airflow.login import require_login

HEADER = "X-Zicha-Act"
LONGEST = 64
User = Annotated[str, Depends(require_login)]


def require_intent(
    request: Request,
    intent: Annotated[str, Header(alias=HEADER)] = "",
    origin: Annotated[str, Header()] = "",
) -> None:
    """Refuse what another site could make a browser send."""
    if intent != "yes":
        raise HTTPException(403, f"send the header {HEADER}: yes")
    if origin and origin.partition("://")[2] != request.headers.get("host", ""):
        raise HTTPException(403, "asked from another site")


router = APIRouter(dependencies=[Depends(require_login), Depends(require_intent)])


@router.post("/findings/{id_}/acknowledge")
def acknowledge(id_: str, user: User) -> dict[str, Any]:
    """Acknowledge a finding."""
    return _decided("acknowledge", id_, user)


@router.post("/decisions/{id_}/approve")
def approve(id_: str, user: User) -> dict[str, Any]:
    """Approve a waiver, or confirm a false positive."""
    return _decided("approve", id_, user)


@router.post("/decisions/{id_}/decline")
def decline(id_: str, user: User) -> dict[str, Any]:
    """Decline a waiver, or reject a false positive."""
    return _decided("decline", id_, user)


def _decided(what: str, id_: str, user: str) -> dict[str, Any]:
    from zicha.model.errors import ZichaError
    from zicha.pipeline.filings.approval import channel_actor
    from zicha.pipeline.findings import deciding
    from zicha_airflow.workplace import here

    if len(id_) > LONGEST:
        raise HTTPException(404, "no such id")
    acts = {
        "acknowledge": deciding.acknowledge,
        "approve": deciding.approve,
        "decline": deciding.decline,
    }
    try:
        with here() as place:
            return acts[what](place, id_, channel_actor(user))
    except ZichaError as error:
        # The sentence names roles and ids, and nothing that a source said.
        raise HTTPException(403, str(error)) from error
