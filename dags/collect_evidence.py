"""Every night, collect the whole scope once, and announce it once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronPartitionTimetable, Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from zicha_airflow.assets import CLOSED_COLLECTION, DAY
from zicha_airflow.defaults import COLLECT_POOL, task_defaults


# No start date: then unpausing starts no run of its own for an interval that is long over.
@dag(
    schedule=CronPartitionTimetable("0 2 * * *", timezone="Asia/Shanghai", key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(timedelta(minutes=30)),
    params={
        "again": Param(
            default=False,
            type="boolean",
            title="再次采集 / collect again",
            description="当日已封存时重新采集 / collect anew although the day is sealed",
        ),
        "sources": Param(
            default=[],
            type="array",
            items={"type": "string", "minLength": 1},
            uniqueItems=True,
            title="来源 / sources",
            description="只采集这些来源，空为全部 / only these sources; empty means all",
        ),
    },
    tags=["zicha", "evidence"],
    doc_md="""
### 采集证据 / collect evidence

**中文** 每日 02:00（北京时间）对全部范围采集一次配置与日志证据。分区键即证据日（`YYYY-MM-DD`）。
来源无法访问不算任务失败：它被封存为一条缺口；只有本程序自身崩溃才重试。
`close_collection` 无论如何都会运行，列明每个批次的结果，并且是唯一的出口。
手工触发时须填写分区键（今天）；当日已封存则不再采集，除非参数 `again` 为真。

**English** Collects the whole scope once a day at 02:00 (Beijing time). The partition key is the
evidence day. A source that cannot be reached is a sealed gap, not a failed task; only a crash of
our own is tried again. `close_collection` runs whatever happened, accounts for every batch, and
alone announces the collection. A manual run needs today as its partition key; a day that is sealed
already is left alone unless `again` is set.
""",
)
def collect_evidence() -> None:
    """Plan batches, collect them side by side, then close the books, whatever happened."""

    @task(doc_md="把范围分成批次 / divide the scope into batches")
    def plan(day: str, params: dict[str, Any] | None = None, dag_run: Any = None) -> list[str]:
        from zicha.pipeline import plan_collection
        from zicha_airflow.workplace import evidence_day, here, trigger_of

        asked = params or {}
        with here() as place:
            return plan_collection(
                place,
                evidence_day(day),
                again=bool(asked.get("again")),
                trigger=trigger_of(dag_run),
                sources=tuple(asked.get("sources") or ()),
            )

    @task(pool=COLLECT_POOL, doc_md="询问一批来源并封存 / ask one batch of sources, and seal")
    def collect(batch: str) -> str:
        from zicha.pipeline import collect
        from zicha_airflow.workplace import here

        with here() as place:
            return collect(place, batch)

    @task(
        trigger_rule="all_done",
        outlets=[CLOSED_COLLECTION],
        doc_md="结账并宣布 / close the books and announce",
    )
    def close_collection(day: str, batches: list[str] | None) -> str:
        from zicha.model.errors import ConfigError
        from zicha.pipeline import close_collection
        from zicha_airflow.workplace import evidence_day, here, is_open

        if batches is None:
            raise ConfigError("nothing was planned: see the log of the task plan")
        with here() as place:
            if not batches and not is_open(place, evidence_day(day)):
                raise AirflowSkipException(f"{day} is collected already: nothing new to announce")
            return close_collection(place, evidence_day(day))

    planned = plan(DAY)
    collect.expand(batch=planned) >> close_collection(DAY, planned)


collect_evidence()
