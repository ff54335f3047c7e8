"""Whenever an incident changes, and every ten minutes: no open incident goes without its run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from zicha_airflow.assets import CHANGED_INCIDENTS
from zicha_airflow.defaults import task_defaults


# The watcher is for speed, the schedule for completeness.
@dag(
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/10 * * * *", timezone="Asia/Shanghai"),
        assets=CHANGED_INCIDENTS,
    ),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=task_defaults(timedelta(minutes=10)),
    tags=["zicha", "incidents"],
    doc_md="""
### 巡查事件 / sweep incidents

**中文** 事件一有变动（数秒内），并且每十分钟：为每个未结案、仍有未报送时限的事件启动
`follow_incident`（同一组时限只启动一次），并补发已到点而未发出的提醒，
因此任何一环中断都不会造成沉默。首次使用须手工启用。

**English** Within seconds of a change to an incident, and every ten minutes: starts
`follow_incident` for each open incident of which something with a moment is not handed in (once per
set of moments), and tells what is near or late and was not told, so that no broken link means
silence. It starts paused.
""",
)
def sweep_incidents() -> None:
    """Start what must run; tell what was not told."""

    @task(doc_md="列出须跟踪的事件 / list what must be followed")
    def plan() -> list[dict[str, Any]]:
        from zicha.pipeline.alerts.following import runs_to_start
        from zicha_airflow.workplace import here

        with here() as place:
            return runs_to_start(place)

    @task(trigger_rule="all_done", doc_md="补发提醒 / tell what was not told")
    def alert() -> list[dict[str, Any]]:
        from zicha.pipeline.alerts.following import alert_open_incidents
        from zicha_airflow.workplace import here

        with here() as place:
            return alert_open_incidents(place)

    planned = plan()
    TriggerDagRunOperator.partial(
        task_id="start",
        trigger_dag_id="follow_incident",
        # Several at once would else claim the same moment as theirs.
        logical_date=None,
        skip_when_already_exists=True,
        doc_md="启动跟踪 / start following",
    ).expand_kwargs(planned)
    planned >> alert()


sweep_incidents()
