"""Commands about duties: whom they bind, when they are due, what was done about them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from zicha.cli.output import Format, Shape, say, show_json, show_rows
from zicha.cli.people import actor
from zicha.cli.place import declared, here
from zicha.model.errors import ConfigError
from zicha.model.obligation import Act
from zicha.model.our_time import absurd

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
BY_PEOPLE = tuple(
    each.value for each in (Act.TAKE, Act.HAND_IN, Act.ACCEPT, Act.RETURN, Act.WITHDRAW)
)
System = Annotated[str, typer.Option("--system", help="the id of a graded system")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("duties")(list_duties)
    app.command("due")(when_due)
    app.command("calendar")(calendar)
    app.command("obligation")(obligation)


def list_duties(system: System = "", form: Shape = Format.TABLE) -> None:
    """义务清单 / duties, and why each binds or not."""
    from zicha.pipeline.duties import showing as duties

    rows = duties.duty_rows(declared(), system)
    if form is not Format.JSON:
        for row in rows:
            row["sources"] = [f"{s['id']} ({s['grade']})" for s in row["sources"]]
    show_rows(rows, ["id", "status", "binds", "authority", "due", "because", "sources"], form)
    _not_advice()


def when_due(
    duty: Annotated[str, typer.Argument(help="the id of a duty")],
    since: Annotated[str, typer.Option("--from", help="2026-10-02 or 2026-10-02T03:10+08:00")],
    system: System = "",
    notice: Annotated[str, typer.Option("--notice-due", help="the day in the notice")] = "",
    form: Shape = Format.TABLE,
) -> None:
    """期限 / when a duty is due, and what is disputed about it."""
    from zicha.duties.time import moment_of
    from zicha.pipeline.duties import showing as duties

    found = duties.due_document(declared(), duty, moment_of(since), system, _day(notice))
    if form is Format.JSON:
        show_json(found)
    else:
        columns = ["clock", "at", "rule", "whose", "rolls_to", "provisional", "source", "grade"]
        show_rows(list(duties.due_lines(found)), columns, form)
        say(f"plan by {found['binding'] or 'no number'}: {found['because']['en']}")
        for dispute in found["disputes"]:
            readings = "; ".join(f"{r['source']}: {r['says']['en']}" for r in dispute["readings"])
            say(f"disputed {dispute['about']}: {readings}. {dispute['followed']['en']}")
    _not_advice()


def calendar(
    ics: Annotated[Path | None, typer.Option("--ics", help="a file for calendar programs")] = None,
    month: Annotated[str, typer.Option("--month", help="YYYY-MM; a month to look at")] = "",
    form: Shape = Format.TABLE,
) -> None:
    """义务日历 / obligations with their due moments, owners and states."""
    from zicha.pipeline.duties import obligations
    from zicha.pipeline.duties.calendar import calendar_file, month_view

    if month:
        _check_month(month)
    place = here()
    seen = obligations.watch_duties(place)
    rows = obligations.calendar_rows(place, month)
    if ics is not None:
        _write(ics, calendar_file(rows, place.clock()))
        say(f"{ics}: {len([row for row in rows if row['due']])} events")
    if month and form is Format.TABLE:
        for week in month_view(rows, month):
            say(week)
    show_rows(rows, ["due", "obligation", "state", "owner", "provisional", "grade"], form)
    for missing in seen["unanchored"]:
        say(
            f"{missing['duty']} binds {missing['of']}, and nothing says since when: "
            "give its day under anchors in duties.yaml"
        )
    for id_ in seen["unbound"]:
        say(f"{id_}: its duty no longer binds; withdraw it with a reason, or correct the scope")
    if seen["undetermined"]:
        open_ = len({each["duty"] for each in seen["undetermined"]})
        say(f"{open_} duties cannot be decided yet: `zicha duties` names the facts to declare")
    if seen["year_without_a_table"]:
        say(f"{seen['year_without_a_table']} has no table of working days: add its notice")
    _not_advice()


def obligation(
    what: Annotated[str, typer.Argument(help="take, hand-in, accept, return, withdraw")],
    id_: Annotated[str, typer.Argument(metavar="ID", help="an id of `zicha calendar`")],
    because: Annotated[str, typer.Option("--because", help="the receipt, or the reason")] = "",
    form: Shape = Format.TABLE,
) -> None:
    """处理义务 / record what was done about one obligation."""
    from zicha.pipeline.duties import obligations

    if what not in BY_PEOPLE:
        raise ConfigError(f"{what!r} is nothing that people do: choose {', '.join(BY_PEOPLE)}")
    row = obligations.record(here(), id_, Act(what), actor(), because)
    show_rows([row], ["due", "obligation", "state", "owner"], form)
    _not_advice()


def _check_month(said: str) -> None:
    if not MONTH.fullmatch(said):
        raise ConfigError(f"{said!r} is no month: write 2026-10")
    year, number = int(said[:4]), int(said[5:])
    wrong = absurd(date(max(year, 1), number, 1))
    if wrong:
        raise ConfigError(f"{said!r} {wrong}")


def _day(said: str) -> date | None:
    from zicha.duties.time import day_of

    return day_of(said) if said else None


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"cannot write {path} ({error.strerror}): name another file") from error


def _not_advice() -> None:
    from zicha.catalog.duties import NOT_ADVICE

    say(f"{NOT_ADVICE.zh} / {NOT_ADVICE.en}")
