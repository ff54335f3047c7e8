"""What `zicha report risk` is asked for, and its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from zicha.cli.place import Bars, here, watched
from zicha.model.errors import ConfigError
from zicha.model.text import Lang


class RiskReport(NamedTuple):
    """The options of the command as they were given."""

    period: str
    of: str
    depth: str
    system: str
    lang: Lang
    run: str


def written_risk_report(wanted: RiskReport, out: Path) -> list[dict[str, Any]]:
    """Write one periodic risk report; the organisation's, or that of one system."""
    from zicha.pipeline.risk.report import risk_facts
    from zicha.pipeline.risk.writing import chosen_period, depth_of, write

    if wanted.run:
        raise ConfigError("a risk report is of a period, not of a run: give --of instead of --run")
    if not wanted.period:
        raise ConfigError("--period is missing: give week, month, quarter or year")
    with watched() as progress:
        place = here(progress)
        depth = depth_of(wanted.depth or "management")
        known = [system.id for system in place.scope.systems]
        if wanted.system and wanted.system not in known:
            raise ConfigError(
                f"no system {wanted.system} in the scope: give one of {', '.join(known)}"
            )
        facts = risk_facts(place, chosen_period(place, wanted.period, wanted.of), wanted.system)
        if isinstance(progress, Bars):
            progress.expect("report", _shapes())
        return write(place, facts, out, depth, wanted.lang)


def _shapes() -> int:
    from zicha.reports.documents.render import SHAPES
    from zicha.reports.fonts import cjk_font

    return len(SHAPES) if cjk_font() else len(SHAPES) - 1
