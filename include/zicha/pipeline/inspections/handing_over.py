"""The hand-over: the documents, the evidence bundles, the list with digests, and how to verify."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zicha.catalog.roots import templates_dir
from zicha.custody.bag import close_bag
from zicha.custody.entry import Commitment, commitment
from zicha.model.document import Document
from zicha.model.errors import ConfigError, EvidenceError
from zicha.model.inspection import Inspection, InspectionAct, after, next_event
from zicha.model.text import Lang, Text
from zicha.pipeline.custody.sealing import origin_of, seal_ledger
from zicha.pipeline.duties.showing import said
from zicha.pipeline.inspections.bundling import ESTIMATE, Frozen, bundle
from zicha.pipeline.inspections.documents import all_attested, attested_file, collect
from zicha.pipeline.inspections.paper_facts import document_facts
from zicha.pipeline.inspections.use_cases import document, entered
from zicha.pipeline.received import entity_of
from zicha.pipeline.runs.covering import frameworks_of
from zicha.pipeline.runs.rules import policy
from zicha.pipeline.workplace import Workplace
from zicha.storage import inspections as stored
from zicha.storage.ledgered_inspections import DOCUMENT

Row = dict[str, Any]
FORM = "inspection-handover"
LIST = "handover-list"
MANIFEST = "manifest-sha256.txt"
LANGUAGES: tuple[Lang, ...] = ("zh", "en")
SHAPES = ("docx", "pdf", "xlsx")


def hand_over(place: Workplace, id_: str, out: Path, actor: str) -> dict[str, Any]:
    """Write everything into a new folder and enter what was handed over, by digests.

    Raises:
        ConfigError: the inspection is closed, or something stands in the folder already.
    """
    rows = collect(place, id_, actor)
    with place.database.read() as connection:
        known = stored.inspection(connection, id_)
        after(id_, known.state, InspectionAct.HAND_OVER)
        shown = document(place, connection, known)
    out = out.resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is not empty: name a new folder with --out")
    if not out.parent.is_dir():
        raise ConfigError(f"{out.parent} is no folder: name one that there is with --out")
    # Nobody sees a hand-over that is half written: it takes its name when it is whole.
    made = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        said_ = _write(place, known, rows, shown, made)
        if out.exists():
            out.rmdir()
        made.chmod(0o750)
        made.replace(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return _enter(place, known, said_, out, actor)


def _write(
    place: Workplace, known: Inspection, rows: list[Row], shown: Mapping[str, Any], made: Path
) -> dict[str, Any]:
    files: list[Row] = []
    lacking: list[Row] = []
    for each in [*_documents(place, rows, made), *_bundles(place, known, rows, made)]:
        (files if "sha256" in each else lacking).append(each)
    listed = {"documents": rows, "files": files, "lacking": lacking}
    built = _list_of(place, known, {**shown, **listed})
    lists = _render(place, built, made / "data" / "list")
    shutil.copyfile(templates_dir() / "handover" / "verify.sh", made / "verify.sh")
    (made / "verify.sh").chmod(0o755)
    close_bag(made, _about(place, known))
    held = commitment((made / MANIFEST).read_bytes(), DOCUMENT)
    place.store.put((made / MANIFEST).read_bytes())
    return {
        **listed,
        "lists": lists,
        "manifest": {"sha256": held.sha256, "sm3": held.sm3, "size": held.size},
    }


def _enter(
    place: Workplace, known: Inspection, said_: Mapping[str, Any], out: Path, actor: str
) -> dict[str, Any]:
    manifest = said_["manifest"]
    held = Commitment(DOCUMENT, manifest["sha256"], manifest["sm3"], manifest["size"])
    body = {name: said_[name] for name in ("files", "lacking", "lists", "manifest")}
    with place.database.write() as connection:
        now = stored.inspection(connection, known.id)
        event = next_event(now, InspectionAct.HAND_OVER, body, place.clock(), actor)
        entered(connection, event, (held,))
    seal_ledger(place)
    return {"inspection": known.id, "path": str(out), **said_}


def _documents(place: Workplace, rows: list[Row], made: Path) -> Iterator[Row]:
    given = {one.attestation.id: one.attestation for one in all_attested(place)}
    for row in rows:
        taken: set[str] = set()
        for one in row["found"]:
            if one["what"] in {"evidence", "obligation"}:
                continue
            data: bytes | Text
            if one["what"] == "access-policy":
                data = _policy()
            elif one["what"] == "attestation":
                path = attested_file(place, given[one["attestation"]])
                data = _attested(path, one["sha256"])
            else:
                data = _stored(place, one["sha256"])
            yield _placed(made, row["id"], one, data, taken)


def _placed(made: Path, document_: str, one: Row, data: bytes | Text, taken: set[str]) -> Row:
    name = _free(_plain(one["name"]), taken)
    if isinstance(data, Text):
        return {"document": document_, "path": name, "because": said(data)}
    path = made / "data" / "documents" / document_ / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return _listed(made, path, document_)


def _bundles(place: Workplace, known: Inspection, rows: list[Row], made: Path) -> Iterator[Row]:
    wanted = {
        (one["system"], one["framework"]): row["id"]
        for row in rows
        for one in row["found"]
        if one["what"] == "evidence"
    }
    for system in known.notice["systems"]:
        if all(system != other for other, _ in wanted):
            wanted[system, frameworks_of(place.scope.system(system))[0]] = ""
    runs = frozenset(run["id"] for run in known.frozen["runs"])
    frozen = Frozen(runs, known.frozen["ledger"]["size"])
    for (system, framework), row in sorted(wanted.items()):
        folder = made / "data" / "evidence" / f"{system}.{framework}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            bundle(place, system=system, framework_id=framework, out=folder, frozen=frozen)
        except EvidenceError as error:
            shutil.rmtree(folder, ignore_errors=True)
            path = f"evidence/{system}.{framework}"
            why = said(Text(f"证据包未能生成：{error}", f"no bundle could be made: {error}"))
            yield {"document": row, "path": path, "because": why}
        else:
            yield _listed(made, folder / "tagmanifest-sha256.txt", row)


def _listed(made: Path, path: Path, document_: str) -> Row:
    held = commitment(path.read_bytes())
    return {
        "document": document_,
        "path": path.relative_to(made).as_posix(),
        "sha256": held.sha256,
        "sm3": held.sm3,
        "size": held.size,
    }


def _list_of(place: Workplace, known: Inspection, inspection: Mapping[str, Any]) -> Document:
    from zicha.reports.documents.registry import build

    of = entity_of(place.scope, known.notice["systems"][0])
    return build(FORM, document_facts(place, of, known.notice.get("duty"), inspection=inspection))


def _render(place: Workplace, built: Document, folder: Path) -> list[Row]:
    from zicha.reports.documents.render import render
    from zicha.reports.fonts import HOW_TO_GET_ONE, cjk_font

    folder.mkdir(parents=True)
    shapes = SHAPES if cjk_font() is not None else tuple(s for s in SHAPES if s != "pdf")
    if shapes != SHAPES:
        place.progress.step("pdf-left-out", why=HOW_TO_GET_ONE)
    made = []
    for lang in LANGUAGES:
        for shape in shapes:
            path = render(built, lang, shape, folder / f"{LIST}.{lang}.{shape}")
            held = commitment(path.read_bytes())
            made.append({"path": f"data/list/{path.name}", "sha256": held.sha256, "sm3": held.sm3})
    return made


def _stored(place: Workplace, digest: str) -> bytes | Text:
    try:
        return place.store.get(f"sha256:{digest}")
    except EvidenceError as error:
        return Text(f"存储中取不出：{error}", f"the store does not give it: {error}")


def _attested(path: Path | None, digest: str) -> bytes | Text:
    if path is None or not path.is_file():
        return Text(
            "只有摘要，文件在提交人处，请由其提供",
            "only its digest is here: ask whoever attested for the file",
        )
    data = path.read_bytes()
    if commitment(data).sha256 != digest:
        return Text("文件与登记的摘要不符", "the file is not the one whose digest was entered")
    return data


def _policy() -> bytes:
    return (json.dumps(policy(), indent=2) + "\n").encode()


def _plain(name: str) -> str:
    """A name that is only a name: whoever sent the file chose it."""
    kept = "".join(c if c.isalnum() or c in "._-" else "_" for c in Path(name).name)
    return kept.lstrip(".")[:120] or "file"


def _free(name: str, taken: set[str]) -> str:
    count, free = 2, name
    while free in taken:
        free, count = f"{count}-{name}", count + 1
    taken.add(free)
    return free


def _about(place: Workplace, known: Inspection) -> dict[str, str]:
    demo = "演示数据 / demonstration data; " if place.scope.demo else ""
    return {
        "Source-Organization": place.scope.organisation.name.zh,
        "Bagging-Date": place.today(),
        "External-Identifier": f"{origin_of(place)} {known.id}",
        "External-Description": f"{demo}{ESTIMATE}",
        "Zicha-Frozen-Root": known.frozen["ledger"]["short"],
        "Zicha-Frozen-Digest": known.opened["frozen_digest"],
        "Bag-Software-Agent": f"zicha {place.version}",
    }
