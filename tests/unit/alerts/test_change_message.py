"""What a change's message says beside its findings."""

from __future__ import annotations

from zicha.alerts.change_message import compose_change
from zicha.model.text import Text


def lines(*waiting):
    said = compose_change(
        run="2026-11-22-e1", demo=False, notices=1, new=(), worse=(), fixed=(), unread=0,
        waiting=waiting,
    )  # fmt: skip
    return [line for line in said.lines if "daily run" in line.en]


def test_it_names_what_only_the_daily_run_judges_and_nothing_where_nothing_waits():
    (line,) = lines(Text("离岗人员", "Leavers"), Text("台账", "Assets"))

    assert line.zh == "全部或部分待每日巡检判定：离岗人员；台账"
    assert line.en == "Left to the daily run, in whole or in part: Leavers; Assets"
    assert lines() == []
