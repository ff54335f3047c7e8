"""One filing a run: build and lint it, ask a person about its exact digest, record, then seal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Param, dag, task

from zicha_airflow.approval import PREPARED, AskApproval
from zicha_airflow.defaults import task_defaults

LIMIT = timedelta(minutes=20)


# A run waits for a person, for weeks perhaps: no filing may keep another from being asked.
@dag(
    schedule=None,
    catchup=False,
    max_active_runs=64,
    is_paused_upon_creation=False,
    params={"filing": Param("", type="string", title="报送材料编号 / id of the filing")},
    default_args=task_defaults(LIMIT),
    tags=["zicha", "duties"],
    doc_md="""
### 报送材料审批 / approve filing

**中文** 每次运行处理一份报送材料（参数 `filing`）：生成并检查；有阻断项则到此为止；
否则请有批准权的人对确切的摘要作出决定（“Required Actions”）。起草人、填写人和无权者的批准
不算数，记录为“拒绝”并重新询问。决定连同人、摘要、时间写入自己的库和账本，然后封存。
批准后任何一个字节被改动，封存即被拒绝。程序不向任何主管部门提交材料。

**English** One filing a run (parameter `filing`): builds and lints it; ends there while something
blocks; else asks somebody who may approve about the exact digest (Required Actions). An approval
by whoever drafted or answered, or by somebody without the right, does not count: it is recorded
as refused and asked again. The decision goes into our own tables and ledger with person, digest
and time; then the package is sealed. A byte changed after approval is refused. The program hands
nothing to any authority.
""",
)
def approve_filing() -> None:
    """Prepare, ask, record; then seal, or ask again."""

    @task.short_circuit(doc_md="生成与检查 / build and lint")
    def prepare(params: dict[str, Any], dag_run: Any) -> dict[str, Any] | None:
        from zicha.pipeline.filings.approval import ask_approval
        from zicha_airflow.approval import who_runs
        from zicha_airflow.workplace import here

        with here() as place:
            return ask_approval(place, params["filing"], who_runs(dag_run), dag_run.run_id)

    @task(doc_md="记录决定 / record the decision")
    def record(prepared: dict[str, Any], answer: dict[str, Any], **context: Any) -> str:
        from zicha_airflow.approval import question_of
        from zicha_airflow.approval import record as copy_answer

        return copy_answer(answer, prepared, question_of(context))

    @task(doc_md="被拒绝则再问 / ask again when refused")
    def next_runs(prepared: dict[str, Any], decision: str) -> list[dict[str, Any]]:
        from zicha_airflow.approval import again

        return again(decision, prepared)

    @task.short_circuit(ignore_downstream_trigger_rules=False, doc_md="是否批准 / was it approved")
    def is_approved(decision: str) -> bool:
        return decision == "approved"

    @task(doc_md="核对每个字节并封存 / look at every byte and seal")
    def seal(prepared: dict[str, Any]) -> str:
        from zicha.pipeline.filings.approval import seal_filing
        from zicha_airflow.workplace import here

        with here() as place:
            return str(seal_filing(place, prepared["filing"], "schedule:approve_filing")["package"])

    prepared = prepare()
    ask = AskApproval(
        task_id="ask",
        subject=PREPARED % "subject",
        body=PREPARED % "body",
        digest=PREPARED % "package",
        # How long a person takes is bounded by the duty, not by us.
        execution_timeout=None,
        doc_md="请人批准 / ask a person",
    )
    prepared >> ask
    decision = record(prepared, ask.output)
    is_approved(decision) >> seal(prepared)
    TriggerDagRunOperator.partial(
        task_id="ask_again",
        trigger_dag_id="approve_filing",
        skip_when_already_exists=True,
        logical_date=None,
        doc_md="再问一次 / ask once more",
    ).expand_kwargs(next_runs(prepared, decision))


approve_filing()
