"""One run per open incident: its deadlines are the incident's own, and alert when they come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import AsyncCallback, DeadlineAlert, Param, dag, task

from zicha_airflow.assets import MOST_MOMENTS
from zicha_airflow.defaults import task_defaults
from zicha_airflow.incident_moments import IncidentMoment, tell_moment


# Never paused by itself: the sweep starts the runs, and is what somebody unpauses.
@dag(
    schedule=None,
    catchup=False,
    max_active_runs=64,
    is_paused_upon_creation=False,
    params={
        "incident": Param("", type="string", title="事件编号 / id of the incident"),
        "digest": Param("", type="string", title="时限集合摘要 / digest of its moments"),
        "moments": Param([], type="array", items={"type": "string", "format": "date-time"}),
    },
    deadline=[
        DeadlineAlert(
            reference=IncidentMoment(place),
            interval=timedelta(0),
            callback=AsyncCallback(tell_moment),
            name=f"时限 moment {place + 1}",
        )
        for place in range(MOST_MOMENTS)
    ],
    default_args=task_defaults(timedelta(minutes=10)),
    tags=["zicha", "incidents"],
    doc_md="""
### 跟踪事件 / follow an incident

**中文** 每个未结案且仍有未报送时限的事件一次运行，由 `sweep_incidents` 启动。运行携带该事件各项
时限及升级表中的提醒时刻，每一时刻是一个 Airflow `DeadlineAlert`：到点即发消息（义务编号与时刻，
不含名称与细节），已发过的同一状态不重发。全部报送、结案或时限变动后运行自行结束；
时限变动由新的运行接替。
内容仅供参考，不构成法律意见。

**English** One run per open incident of which something with a moment is not handed in, started by
`sweep_incidents`. The run carries the incident's limits and the reminders of the escalation table;
each is an Airflow `DeadlineAlert` that sends a message when it comes: ids of duties and moments, no
names, no details, the same standing once. The run ends when all is handed in, the incident is
closed or a moment moved; another run takes over then. Nothing of it is legal advice.
""",
)
def follow_incident() -> None:
    """Wait until nothing is owed; the deadlines of the run do the telling."""

    @task.sensor(
        poke_interval=120,
        timeout=timedelta(days=400).total_seconds(),
        mode="reschedule",
        doc_md="等待报送完毕 / wait until all is handed in",
    )
    def wait_until_handed_in(params: dict[str, Any]) -> bool:
        from zicha.pipeline.alerts.following import is_followed
        from zicha_airflow.workplace import here

        with here() as place:
            return is_followed(place, params["incident"], params["digest"])

    wait_until_handed_in()


follow_incident()
