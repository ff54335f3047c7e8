"""Who is asking: the one module that touches the inside of Airflow's web server.

Airflow mounts the pages of a plugin without any protection, and `get_user` is not part of its
public interface; `tests/dags/test_pages.py` holds it to what we rely on.
"""

from __future__ import annotations

from fastapi import Request


async def require_login(request: Request) -> str:
    """The name of the user who is logged in to Airflow; anybody else gets 401."""
    from airflow.api_fastapi.core_api import security

    user = await security.get_user(request, None, await security.bearer_scheme(request))
    return str(user.get_name())


def login_address(afterwards: str) -> str:
    """Where one logs in to Airflow, and is then led to this path."""
    from airflow.api_fastapi.app import get_auth_manager

    return str(get_auth_manager().get_url_login(next_url=afterwards))
