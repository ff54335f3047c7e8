from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from zicha.cli.place import Bars, Lines


def bars():
    screen = Progress(console=Console(file=io.StringIO()))
    return Bars(screen), screen


def counts(screen):
    return [(task.description, task.completed, task.total) for task in screen.tasks]


def test_lines_tell_the_steps_and_leave_out_the_finest(capsys):
    lines = Lines()
    lines.step("pack-sealed", source="a")
    lines.step("collected", source="a")

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.split(maxsplit=1)[1] == "collected source=a\n"


def test_a_bar_counts_the_planned_sources():
    shown, screen = bars()
    shown.step("planned", run="r", sources=3)
    shown.step("opening", source="a")
    shown.step("collected", source="a")

    assert counts(screen) == [("采集 collect", 1, 3)]


def test_a_phase_that_ended_is_full_though_parts_of_it_fell_away():
    shown, screen = bars()
    shown.expect("judge", 14)
    shown.step("suite-judged", suite="a/b")
    shown.step("outcomes-sealed", outcomes=1)
    shown.expect("report", 8)
    shown.step("report-written", path="a.docx")

    assert counts(screen) == [("判定 judge", 14, 14), ("报告 report", 1, 8)]


def test_a_step_before_any_phase_moves_nothing():
    shown, screen = bars()
    shown.step("opening", source="a")

    assert counts(screen) == []
