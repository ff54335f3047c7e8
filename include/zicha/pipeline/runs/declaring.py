"""What the scope's files declare and a run relies on, entered with its digest and who ran it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from zicha.custody.entry import commitment
from zicha.custody.store import digest_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import attestations, ledger, ledgered
from zicha.storage.attestations import WAIVER, Declaration, LoadedFile


def enter_waivers(place: Workplace, connection: Connection) -> None:
    """Remember the waivers as their file holds them; the same file again changes nothing.

    A waiver that the file no longer holds is withdrawn, and what was declared stays on record.
    """
    path: Path = place.scope.folder / "waivers.yaml"
    if not path.is_file():
        return
    data = path.read_bytes()
    file = LoadedFile(WAIVER, path.name, digest_of(data), place.actor, place.clock())
    declared = [
        Declaration(one.id, one.model_dump(mode="json"), None, one.expires)
        for one in place.scope.waivers
    ]
    turns = attestations.load(connection, WAIVER, file, declared)
    by = ledger.person_id(connection, place.actor)
    drafts = [
        ledgered.of_file(file, len(declared), commitment(data), by),
        *(ledgered.of_declaration(WAIVER, one, by) for one in declared),
        *(ledgered.of_turn(turn, by) for turn in turns),
    ]
    ledger.append(connection, drafts, place.clock())
