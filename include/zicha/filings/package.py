"""The package of a filing: its files by both digests, whose digest is what a person approves."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from zicha.custody.canonical import canonical
from zicha.custody.entry import Commitment, commitment
from zicha.model.errors import TamperedEvidenceError

MANIFEST = "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
FORMAT = 1


@dataclass(frozen=True, slots=True)
class PackageAbout:
    """What the manifest says beside the files; nothing of it depends on the moment.

    Args:
        document: the digest of the document's content, whatever its layout.
        run: the one it rests on; empty when nothing was ever judged.
        root: the ledger's root that the document prints, in its short form.
        answers: the digest of the file of answers, by field.
        tool: the version of this program.
    """

    filing: str
    obligation: str
    duty: str
    of: str
    form: str
    document: str
    run: str
    root: str
    answers: Mapping[str, str]
    tool: str


@dataclass(frozen=True, slots=True)
class Package:
    """The manifest's bytes, and the digests of every file; the manifest's own comes first."""

    manifest: bytes
    files: tuple[Commitment, ...]

    @property
    def digest(self) -> str:
        """What is approved, sealed and submitted."""
        return self.files[0].digest

    def rows(self) -> list[dict[str, Any]]:
        """The files as the database keeps them."""
        return [
            {"name": f.name, "sha256": f.sha256, "sm3": f.sm3, "size": f.size} for f in self.files
        ]


def pack(about: PackageAbout, files: Mapping[str, bytes]) -> Package:
    """The package of these files; the same files and facts give the same one."""
    held = tuple(commitment(data, name) for name, data in sorted(files.items()))
    said = {
        "format": FORMAT,
        **{name: getattr(about, name) for name in about.__slots__},
        "files": [{"name": f.name, "sha256": f.sha256, "sm3": f.sm3, "size": f.size} for f in held],
    }
    manifest = canonical(said)
    return Package(manifest, (commitment(manifest, MANIFEST), *held))


def check(row: Mapping[str, Any], data: bytes | None, where: str) -> None:
    """Refuse bytes that are not those of the package, naming the file and the place.

    Raises:
        TamperedEvidenceError: the file is gone, or any byte of it is another.
    """
    rebuild = "build the filing again and have that approved"
    if data is None:
        raise TamperedEvidenceError(f"package-file-missing: {row['name']} {where}: {rebuild}")
    found = commitment(data)
    known = found.sm3 and row["sm3"]
    if found.sha256 != row["sha256"] or (known and found.sm3 != row["sm3"]):
        raise TamperedEvidenceError(
            f"package-file-altered: {row['name']} {where} is not what was approved: {rebuild}"
        )


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """One zip of the files, without clocks: the same files give the same bytes."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, data in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, data)
    return packed.getvalue()
