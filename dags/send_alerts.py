"""Every five minutes, send what the outbox still holds; once a day, the digest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task

from zicha_airflow.defaults import task_defaults


@dag(
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=task_defaults(timedelta(minutes=10)),
    tags=["zicha", "alerts"],
    doc_md="""
### 补发告警 / send alerts

**中文** 补发发件箱中到期的消息：未送出的、静默时段留下的、可能送达而须加注重发的；
到 `alerts.yaml` 写明的时刻后发送每日摘要。自查系统自身的异常与恢复、久未恢复的缺口按工作日升级，
亦由此发送。首次使用须手工启用。

**English** Sends what is due in the outbox: what failed, what quiet hours held back, and, marked,
what may have arrived; after the hour in `alerts.yaml` also the digest of the day. What is wrong
with the pipeline itself, once and when it ends, and gaps that stay for working days are told from
here too. It starts paused.
""",
)
def send_alerts() -> None:
    """Send what is due; tell the day."""

    @task(doc_md="系统自身异常、缺口升级，并补发 / its own health, gaps that stay, what is due")
    def send() -> list[str]:
        import time

        from zicha.pipeline.alerts.desk import look_and_send
        from zicha_airflow.workplace import here

        with here() as place:
            sent = look_and_send(place, time.sleep)
        return [f"{each['key']} {each['state']} {each['error']}".rstrip() for each in sent]

    @task(doc_md="每日摘要 / the digest of the day")
    def digest() -> dict[str, Any]:
        from zicha.pipeline.alerts.desk import digest_if_due
        from zicha_airflow.workplace import here

        with here() as place:
            return digest_if_due(place)

    send()
    digest()


send_alerts()
