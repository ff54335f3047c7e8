"""The command line called in this process, as a shell would: words in, exit code and text out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from zicha.cli.main import main

EXAMPLE = Path(__file__).parents[2] / "include" / "scope" / "example"


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The whole of standard output, which must be one document."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """What it said, which must be one line."""
        (line,) = self.err.splitlines()
        return line


@dataclass(frozen=True)
class CommandLine:
    """A shell whose data folder and scope are set."""

    data: Path
    scope: Path = EXAMPLE

    def __call__(self, *words: str, **environ: str) -> Ran:
        """Run one command."""
        out, err = io.StringIO(), io.StringIO()
        folders = {"ZICHA_DATA": str(self.data), "ZICHA_SCOPE": str(self.scope)}
        code: object = 0
        with (
            mock.patch.dict(os.environ, folders | environ),
            mock.patch.object(sys, "argv", ["zicha", *words]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as end:
                code = end.code
        assert isinstance(code, int)
        return Ran(code, out.getvalue(), err.getvalue())
