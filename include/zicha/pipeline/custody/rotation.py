"""Another signing key: introduced by the one before it, so that the chain of keys is proved."""

from __future__ import annotations

from zicha.custody.entry import Kind, entry_of
from zicha.custody.signing import NAME, file_signer
from zicha.model.errors import ConfigError
from zicha.pipeline.custody.sealing import origin_of, seal_ledger
from zicha.pipeline.workplace import Workplace
from zicha.storage import ledger
from zicha.storage.ledger import Draft

NEXT = f"{NAME}.next"


def rotate_key(place: Workplace) -> dict[str, str]:
    """Make a new key, have both keys sign its introduction, and sign the ledger with it.

    Done again after a crash, it ends what it began.
    """
    if place.settings.signer_command:
        raise ConfigError(
            "the key is held by ZICHA_SIGNER_COMMAND: rotate it there, and introduce it by "
            "hand, as the documentation of the signer shows"
        )
    seal_if_settled(place)
    old = file_signer(place.data, origin_of(place))
    new = file_signer(place.data, origin_of(place), NEXT)
    said = f"{old.key}\n{new.key}\n".encode()
    about = {
        "key": str(new.key),
        "origin": new.key.name,
        "replaces": old.key.hex_id,
        "by_old": old.sign(said).hex(),
        "by_new": new.sign(said).hex(),
    }
    with place.database.write() as connection:
        draft = Draft(f"key/{new.key.hex_id}", Kind.KEY, about)
        ledger.append(connection, [draft], place.clock())
    (place.data / NEXT).replace(place.data / NAME)
    seal_ledger(place)
    return {"old": old.key.hex_id, "new": new.key.hex_id}


def seal_if_settled(place: Workplace) -> None:
    """Seal with the key in force, unless a rotation died between its entry and its file."""
    with place.database.read() as connection:
        known = ledger.bodies(connection, "key/")
    newest = str(entry_of(known[-1][1]).about["key"]) if known else ""
    if (place.data / NEXT).exists() and newest == str(
        file_signer(place.data, origin_of(place), NEXT).key
    ):
        return
    seal_ledger(place)
