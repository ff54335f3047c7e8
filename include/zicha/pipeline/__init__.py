"""The use cases, each safe to repeat: plan, collect, close, judge, report, announce, and look."""

from zicha.pipeline.announcing import announce
from zicha.pipeline.collecting import collect
from zicha.pipeline.judging import judge
from zicha.pipeline.overview import overview, summary
from zicha.pipeline.planning import close_collection, plan_collection
from zicha.pipeline.reporting import report
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
