"""The inspection bundle: entries, bytes and proofs that anybody can verify without us."""

from __future__ import annotations

import base64
import csv
import io
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zicha.custody.bag import close_bag
from zicha.custody.checkpoint import Checkpoint
from zicha.custody.entry import entry_of
from zicha.custody.merkle import Tree
from zicha.custody.tlog_proof import prove
from zicha.model.errors import ConfigError

DIGITS = 12
GUIDES = {"guide.zh.txt": "阅读说明.txt", "guide.en.txt": "READ-ME.txt"}
SCRIPT = "verify.sh"


@dataclass(slots=True)
class Contents:
    """What goes into a bundle.

    Args:
        entries: the bodies by their number.
        objects: the bytes by their sha256 in hex.
        withheld: why an object is here by its digest only.
        checkpoints: in the order of size; every entry is proved under the last one.
        tokens: time-stamp answers by the size of their checkpoint.
        authority: the PEM certificates that the tokens verify against.
        cosigners: the PEM public keys of who signed beside the ledger, by id.
        readable: copies for people, by their path under `data/readable`.
    """

    entries: Mapping[int, bytes]
    objects: Mapping[str, bytes]
    withheld: Mapping[str, str]
    checkpoints: Sequence[Checkpoint]
    tokens: Mapping[int, bytes] = field(default_factory=dict)
    authority: bytes = b""
    cosigners: Mapping[str, str] = field(default_factory=dict)
    readable: Mapping[str, bytes] = field(default_factory=dict)


def write_bundle(
    folder: Path, held: Contents, tree: Tree, about: Mapping[str, str], templates: Path
) -> int:
    """Write the bundle into a new folder; how many entries it proves.

    Raises:
        ConfigError: something stands there already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty: name a new folder with --out")
    data = folder / "data"
    for name in ("entries", "proofs", "objects", "checkpoints", "consistency", "timestamps"):
        (data / name).mkdir(parents=True, exist_ok=True)
    last = held.checkpoints[-1]
    for seq, body in held.entries.items():
        named = f"{seq:0{DIGITS}d}"
        (data / "entries" / f"{named}.json").write_bytes(body)
        proof = str(prove(tree, seq, last))
        (data / "proofs" / f"{named}.tlog-proof").write_text(proof, encoding="utf-8")
    for digest, found in held.objects.items():
        (data / "objects" / digest).write_bytes(found)
    _checkpoints(data, held, tree)
    for id_, key in held.cosigners.items():
        path = data / "cosigners" / f"{id_}.pem"
        path.parent.mkdir(exist_ok=True)
        path.write_text(key, encoding="ascii")
    for name, found in held.readable.items():
        path = data / "readable" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found)
    (data / "contents.csv").write_bytes(_contents(held))
    lines = [f"{digest} {why}\n" for digest, why in sorted(held.withheld.items())]
    (data / "withheld.txt").write_text("".join(lines), encoding="utf-8")
    for template, name in {**GUIDES, SCRIPT: SCRIPT}.items():
        shutil.copyfile(templates / template, folder / name)
    (folder / SCRIPT).chmod(0o755)
    close_bag(folder, about)
    return len(held.entries)


def as_csv(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> bytes:
    """Rows for a spreadsheet; a cell that it would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_inert(row.get(name)) for name in columns])
    return out.getvalue().encode("utf-8-sig", "replace")


def _checkpoints(data: Path, held: Contents, tree: Tree) -> None:
    earlier = 0
    for checkpoint in held.checkpoints:
        named = f"{checkpoint.size:0{DIGITS}d}"
        path = data / "checkpoints" / f"{named}.checkpoint"
        path.write_text(checkpoint.note, encoding="utf-8")
        if earlier:
            proof = tree.consistency(earlier, checkpoint.size)
            lines = "".join(f"{base64.b64encode(each).decode()}\n" for each in proof)
            (data / "consistency" / f"{earlier}-{checkpoint.size}.txt").write_text(lines)
        earlier = checkpoint.size
        if checkpoint.size in held.tokens:
            (data / "timestamps" / f"{named}.tsr").write_bytes(held.tokens[checkpoint.size])
    if held.tokens:
        (data / "timestamps" / "ca.pem").write_bytes(held.authority)


def _contents(held: Contents) -> bytes:
    rows: list[dict[str, object]] = []
    for seq, body in held.entries.items():
        entry = entry_of(body)
        said = {n: entry.about.get(n, "") for n in ("run", "source", "table", "finding", "system")}
        for one in entry.commits:
            state = "here" if one.sha256 in held.objects else "withheld"
            rows.append(
                {
                    "entry": seq,
                    "at": entry.at.isoformat(),
                    "kind": entry.kind.value,
                    **said,
                    "what": one.name,
                    "state": state,
                    "sha256": one.sha256,
                    "sm3": one.sm3,
                    "size": one.size,
                }
            )
    columns = ("entry", "at", "kind", "run", "source", "table", "finding", "system")
    return as_csv(rows, (*columns, "what", "state", "sha256", "sm3", "size"))


def _inert(cell: object) -> str:
    said = "" if cell is None else str(cell)
    return f"'{said}" if said.lstrip()[:1] in {*"=+-@＝＋－＠"} else said
