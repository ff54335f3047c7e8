"""Once per closed collection, judge its evidence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import IdentityMapper, PartitionedAssetTimetable, dag, task

from zicha_airflow.assets import CLOSED_COLLECTION, DAY, JUDGED_EVIDENCE
from zicha_airflow.defaults import task_defaults


@dag(
    schedule=PartitionedAssetTimetable(
        assets=CLOSED_COLLECTION, default_partition_mapper=IdentityMapper()
    ),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(timedelta(hours=1)),
    tags=["zicha", "evaluation"],
    doc_md="""
### 判定证据 / judge evidence

**中文** 每次采集结账后运行一次：用 Great Expectations 逐条判定当日证据，更新问题与缺口。
一次运行只有一个任务，因为引擎的加载以秒计。读不到的一律为“未判定”，从不算作通过。

**English** Runs once for every closed collection: judges the day's evidence with Great Expectations
and advances findings and gaps. One task, because loading the engine costs seconds. What could not
be read is unknown, never a pass.
""",
)
def judge_evidence() -> None:
    """Judge the day's evidence in one task."""

    @task(outlets=[JUDGED_EVIDENCE], doc_md="逐条判定 / judge every expectation and subject")
    def judge(day: str) -> dict[str, Any]:
        from zicha.pipeline import judge
        from zicha_airflow.workplace import evidence_day, here

        with here() as place:
            return judge(place, evidence_day(day))

    judge(DAY)


judge_evidence()
