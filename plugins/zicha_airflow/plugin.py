"""What Airflow loads: our pages behind its login, their place in its sidebar, our timetable."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from zicha_airflow import slack_actions
from zicha_airflow.incident_moments import IncidentMoment
from zicha_airflow.login import PREFIX
from zicha_airflow.pages import AddSlash, app
from zicha_airflow.working_days import EachWorkingDay


class ZichaPlugin(AirflowPlugin):  # type: ignore[misc]  # mypy skips airflow
    """The read-only pages, the sidebar item that opens them, working days, incidents' moments."""

    name = "zicha"
    fastapi_apps: ClassVar[list[dict[str, Any]]] = [
        {"app": app, "url_prefix": PREFIX, "name": "zicha"},
        {"app": slack_actions.app, "url_prefix": slack_actions.PREFIX, "name": "zicha-slack"},
    ]
    fastapi_root_middlewares: ClassVar[list[dict[str, Any]]] = [
        {"middleware": AddSlash, "name": "zicha-slash"}
    ]
    external_views: ClassVar[list[dict[str, Any]]] = [
        {
            "name": "自查 zicha",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "url_route": "zicha",
        }
    ]
    deadline_references: ClassVar[list[type[IncidentMoment]]] = [IncidentMoment]
    timetables: ClassVar[list[type[EachWorkingDay]]] = [EachWorkingDay]
