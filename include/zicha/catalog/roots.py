"""Where the project's files stand, whoever asks and from wherever."""

from __future__ import annotations

import os
from pathlib import Path


def project_root() -> Path:
    """The folder that holds `include/` and `expectations/`: ZICHA_HOME, else where we stand."""
    named = os.environ.get("ZICHA_HOME", "")
    return Path(named).resolve() if named else Path(__file__).resolve().parents[3]


def catalog_dir() -> Path:
    """Frameworks, controls, thresholds and the other catalogues."""
    return project_root() / "include" / "catalog"


def suites_dir() -> Path:
    """The expectation suites, one folder per kind of source."""
    return project_root() / "expectations" / "suites"


def views_dir() -> Path:
    """The derived tables that a suite may name."""
    return project_root() / "expectations" / "views"


def templates_dir() -> Path:
    """The report templates."""
    return project_root() / "include" / "templates"


def default_scope_dir() -> Path:
    """The user's scope, if there is one; else the example set that comes with the project."""
    own = project_root() / "include" / "scope"
    return own if (own / "organisation.yaml").is_file() else own / "example"
