"""What the ledger says of a press of a button: the act and its outcome, not who."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zicha.custody.entry import Kind
from zicha.storage.ledger import Draft


def of_press(row: Mapping[str, Any], by: str = "") -> Draft:
    """One press, done or refused."""
    about = {name: row[name] for name in ("act", "outcome")}
    return Draft(f"press/{row['key']}", Kind.PRESS, about, row=dict(row), by=by)
