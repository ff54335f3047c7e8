"""The use cases, each safe to repeat: plan, collect, close, judge, report, announce, and look."""

from zicha.pipeline.alerts.announcing import announce
from zicha.pipeline.reports.overview import overview, summary
from zicha.pipeline.reports.reporting import report
from zicha.pipeline.runs.collecting import collect
from zicha.pipeline.runs.judging import judge
from zicha.pipeline.runs.planning import close_collection, plan_collection
from zicha.pipeline.workplace import Workplace, open_workplace

__all__ = [
    "Workplace",
    "announce",
    "close_collection",
    "collect",
    "judge",
    "open_workplace",
    "overview",
    "plan_collection",
    "report",
    "summary",
]
