from __future__ import annotations

import pytest
from airflow.sdk import RetryAction

from zicha.model.errors import ConfigError, StoreError, StoreUnavailableError
from zicha.model.verdict import Reason
from zicha_airflow.retries import ONLY_CRASHES


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (RuntimeError("a crash of ours"), RetryAction.DEFAULT),
        (StoreUnavailableError("throttled", Reason.THROTTLED), RetryAction.DEFAULT),
        (StoreError("refused", Reason.REFUSED), RetryAction.FAIL),
        (ConfigError("wrong"), RetryAction.FAIL),
    ],
)
def test_only_what_may_pass_by_itself_is_tried_again(error, action):
    assert ONLY_CRASHES.evaluate(error, 1, 3).action is action
