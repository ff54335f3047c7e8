"""Sealing the ledger: number what was said, sign the tree, keep a copy where we cannot undo it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.custody import tiles
from zicha.custody.checkpoint import Checkpoint, checkpoint_of, short_form, sign_checkpoint
from zicha.custody.entry import Kind, entry_of
from zicha.custody.merkle import Tree, is_consistent
from zicha.custody.note import VerifierKey, verifier_key
from zicha.custody.second import SecondPlace
from zicha.custody.signing import Signer, command_signer, file_signer
from zicha.model.errors import TamperedEvidenceError
from zicha.pipeline.custody.importing import import_earlier
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, ledger, ledgered, runs
from zicha.storage.ledger import Draft

LEDGER = "ledger"
LOOK = "run `zicha verify`, keep every copy as it is, and find out who wrote there"


@dataclass(frozen=True, slots=True)
class KeyInForce:
    """A key that the ledger itself introduced, and from which entry on it signs."""

    key: VerifierKey
    since: int


def origin_of(place: Workplace) -> str:
    """The name of the ledger, which stands in each checkpoint."""
    organisation = place.scope.organisation
    return f"zicha/{organisation.id}{'/demo' if organisation.demo else ''}"


def signer_of(place: Workplace) -> Signer:
    """Who signs here: the command that the environment names, else the key in the data folder."""
    origin = origin_of(place)
    command = place.settings.signer_command
    if command:
        return command_signer(command, place.settings.signer_key, origin)
    return file_signer(place.data, origin)


def cosigners_of(place: Workplace) -> list[Signer]:
    """Who signs beside: the command that the environment names, if any."""
    named = place.settings
    if not named.cosigner_command:
        return []
    return [command_signer(named.cosigner_command, named.cosigner_key, origin_of(place))]


def second_of(place: Workplace) -> SecondPlace:
    """The place that the environment names, else a folder beside the database."""
    named = place.settings.second_store
    return SecondPlace(Path(named).expanduser() if named else place.data / "checkpoints")


def seal_ledger(place: Workplace) -> Checkpoint:
    """Number the waiting records and sign the tree; the same tree is signed once.

    Raises:
        TamperedEvidenceError: the tree does not extend the last checkpoint; nothing was signed.
    """
    signer, second, origin = signer_of(place), second_of(place), origin_of(place)
    at = place.clock()
    with place.database.write() as connection:
        import_earlier(place, connection, at)
        _introduce(connection, place, signer.key)
        size = ledger.sequence(connection)
        tree = Tree(ledger.leaves(connection))
        known = ledger.last_signed(connection)
        outside = second.latest(origin)
        # Until the tiles were written once, the process may have died before its first copy.
        if known is not None and outside is None and was_copied(place):
            raise TamperedEvidenceError(
                f"{second.root} holds no checkpoint, and one of {known.size} entries was signed: "
                f"if the folder is new, copy {place.data / 'checkpoints'} into it; else {LOOK}"
            )
        for earlier in (outside, checkpoint_of(known.note, origin) if known else None):
            _check_extends(tree, earlier)
        if known and (known.size, known.key_id) == (size, signer.key.hex_id):
            signed = checkpoint_of(known.note, origin)
        else:
            signers = [signer, *cosigners_of(place)]
            signed = sign_checkpoint(origin, size, tree.root(), signers)
            ledger.keep_checkpoint(connection, signed, signer.key.hex_id, at)
        every = ledger.signed(connection)
        keys = keys_in_force(connection)
    # The rows are the truth: a crash from here on costs copies, which the next sealing makes.
    copies(place, second, every, keys)
    project(place, second, tree, signed)
    place.progress.step("ledger-signed", size=signed.size)
    return signed


def heartbeat(place: Workplace) -> Checkpoint:
    """Say that a day has passed, with or without evidence, and sign; the first of a day stays."""
    day = place.today()
    with place.database.write() as connection:
        of_day = runs.of_day(connection, day)
        items = sum(len(evidence.of_run(connection, run.id)) for run in of_day)
        draft = ledgered.of_day(day, len(of_day), items)
        ledger.append(connection, [draft], place.clock())
    return seal_ledger(place)


def root_of(place: Workplace) -> dict[str, Any] | None:
    """The newest checkpoint, with the short form that reports and messages print.

    Whoever holds it can show later that the ledger was rewritten (`zicha verify --root`).
    """
    with place.database.read() as connection:
        known = ledger.last_signed(connection)
    if known is None:
        return None
    return {
        "short": short_form(known.size, bytes.fromhex(known.root)),
        "origin": origin_of(place),
        "size": known.size,
        "root": known.root,
        "key": known.key_id,
        "signed_at": known.signed_at,
    }


def keys_in_force(connection: Connection) -> list[KeyInForce]:
    """The keys that the ledger introduced, in order, with the first size that each may sign."""
    introduced = {key for key, _ in ledger.bodies(connection, "key/")}
    found = []
    for line in ledger.lines_of(connection, introduced):
        entry = entry_of(line.body)
        found.append(KeyInForce(verifier_key(str(entry.about["key"])), line.seq))
    return found


def copies(
    place: Workplace,
    second: SecondPlace,
    signed: Iterable[ledger.Signed],
    keys: Iterable[KeyInForce],
) -> None:
    """Put into the second place whatever it does not hold yet."""
    held = {tuple(name.split(".")[0].split("-")) for name in second.names()}
    origin = origin_of(place)
    for each in keys:
        second.keep_key(each.key)
    for cosigner in cosigners_of(place):
        second.keep_cosigner(cosigner.key)
    for one in signed:
        if (f"{one.size:012d}", one.root, one.key_id) not in held:
            second.keep(checkpoint_of(one.note, origin), one.key_id)


def project(place: Workplace, second: SecondPlace, tree: Tree, signed: Checkpoint) -> None:
    """Bring the tiles up to the checkpoint, here and, when it is elsewhere, in the second place."""
    folders = [place.data / LEDGER]
    if place.settings.second_store:
        folders.append(second.root / LEDGER)
    for folder in folders:
        with tiles.alone_in(folder):
            known = projected(folder, signed)
            # Another process may have signed and written a larger tree meanwhile.
            if known <= signed.size:
                _project(place, folder, tree, known)
                tiles.replace_file(folder / "checkpoint", signed.note.encode())


def was_copied(place: Workplace) -> bool:
    """Whether a sealing ever came as far as the tiles, which come after the copies."""
    return (place.data / LEDGER / "checkpoint").exists()


def _project(place: Workplace, folder: Path, tree: Tree, known: int) -> None:
    first = known // tiles.WIDTH * tiles.WIDTH
    with place.database.read() as connection:
        bodies = [line.body for line in ledger.lines(connection, first)]
    tiles.write_tiles(folder, tiles.tiles(tree, known))
    tiles.write_tiles(folder, tiles.bundles(bodies[: tree.size - first], first))


def projected(folder: Path, signed: Checkpoint) -> int:
    """Up to which size the tiles of this folder were written; 0 when that is not certain."""
    path = folder / "checkpoint"
    try:
        found = checkpoint_of(path.read_text(encoding="utf-8"), signed.origin)
    except (OSError, ValueError, TamperedEvidenceError):
        return 0
    return found.size


def _check_extends(tree: Tree, earlier: Checkpoint | None) -> None:
    if earlier is None:
        return
    if earlier.size > tree.size:
        raise TamperedEvidenceError(
            f"the ledger has {tree.size} entries, and {earlier.short} was signed: it was cut, "
            f"rolled back or replaced, nothing is signed until it is restored; {LOOK}"
        )
    proof = tree.consistency(earlier.size, tree.size)
    old = tree.root(earlier.size)
    if old != earlier.root or not is_consistent(
        earlier.size, tree.size, proof, earlier.root, tree.root()
    ):
        raise TamperedEvidenceError(
            f"the ledger does not extend {earlier.short}, which was signed: an entry up to there "
            f"was changed, nothing is signed; {LOOK}"
        )


def _introduce(connection: Connection, place: Workplace, key: VerifierKey) -> None:
    """The first key introduces itself; a later one must have been introduced by rotation."""
    known = ledger.bodies(connection, "key/")
    if not known:
        about = {"key": str(key), "origin": key.name}
        draft = Draft(f"key/{key.hex_id}", Kind.KEY, about)
        ledger.append(connection, [draft], place.clock())
        return
    newest = verifier_key(str(entry_of(known[-1][1]).about["key"]))
    if newest != key:
        raise TamperedEvidenceError(
            f"the ledger is signed by key {newest.hex_id}, and the signer here is {key.hex_id}: "
            "restore the key, or introduce the new one with `zicha rotate-key`"
        )
