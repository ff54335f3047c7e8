"""The second place: checkpoints, public keys and time-stamps kept apart from the database."""

from __future__ import annotations

import os
from pathlib import Path

from zicha.custody.checkpoint import Checkpoint, checkpoint_of
from zicha.custody.note import VerifierKey, verifier_key
from zicha.custody.tiles import replace_file
from zicha.model.errors import ConfigError, TamperedEvidenceError

DIGITS = 12
SUFFIX = ".checkpoint"


class SecondPlace:
    """A folder, best on another machine or under a lock: what was put there is never changed."""

    def __init__(self, root: Path) -> None:
        """Use this folder; it is made when something is first put."""
        self.root = Path(root)
        self._checkpoints = self.root / "checkpoints"
        self._keys = self.root / "keys"
        self._cosigners = self.root / "cosigners"
        self._tokens = self.root / "timestamps"

    def keep(self, checkpoint: Checkpoint, key_id: str) -> None:
        """Put a checkpoint; the same one again changes nothing."""
        name = f"{checkpoint.size:0{DIGITS}d}-{checkpoint.root.hex()}-{key_id}{SUFFIX}"
        self._put(self._checkpoints / name, checkpoint.note.encode())

    def names(self) -> list[str]:
        """The names of the checkpoints, by size."""
        return sorted(path.name for path in self._checkpoints.glob(f"*{SUFFIX}"))

    def read(self, name: str, origin: str = "") -> Checkpoint:
        """The checkpoint of this name.

        Raises:
            TamperedEvidenceError: it is damaged, or not the one that its name says.
            ConfigError: it is of another ledger.
        """
        path = self._checkpoints / name
        try:
            found = checkpoint_of(path.read_text(encoding="utf-8"), origin)
        except (TamperedEvidenceError, UnicodeDecodeError) as error:
            raise TamperedEvidenceError(f"{path} was altered ({error})") from error
        if not name.startswith(f"{found.size:0{DIGITS}d}-{found.root.hex()}-"):
            raise TamperedEvidenceError(f"{path} was altered: it is not what its name says")
        return found

    def latest(self, origin: str) -> Checkpoint | None:
        """The checkpoint of the largest tree."""
        names = self.names()
        return self.read(names[-1], origin) if names else None

    def keep_key(self, key: VerifierKey) -> None:
        """Put a public key; whoever verifies later trusts the keys that are here."""
        self._put(self._keys / f"{key.hex_id}.vkey", f"{key}\n".encode())

    def keys(self) -> dict[str, VerifierKey]:
        """The public keys, by id."""
        found = (verifier_key(path.read_text()) for path in sorted(self._keys.glob("*.vkey")))
        return {key.hex_id: key for key in found}

    def keep_cosigner(self, key: VerifierKey) -> None:
        """Put the public key of who signs beside the ledger's own key."""
        self._put(self._cosigners / f"{key.hex_id}.vkey", f"{key}\n".encode())

    def cosigners(self) -> dict[str, VerifierKey]:
        """The public keys of the cosigners, by id."""
        found = (verifier_key(path.read_text()) for path in sorted(self._cosigners.glob("*.vkey")))
        return {key.hex_id: key for key in found}

    def keep_token(self, name: str, token: bytes) -> None:
        """Put a time-stamp token."""
        self._put(self._tokens / name, token)

    def _put(self, path: Path, data: bytes) -> None:
        if path.exists():
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data)
            _sync(path.parent)
        except OSError as error:
            raise ConfigError(
                f"cannot write {path} ({error.strerror}): the second place must take every "
                "checkpoint, correct ZICHA_SECOND_STORE"
            ) from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
