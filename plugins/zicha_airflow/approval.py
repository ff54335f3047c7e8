"""Asking a person to approve exact bytes, and what they answered, in our words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict

if TYPE_CHECKING:
    from airflow.sdk import Context

APPROVE, DECLINE = "批准 / Approve", "退回 / Decline"
PREPARED = "{{ ti.xcom_pull(task_ids='prepare')['%s'] }}"


class AskApproval(HITLOperator):  # type: ignore[misc]  # mypy skips airflow
    """A question whose form carries the digest of the package as a value that cannot be changed.

    Not Airflow's `ApprovalOperator`: that one skips what follows when the answer is no, and a
    refusal must be recorded, too. Nobody is assigned: a user's id hangs on the auth manager, and
    who may answer is held against our own roles, where the answer is recorded either way.
    """

    template_fields = (*HITLOperator.template_fields, "digest")

    def __init__(self, *, digest: str, **kwargs: Any) -> None:
        """Ask about the package of this digest (templated)."""
        super().__init__(options=[APPROVE, DECLINE], **kwargs)
        self.digest = digest

    def execute(self, context: Context) -> Any:
        """Put the question, with the digest among its parameters."""
        self.params = ParamsDict({"package": Param(self.digest, type="string", const=self.digest)})
        return super().execute(context)


def question_of(context: Mapping[str, Any]) -> dict[str, str]:
    """The ids by which Airflow knows the question, whatever it forgets later."""
    task = context["ti"]
    return {"dag": str(task.dag_id), "run": str(task.run_id), "task": "ask"}


def who_runs(dag_run: Any) -> str:
    """The user who started this run, else the program itself."""
    user = getattr(dag_run, "triggering_user_name", None)
    return f"airflow:{user}" if user else "schedule:approve_filing"


def record(answer: Mapping[str, Any], prepared: Mapping[str, Any], question: dict[str, str]) -> str:
    """Copy what a person answered into our own tables: approved, declined or refused."""
    from zicha.filings.approving import Decision
    from zicha.pipeline.filings.approval import channel_actor, record_answer
    from zicha_airflow.workplace import here

    user = answer.get("responded_by_user") or {}
    params = answer.get("params_input") or {}
    at = answer["responded_at"]
    said = Decision(
        actor=channel_actor(str(user.get("name") or "")),
        digest=str(params.get("package") or prepared["package"]),
        approves=list(answer["chosen_options"]) == [APPROVE],
    )
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    question = {**question, "user_id": str(user.get("id") or "")}
    with here() as place:
        return record_answer(place, prepared["filing"], said, answered_at=moment, question=question)


def again(decision: str, prepared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The next run to start: a refused answer is asked of somebody else; any other ends it."""
    return [run_of(prepared["filing"], prepared["version"], prepared["asked"] + 1)] * (
        decision == "refused"
    )


def run_of(filing: str, version: int, asked: int) -> dict[str, Any]:
    """The run that asks about a version for the n-th time: named so that none is started twice."""
    return _run(filing, f"v{version}__{asked}")


def runs_of(owed: Iterable[Mapping[str, Any]], day: str) -> list[dict[str, Any]]:
    """A run for each filing to be prepared; one that is not built yet is tried once a day."""
    return [
        run_of(each["filing"], each["version"], each["asked"])
        if each["built"]
        else _run(each["filing"], day)
        for each in owed
    ]


def _run(filing: str, name: str) -> dict[str, Any]:
    return {"trigger_run_id": f"{filing}__{name}", "conf": {"filing": filing}}
