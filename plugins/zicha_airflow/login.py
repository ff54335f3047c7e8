"""Who is asking, and may they: the one module that touches the inside of Airflow's web server.

Airflow mounts the pages of a plugin without any protection, and `get_user` is not part of its
public interface; `tests/dags/test_pages.py` holds it to what we rely on.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, Request

PREFIX = "/zicha"


async def require_login(request: Request) -> str:
    """The name of the user who is logged in to Airflow; anybody else gets 401."""
    from airflow.api_fastapi.core_api import security

    user = await security.get_user(request, None, await security.bearer_scheme(request))
    return str(user.get_name())


def login_address(afterwards: str) -> str:
    """Where one logs in to Airflow, and is then led to this path."""
    from airflow.api_fastapi.app import get_auth_manager

    return str(get_auth_manager().get_url_login(next_url=afterwards))


def require_role(request: Request, user: Annotated[str, Depends(require_login)]) -> None:
    """Let whoever is logged in through to what the catalogue's `roles.yaml` allows them.

    A route that it does not name is shut to everybody; a refusal is recorded and answered by 403.
    """
    from zicha.catalog.roles import door_refusal, load_roles
    from zicha.model.errors import ConfigError
    from zicha.pipeline.authority import refused
    from zicha.pipeline.filings.approval import channel_actor
    from zicha_airflow.workplace import here

    where, actor = door(request.method, request.scope["route"].path), channel_actor(user)
    try:
        acts = load_roles().acts_at("route", where)
        if all(act.anybody for act in acts):
            return
        with here() as place:
            why = door_refusal(place.scope, actor, acts, tuple)
            if why:
                refused(place, actor, acts[0].id, str(request.url.path), why)
    except ConfigError as error:
        # The sentence names roles, acts and the user, and nothing that a source said.
        raise HTTPException(403, str(error)) from error


def door(method: str, path: str) -> str:
    """A route as `roles.yaml` names it; the one that answers for all others has no method."""
    return f"{'*' if path.startswith('/{') else method} {PREFIX}{path}"
