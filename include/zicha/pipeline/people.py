"""What people say: the sheet of attestations, written for a system and loaded whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zicha.custody.entry import commitment
from zicha.custody.store import digest_of
from zicha.pipeline.runs.covering import framework, frameworks_of
from zicha.pipeline.workplace import Workplace
from zicha.reports.attestation_sheet import read_sheet, write_template
from zicha.storage import attestations, ledger, ledgered
from zicha.storage.attestations import ATTESTATION, Declaration, LoadedFile


def attestation_template(place: Workplace, system: str, out: Path, framework_id: str = "") -> Path:
    """Write the sheet of what needs a person, for one system and one of its frameworks."""
    wanted = place.scope.system(system)
    held = framework(framework_id or frameworks_of(wanted)[0])
    return write_template(held, wanted, out, place.scope.objects_in(system))


def load_attestations(place: Workplace, path: Path, author: str) -> list[dict[str, Any]]:
    """Read a filled sheet and remember it under its digest and who loaded it; all of it or none.

    Raises:
        ConfigError: a row is wrong; every wrong row is named, and nothing was changed.
    """
    read = read_sheet(path, place.scope)
    data = path.read_bytes()
    digest = digest_of(data)
    file = LoadedFile(ATTESTATION, path.name, digest, author, place.clock())
    declared = [
        Declaration(one.id, one.model_dump(mode="json"), one.dated, one.valid_until) for one in read
    ]
    with place.database.write() as connection:
        turns = attestations.load(connection, ATTESTATION, file, declared)
        by = ledger.person_id(connection, author)
        drafts = [
            ledgered.of_file(file, len(declared), commitment(data), by),
            *(ledgered.of_declaration(ATTESTATION, one, by) for one in declared),
            *(ledgered.of_turn(turn, by) for turn in turns),
        ]
        ledger.append(connection, drafts, place.clock())
    return [
        {"id": one.id, "kind": one.kind, "items": list(one.items), "answer": one.answer}
        for one in read
    ]
