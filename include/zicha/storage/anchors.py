"""Anchors: which checkpoints somebody outside has stamped, and which still wait for it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from zicha.storage.schema_ledger import anchors
from zicha.storage.writing import put

STAMPED, FAILED = "stamped", "failed"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One checkpoint with one authority."""

    checkpoint: int
    authority: str
    state: str
    attempts: int
    changed_at: datetime
    detail: str = ""
    token: bytes = b""


def keep(connection: Connection, anchor: Anchor) -> None:
    """Remember how asking went; what was stamped stays stamped."""
    held = {(one.checkpoint, one.authority): one for one in every(connection)}
    before = held.get((anchor.checkpoint, anchor.authority))
    if before is not None and before.state == STAMPED:
        return
    row = {
        "checkpoint": anchor.checkpoint,
        "authority": anchor.authority,
        "state": anchor.state,
        "attempts": (before.attempts if before else 0) + anchor.attempts,
        "changed_at": anchor.changed_at,
        "detail": anchor.detail,
        "token": base64.b64encode(anchor.token).decode(),
    }
    put(connection, anchors, [row])


def every(connection: Connection) -> list[Anchor]:
    """All anchors, by checkpoint."""
    said = select(anchors).order_by(anchors.c.checkpoint, anchors.c.authority)
    return [
        Anchor(**{**row, "token": base64.b64decode(row["token"])})
        for row in connection.execute(said).mappings()
    ]
