"""BagIt (RFC 8493): a folder that says what it holds, so that `sha256sum -c` can check it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def close_bag(folder: Path, about: Mapping[str, str]) -> None:
    """Write the declaration and the manifests of a folder whose payload stands in `data/`."""
    payload = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
    octets = sum(path.stat().st_size for path in payload)
    said = {**about, "Payload-Oxum": f"{octets}.{len(payload)}"}
    lines = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in said.items())
    (folder / "bagit.txt").write_text(DECLARATION, encoding="utf-8")
    (folder / "bag-info.txt").write_text(lines, encoding="utf-8")
    _manifest(folder, "manifest-sha256.txt", payload)
    tags = sorted(path for path in folder.iterdir() if path.is_file())
    _manifest(folder, "tagmanifest-sha256.txt", tags)


def _manifest(folder: Path, name: str, paths: list[Path]) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in paths
    ]
    (folder / name).write_text("".join(lines), encoding="utf-8")
