"""Each morning, write the risk reports of the periods that ended yesterday; most days none did."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronPartitionTimetable, dag, task

from zicha_airflow.assets import DAY
from zicha_airflow.defaults import task_defaults


# Every day, and the date alone decides: weeks, months, quarters and years end on different days,
# and a day without evidence delays nothing, it is told of.
@dag(
    schedule=CronPartitionTimetable("0 7 * * *", timezone="Asia/Shanghai", key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=task_defaults(timedelta(minutes=60)),
    tags=["zicha", "reports"],
    doc_md="""
### 编制风险报告 / report risks

**中文** 每日 07:00（北京时间）检查前一日是否为周、月、季、年的最后一天；是则编制相应的风险报告
（安全团队、管理层、监管三种深度，中英文，自查预估），封存并写入台账；不是则什么也不做。
没有检查的日期在报告中列明，不等待、不补足。手工触发时分区键填报告期结束的次日。首次使用须手工启用。

**English** Each day at 07:00 (Beijing time) it looks whether a week, month, quarter or year ended
the day before; if so, it writes that risk report (for the security team, management and the
regulator, in both languages, a self-estimate), seals it and enters it in the ledger; else it does
nothing. Days without evidence are named in the report, not waited for. A manual run needs the day
after the period's end as its partition key. It starts paused.
""",
)
def report_risks() -> None:
    """Write what ended yesterday."""

    @task(doc_md="编制已结束报告期的风险报告 / write the risk reports of what ended")
    def report(day: str) -> list[str]:
        from zicha.pipeline.risk.writing import report_risks
        from zicha_airflow.workplace import evidence_day, here

        with here() as place:
            return report_risks(place, evidence_day(day))

    report(DAY)


report_risks()
