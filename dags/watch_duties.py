"""Every morning, look at the clock of each duty, and tell once what opened, is near or is late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronPartitionTimetable, dag, task

from zicha_airflow.assets import DAY
from zicha_airflow.defaults import task_defaults


# Every calendar day: a limit does not wait for people to come back from a holiday.
# No start date, and paused until somebody wants it: a demonstration owes nobody anything.
@dag(
    schedule=CronPartitionTimetable("0 8 * * *", timezone="Asia/Shanghai", key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=task_defaults(timedelta(minutes=10)),
    tags=["zicha", "duties"],
    doc_md="""
### 跟踪合规义务 / watch duties

**中文** 每个自然日 08:00（北京时间；期限不因节假日等待）：登记应履行的义务，
开启、升级、逾期各记一笔，再发送一条消息：新开启、临近、逾期的数量，义务编号与日期。
同一天只发一次；发送失败则保留，可重跑。
每年 11 月起，下一年工作日表未载入时每日提示；未公布的日期标为暂定。手工触发时分区键填今天。
首次使用须手工启用。内容仅供参考，不构成法律意见。

**English** Each calendar day at 08:00 (Beijing time; a limit does not wait for a holiday to end):
plans what is owed, records what opens, escalates and falls due, then sends one message with
counts, ids of duties and dates. A day is told once; what could not be sent is kept and can be run
again. From November it warns each day until next year's table of working days is loaded; dates
that nobody has published are marked provisional. A manual run needs today as its partition key.
It starts paused. Nothing of it is legal advice.
""",
)
def watch_duties() -> None:
    """Watch, then tell."""

    @task(doc_md="登记、开启、升级、逾期 / plan, open, escalate, call late")
    def watch() -> dict[str, Any]:
        from zicha.pipeline.duties.obligations import watch_duties
        from zicha_airflow.workplace import here

        with here() as place:
            return watch_duties(place)

    @task(doc_md="发送消息 / send the message")
    def announce(day: str) -> dict[str, Any]:
        from zicha.pipeline.alerts.announcing import announce_duties
        from zicha_airflow.workplace import evidence_day, here

        with here() as place:
            return announce_duties(place, evidence_day(day))

    watch() >> announce(DAY)


watch_duties()
