"""Which failures of a task are worth a second try: our own crashes and a busy store, few times."""

from __future__ import annotations

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

ONLY_CRASHES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="zicha.model.errors.StoreUnavailableError",
            action=RetryAction.DEFAULT,
            reason="the object store was throttled or did not answer",
        ),
        RetryRule(
            exception="zicha.model.errors.ZichaError",
            action=RetryAction.FAIL,
            reason="an error that we raise on purpose would come back",
        ),
    ]
)
