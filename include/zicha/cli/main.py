"""`zicha`: exit 0 done, 1 a check falls short, 2 wrong input, 77 skipped with its reason.

Two more, which mean that nothing was concluded: 70 a fault of our own, 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

import zicha
from zicha.cli import (
    alerts,
    catalogue,
    changes,
    day,
    duties,
    filings,
    findings,
    health,
    incidents,
    inspections,
    lists,
    orders,
    people,
    retention,
    waivers,
)
from zicha.cli.gate import gated
from zicha.cli.output import prepare_streams, say
from zicha.model.errors import ZichaError
from zicha.reports.safe_text import one_line

ANYWHERE = {"--data": "ZICHA_DATA", "--scope": "ZICHA_SCOPE"}
WRONG_INPUT = 2
CRASHED = 70
INTERRUPTED = 130
NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
BROKEN_DATABASE = frozenset(("DatabaseError", "OperationalError"))
TRACE = "ZICHA_TRACE"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="自查：持续自检流水线 / continuous self-inspection",
    epilog="exit codes: 0 done, 1 a check falls short, 2 wrong input, 77 skipped with its reason; "
    "nothing concluded: 70 a fault of our own, 130 interrupted",
)
for part in (
    day,
    lists,
    catalogue,
    changes,
    duties,
    incidents,
    filings,
    inspections,
    orders,
    people,
    findings,
    waivers,
    health,
    retention,
    alerts,
):
    part.add_to(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"zicha {zicha.__version__}")
        raise typer.Exit


@app.callback()
def everywhere(
    data: Annotated[
        str, typer.Option(metavar="DIR", help="the data folder (ZICHA_DATA); anywhere in the line")
    ] = "",
    scope: Annotated[
        str, typer.Option(metavar="DIR", help="the scope (ZICHA_SCOPE); anywhere in the line")
    ] = "",
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="which zicha it is")
    ] = False,
) -> None:
    """自查：持续自检流水线 / continuous self-inspection."""
    # The folders were taken out of the line before it came here; the help lists them.
    del data, scope, version


def _hoisted(words: Sequence[str]) -> list[str]:
    """Take `--data DIR` and `--scope DIR` out of the words, wherever they stand."""
    left: list[str] = []
    rest = iter(words)
    for word in rest:
        name, has_value, value = word.partition("=")
        if name in ANYWHERE:
            given = value if has_value else next(rest, "")
            if not given or (given.startswith("--") and not has_value):
                raise SystemExit(_refused(f"{name} needs a folder: {name} DIR"))
            os.environ[ANYWHERE[name]] = given
        else:
            left.append(word)
    return left


def _refused(sentence: str) -> int:
    say(f"zicha: {sentence}")
    return WRONG_INPUT


def _interrupted() -> int:
    say("zicha: stopped; what is sealed stays, and the same command goes on from there")
    return INTERRUPTED


def main() -> None:
    """Run one command; every error we raise on purpose is one sentence and exit code 2."""
    raise SystemExit(_exit_code(sys.argv[1:]))


def _exit_code(words: Sequence[str]) -> int:
    prepare_streams()
    try:
        command = gated(typer.main.get_command(app))
        code = command(_hoisted(words), prog_name="zicha", standalone_mode=False)
    except ZichaError as error:
        return _refused(str(error))
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:  # noqa: BLE001 - a person reads one sentence, not a stack
        return _said_of(error)
    if code == INTERRUPTED:
        return _interrupted()
    return code if isinstance(code, int) else 0


def _said_of(error: Exception) -> int:
    """What to say of an error that we did not raise: wrong usage, a file's, or a fault of ours."""
    usage = getattr(error, "format_message", None)
    if usage is not None:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(str(usage()), err=True)
            return WRONG_INPUT
        sentence = str(usage()).strip().rstrip(".").replace("Value error, ", "")
        return _refused(f"{sentence[:1].lower()}{sentence[1:]}: see `zicha --help`")
    # The writer of workbooks wraps what the file system said.
    for said in (error, *error.args):
        if isinstance(said, OSError) and said.errno in NO_ROOM:
            told = f"{said.filename or 'what was written'}: {os.strerror(said.errno).lower()}"
            return _refused(f"{told}: make room, then run the same command again")
        if isinstance(said, OSError) and said.filename and said.strerror:
            told = f"{said.filename}: {said.strerror.lower()}"
            return _refused(f"{told}: name another file or folder")
    if type(error).__name__ in BROKEN_DATABASE and hasattr(error, "orig"):
        told = f"the database says: {one_line(str(error.orig))}"
        return _refused(f"{told}: wait for whoever holds it, or restore it from a copy")
    if os.environ.get(TRACE):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    what = one_line(f"{type(error).__name__}: {error}")
    say(
        f"zicha: a fault of our own, please report it: {what} "
        f"({os.path.basename(last.filename)}:{last.lineno}; {TRACE}=1 shows the whole trace)"  # noqa: PTH119
    )
    return CRASHED


if __name__ == "__main__":
    main()
