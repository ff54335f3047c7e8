"""Change notices by hand: receive what is on the queue and follow it, without Airflow."""

from __future__ import annotations

import typer

from zicha.cli.output import Format, Shape, show_rows
from zicha.cli.place import here


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("changes")(changes)


def changes(form: Shape = Format.TABLE) -> None:
    """接收变更通知并复查 / receive the change notices that wait, look again, and tell.

    Exit code 2 when ZICHA_EVENT_QUEUE names no queue.
    """
    import time

    from zicha.pipeline.events.dispatching import follow
    from zicha.pipeline.events.receiving import drain

    place = here()
    drain(place)
    done = [
        {
            "run": one["run"],
            "notices": one["notices"],
            "calls": one["calls"],
            "left_to_daily_run": one["left_to_daily_run"],
            "told": one["told"]["state"],
            "outcomes": one["outcomes"],
        }
        for one in follow(place, time.sleep)
    ]
    show_rows(done, ["run", "notices", "calls", "told"], form)
