"""The reply to an order: built from what was measured and decided, sealed; people hand it in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from zicha.custody.canonical import canonical_digest
from zicha.custody.entry import Commitment, commitment
from zicha.model.errors import ConfigError
from zicha.model.order import OrderAct, after
from zicha.model.text import Lang
from zicha.pipeline.inspections.paper_facts import document_facts
from zicha.pipeline.orders.books import happen
from zicha.pipeline.orders.documents import order_document
from zicha.pipeline.workplace import Workplace
from zicha.storage import inspections as stored
from zicha.storage import runs
from zicha.storage.ledgered_inspections import DOCUMENT

FORM = "order-reply"
SHAPES = ("docx", "pdf", "xlsx")
LEFT_OUT = ("replies", "events", "submissions")


def reply(place: Workplace, id_: str, out: Path, lang: Lang, actor: str) -> dict[str, Any]:
    """Write the reply as it stands and enter its digests; the same reply is entered once."""
    from zicha.reports.documents.registry import build
    from zicha.reports.documents.render import render
    from zicha.reports.fonts import HOW_TO_GET_ONE, cjk_font

    order = order_document(place, id_) | {"measured": _measured(place)}
    with place.database.read() as connection:
        after(stored.order(connection, id_), OrderAct.REPLY)
    due = datetime.fromisoformat(order["due"]) if order["due"] else None
    facts = document_facts(place, order["of"], order["duty"], due=due, order=order)
    built = build(FORM, facts)
    shapes = SHAPES if cjk_font() is not None else tuple(s for s in SHAPES if s != "pdf")
    if shapes != SHAPES:
        place.progress.step("pdf-left-out", why=HOW_TO_GET_ONE)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make {out} ({error.strerror}): name another folder") from error
    paths = [render(built, lang, shape, out / f"{FORM}.{id_}.{lang}.{shape}") for shape in shapes]
    files, objects = [], []
    for path in paths:
        data = path.read_bytes()
        place.store.put(data)
        held = commitment(data, DOCUMENT)
        objects.append(held)
        said = {"name": path.name, "sha256": held.sha256, "sm3": held.sm3, "size": held.size}
        files.append(said)
    standing = {name: value for name, value in order.items() if name not in LEFT_OUT}
    body = {
        "digest": canonical_digest(standing),
        "lang": lang,
        "closed": [item["id"] for item in order["items"] if item["state"] == "closed"],
        "files": files,
    }
    _enter(place, id_, body, tuple(objects), actor)
    return {
        "order": id_,
        "open": [item["id"] for item in order["items"] if item["state"] != "closed"],
        "files": [{**said, "path": str(path)} for said, path in zip(files, paths, strict=True)],
    }


def _enter(
    place: Workplace, id_: str, body: dict[str, Any], objects: tuple[Commitment, ...], actor: str
) -> None:
    with place.database.write() as connection:
        done = stored.order(connection, id_).of_act(OrderAct.REPLY)
        if not done or done[-1].body != body:
            happen(place, connection, id_, OrderAct.REPLY, body, actor=actor, objects=objects)


def _measured(place: Workplace) -> dict[str, str]:
    """The newest judged run, which the findings' states rest on."""
    with place.database.read() as connection:
        found = runs.latest(connection, runs.JUDGED, runs.REPORTED)
    return {"run": found.id, "day": found.day} if found else {"run": "", "day": ""}
