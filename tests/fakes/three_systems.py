"""The example group: three systems of different kinds and levels, in two provinces."""

from __future__ import annotations

import shutil
from pathlib import Path

from zicha.catalog.roots import project_root
from zicha.catalog.scope import Scope, load_scope

GROUP = project_root() / "include" / "scope" / "example-group"


def three_systems(folder: Path) -> Scope:
    """Copy the scope into a new folder, for a test to change, and load it."""
    shutil.copytree(GROUP, folder)
    return load_scope(folder)
