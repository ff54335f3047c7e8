"""Once per judgement, write the reports and tell the people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import IdentityMapper, PartitionedAssetTimetable, dag, task

from zicha_airflow.assets import DAY, JUDGED_EVIDENCE
from zicha_airflow.defaults import task_defaults


@dag(
    schedule=PartitionedAssetTimetable(
        assets=JUDGED_EVIDENCE, default_partition_mapper=IdentityMapper()
    ),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(timedelta(minutes=30)),
    tags=["zicha", "reports"],
    doc_md="""
### 报告问题 / report findings

**中文** 判定完成后生成自查报告（自查预估，非等级测评结论），并发送一条消息：新增、恶化、已整改、
读不到的数量。消息不含名称、地址或漏洞细节。报告与消息互不等待。

**English** After each judgement, writes the self-inspection reports (a self-estimate, not an
assessment conclusion) and sends one message with counts of what is new, worse, fixed and
unreadable: no names, addresses or details. Neither waits for the other.
""",
)
def report_findings() -> None:
    """Write the reports; tell the people."""

    @task(doc_md="生成报告 / write the reports")
    def report(day: str) -> list[str]:
        from zicha.pipeline import report
        from zicha_airflow.workplace import evidence_day, here

        with here() as place:
            return report(place, evidence_day(day))

    @task(doc_md="发送消息 / send the message")
    def announce(day: str) -> dict[str, Any]:
        from zicha.pipeline import announce
        from zicha_airflow.workplace import evidence_day, here

        with here() as place:
            return announce(place, evidence_day(day))

    report(DAY)
    announce(DAY)


report_findings()
