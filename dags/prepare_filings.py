"""Every morning, open a filing for each duty that is owed a document, and have it approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import CronPartitionTimetable, dag, task

from zicha_airflow.assets import DAY
from zicha_airflow.defaults import task_defaults


# After watch_duties, which opens what is owed. Paused until somebody wants it, like that one.
@dag(
    schedule=CronPartitionTimetable("30 8 * * *", timezone="Asia/Shanghai", key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=task_defaults(timedelta(minutes=20)),
    tags=["zicha", "duties"],
    doc_md="""
### 准备报送材料 / prepare filings

**中文** 每个自然日 08:30（北京时间），为每项已开启且有表单的义务立一份报送材料，
并为每份尚未定案的材料启动一次“approve_filing”。同一版本同一问题只问一次；
等待批准的材料不会被重新生成。首次使用须手工启用。

**English** Each calendar day at 08:30 (Beijing time) it opens a filing for each duty that is owed
a document of a form, and starts `approve_filing` for each that is not settled. A question about a
version is put once; what waits for an answer is not built anew. It starts paused.
""",
)
def prepare_filings() -> None:
    """Open what is owed, then start one run a filing."""

    @task(doc_md="立项 / open filings")
    def open_filings(day: str) -> list[dict[str, Any]]:
        from zicha.pipeline.filings.calendar import open_owed
        from zicha_airflow.approval import runs_of
        from zicha_airflow.workplace import evidence_day, here

        with here() as place:
            owed = open_owed(place, "schedule:prepare_filings")
        return runs_of(owed, evidence_day(day))

    TriggerDagRunOperator.partial(
        task_id="start_approval",
        trigger_dag_id="approve_filing",
        skip_when_already_exists=True,
        logical_date=None,
        doc_md="逐份启动审批 / start an approval for each",
    ).expand_kwargs(open_filings(DAY))


prepare_filings()
