"""`zicha`: exit 0 done, 1 a check falls short, 2 wrong input, 77 skipped with its reason."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from zicha.cli import catalogue, health, inspection, lists, people, retention
from zicha.cli.output import say
from zicha.model.errors import ZichaError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="自查：持续自检流水线 / continuous self-inspection",
)
for part in (inspection, lists, catalogue, people, health, retention):
    part.add_to(app)

ANYWHERE = {"--data": "ZICHA_DATA", "--scope": "ZICHA_SCOPE"}


def _hoisted(words: Sequence[str]) -> list[str]:
    """Take `--data DIR` and `--scope DIR` out of the words, wherever they stand."""
    left: list[str] = []
    rest = iter(words)
    for word in rest:
        name, has_value, value = word.partition("=")
        if name in ANYWHERE:
            given = value if has_value else next(rest, "")
            if not given:
                raise SystemExit(_refused(f"{name} needs a folder: {name} DIR"))
            os.environ[ANYWHERE[name]] = given
        else:
            left.append(word)
    return left


def _refused(sentence: str) -> int:
    say(f"zicha: {sentence}")
    return 2


def main() -> None:
    """Run one command; every error we raise on purpose is one sentence and exit code 2."""
    try:
        app(_hoisted(sys.argv[1:]))
    except ZichaError as error:
        raise SystemExit(_refused(str(error))) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        raise SystemExit(0) from None
