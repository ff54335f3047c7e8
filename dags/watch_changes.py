"""Whenever a change notice comes, and every five minutes: look again at what changed, and tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from zicha_airflow.change_queue import CHANGE_NOTICES, is_on
from zicha_airflow.defaults import task_defaults


# The watcher is for speed; the schedule drains what it missed, so that no broken link is silence.
@dag(
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/5 * * * *", timezone="Asia/Shanghai"),
        assets=CHANGE_NOTICES,
    )
    if is_on()
    else None,
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    # What died is taken up where it stopped: there is nothing to wait for.
    default_args=task_defaults(timedelta(minutes=20)) | {"retry_delay": timedelta(seconds=2)},
    tags=["zicha", "evidence"],
    doc_md="""
### 跟踪变更 / watch changes

**中文** 变更通知到达后（数秒内），并且每五分钟：先写入收件表，再从队列删除；只复查通知所指的
对象，在同一任务中采集、判定并告警；同一对象的多条通知合并为一次。无法解析的通知计数并转入死信
队列，没有对应规则的事件计数，见 `zicha doctor`。未设置 `ZICHA_EVENT_QUEUE` 时不运行。
每日采集仍覆盖全部范围。首次使用须手工启用。

**English** Within seconds of a change notice, and every five minutes: writes it into the inbox,
only then deletes it from the queue; looks again at just what it names; collects, judges and
announces in one task; many notices of one subject are one look. What cannot be read is counted and
goes to the dead-letter queue, events without a route are counted: see `zicha doctor`. Off unless
`ZICHA_EVENT_QUEUE` is set. The daily collection still covers everything. It starts paused.
""",
)
def watch_changes() -> None:
    """Receive, follow, tell: one task, because each task costs a second."""

    @task(doc_md="接收、复查、告警 / receive, look again, tell")
    def follow(triggering_asset_events: Any = None) -> list[dict[str, Any]]:
        from zicha_airflow.change_queue import follow_changes

        return follow_changes(triggering_asset_events)

    follow()


watch_changes()
