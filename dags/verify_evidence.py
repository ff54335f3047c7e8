"""Every morning, enter the day into the ledger and verify all that was ever sealed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronPartitionTimetable, dag, task

from zicha_airflow.defaults import task_defaults


# After the inspection, so that its evidence is verified on the day on which it was sealed.
@dag(
    schedule=CronPartitionTimetable("0 6 * * *", timezone="Asia/Shanghai", key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=task_defaults(timedelta(hours=1)),
    tags=["zicha", "custody"],
    doc_md="""
### 核验证据 / verify evidence

**中文** 每日 06:00（北京时间）先写入当日心跳（没有证据也写，缺席因此可证），再核验全部封存物、
账本、检查点、签名、时间戳与删除凭证。发现异常即通知健康频道并使任务失败，频道中只有种类与数量；
逐条内容用 `zicha verify` 查看。依法到期删除的不算异常。

**English** At 06:00 (Beijing time), first enters the day's heartbeat, with or without evidence, so
that absence can be proved; then verifies every sealed object, the ledger, its checkpoints,
signatures, time-stamps and tombstones. A fault is told to the health channel by kinds and counts,
and fails the task; `zicha verify` names each. What has lawfully expired is no fault.
""",
)
def verify_evidence() -> None:
    """Say that the day passed, then hold everything against the ledger."""

    @task(doc_md="写入当日心跳并签名 / enter the day's heartbeat, and sign")
    def beat() -> str:
        from zicha.pipeline.custody.sealing import heartbeat
        from zicha_airflow.workplace import here

        with here() as place:
            return heartbeat(place).short

    # A ledger that refuses to be signed is what most needs to be verified.
    @task(trigger_rule="all_done", doc_md="核验全部并报告异常 / verify everything, tell of faults")
    def verify() -> dict[str, Any]:
        from zicha.pipeline.alerts.watching import watch
        from zicha_airflow.workplace import here

        with here() as place:
            return watch(place)

    beat() >> verify()


verify_evidence()
