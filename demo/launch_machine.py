"""Whether this machine and this folder can run the demo, and what to do instead where not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zicha.storage.file_systems import MOUNTS, NETWORK, file_system_of

AWKWARD = "%?#\\\"'\n"


class LaunchError(Exception):
    """The demo cannot go on; the message says what to do."""


def check_machine(
    platform: str = sys.platform, python: tuple[int, ...] = sys.version_info[:2]
) -> None:
    """Refuse what is not Linux with Python 3.11 to 3.13."""
    if platform == "darwin":
        raise LaunchError(
            "make run needs Linux, and this is macOS: clone the project inside a Linux virtual "
            "machine or container (Debian or Ubuntu with python3 and make) and run it there"
        )
    if platform != "linux":
        raise LaunchError(
            f"make run needs Linux, and this is {platform}: on Windows, clone the project inside "
            "WSL 2, under your Linux home folder, and run it there"
        )
    if not (3, 11) <= python[:2] < (3, 14):
        raise LaunchError(
            f"make run needs Python 3.11 to 3.13, and .venv has {python[0]}.{python[1]}: "
            "remove .venv and run make with PYTHON=python3.11"
        )


def check_folder(folder: Path, mounts: str | None = None) -> None:
    """Refuse a folder where SQLite would lose data, or whose name its addresses cannot carry."""
    awkward = [c for c in AWKWARD if c in str(folder)]
    if awkward:
        raise LaunchError(
            f"{folder}: the path holds {awkward[0]!r}, which database addresses cannot carry: "
            "move the project to a folder without it"
        )
    point, kind = file_system_of(folder, _mounts() if mounts is None else mounts)
    # A sandbox may serve its own root over 9p; there is no other disk then.
    if kind in NETWORK and (kind, point) != ("9p", "/"):
        raise LaunchError(
            f"{folder} is on a network or Windows file system ({kind}), where SQLite loses data: "
            "move the project to a local Linux folder, for example under your home folder"
        )
    if not os.access(folder, os.W_OK):
        raise LaunchError(f"{folder} cannot be written to: change its owner, or clone it elsewhere")


def _mounts() -> str:
    if not MOUNTS.exists():
        return ""
    return MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
