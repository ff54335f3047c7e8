"""Inspections by an authority: opened over a frozen scope, recorded as they go, closed.

Nothing here tells anybody outside: people answer, hand over and sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.duties import NOT_ADVICE, duty_named, load_duties
from zicha.catalog.notices import InspectionNotice
from zicha.custody.canonical import canonical_digest
from zicha.custody.entry import Commitment
from zicha.duties.time import ZONE
from zicha.model.errors import ConfigError
from zicha.model.inspection import Inspection, InspectionAct, InspectionEvent, next_event
from zicha.pipeline.custody.holding import hold_within
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.duties.showing import moment, said
from zicha.pipeline.inspections.freezing import freeze
from zicha.pipeline.received import checked_authority, office_of, paper, read_file, received_at
from zicha.pipeline.runs.covering import framework
from zicha.pipeline.workplace import Workplace
from zicha.storage import inspections as stored
from zicha.storage import ledger, ledgered_inspections

SIDES = ("authority", "ours")
PERSON = "person:"


def open_inspection(place: Workplace, path: Path, actor: str) -> dict[str, Any]:
    """Freeze the scope of a notice and hold its evidence; the same notice opens nothing twice."""
    file = read_file(path, InspectionNotice)
    _check(place, file, path)
    notice = file.model_dump(mode="json", by_alias=True, exclude_none=True)
    digest, now = canonical_digest(notice), place.clock()
    received = received_at(file.received, now, path)
    # Signed before it is frozen, so that the frozen root covers every digest that is listed.
    seal_ledger(place)
    with place.database.write() as connection:
        known = _known(connection, file, digest)
        if known is not None:
            return document(place, connection, known)
        frozen = freeze(place, connection, file, path)
        id_ = stored.next_id(connection, stored.INSPECTION, place.today())
        period = frozen["period"]
        why = f"{id_}: {file.kind} {file.authority} {file.number}".strip()
        covers = {"from": period["from"], "until": period["until"]}
        hold = hold_within(place, connection, covers, why, actor)
        body = {
            "notice": notice,
            "digest": digest,
            "received": moment(received),
            "frozen": frozen | {"hold": hold.id},
            "frozen_digest": canonical_digest(frozen),
        }
        event = InspectionEvent(id_, 1, InspectionAct.OPEN, body, now, actor)
        entered(connection, event)
        opened = stored.inspection(connection, id_)
        found = document(place, connection, opened)
    seal_ledger(place)
    return found


def ask(
    place: Workplace, id_: str, text: str, by: str, actor: str, *, at: datetime | None = None
) -> dict[str, Any]:
    """Record a question that was asked; it is numbered."""
    wanted = _text(text, "--text: say what was asked")
    with place.database.write() as connection:
        known = stored.inspection(connection, id_)
        number = len(known.of_act(InspectionAct.QUESTION)) + 1
        body = {
            "question": number,
            "text": wanted,
            "by": person(connection, by),
            "asked_at": moment(_past(place, at)),
        }
        return record(place, connection, known, InspectionAct.QUESTION, body, actor=actor)


def answer(
    place: Workplace,
    id_: str,
    question: int,
    text: str,
    *,
    by: str,
    actor: str,
    at: datetime | None = None,
    file: Path | None = None,
) -> dict[str, Any]:
    """Record an answer, with the digest of its paper; another answer stands beside the earlier."""
    wanted = _text(text, "--text: say what was answered")
    with place.database.write() as connection:
        known = stored.inspection(connection, id_)
        asked = {each.body["question"] for each in known.of_act(InspectionAct.QUESTION)}
        if question not in asked:
            raise ConfigError(f"inspection {id_} has no question {question}: see `show {id_}`")
        held, objects = (None, ()) if file is None else _sealed(place, file)
        body = {
            "question": question,
            "text": wanted,
            "by": person(connection, by),
            "answered_at": moment(_past(place, at)),
            "file": held,
        }
        return record(
            place, connection, known, InspectionAct.ANSWER, body, actor=actor, objects=objects
        )


def meet(
    place: Workplace,
    id_: str,
    name: str,
    *,
    role: str,
    side: str,
    actor: str,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Record a person who took part; rows and ledger know them by an id that can be erased."""
    if side not in SIDES:
        raise ConfigError(f"--side {side}: choose authority or ours")
    with place.database.write() as connection:
        known = stored.inspection(connection, id_)
        body = {
            "person": person(connection, _text(name, "--name: say who it was")),
            "role": role.strip(),
            "side": side,
            "met_at": moment(_past(place, at)),
        }
        return record(place, connection, known, InspectionAct.MEET, body, actor=actor)


def close_inspection(place: Workplace, id_: str, result: str, actor: str) -> dict[str, Any]:
    """End it with what the authority concluded; the hold stays until it is released by name."""
    body = {"result": _text(result, "--result: say how it ended")}
    with place.database.write() as connection:
        known = stored.inspection(connection, id_)
        return record(place, connection, known, InspectionAct.CLOSE, body, actor=actor)


def reopen_inspection(place: Workplace, id_: str, because: str, actor: str) -> dict[str, Any]:
    """Take a closed inspection up again; its frozen scope is the same."""
    body = {"because": _text(because, "--because: say why it is reopened")}
    with place.database.write() as connection:
        known = stored.inspection(connection, id_)
        return record(place, connection, known, InspectionAct.REOPEN, body, actor=actor)


def inspection_rows(place: Workplace) -> list[dict[str, Any]]:
    """Every inspection in a line, the newest first."""
    with place.database.read() as connection:
        return [_line(place, each) for each in stored.inspections(connection)]


def inspection_document(place: Workplace, id_: str) -> dict[str, Any]:
    """One inspection whole: notice, frozen scope, documents, questions, people, history."""
    with place.database.read() as connection:
        return document(place, connection, stored.inspection(connection, id_))


def record(
    place: Workplace,
    connection: Connection,
    known: Inspection,
    act: InspectionAct,
    body: Mapping[str, Any],
    *,
    actor: str,
    objects: tuple[Commitment, ...] = (),
) -> dict[str, Any]:
    """Write the next thing that happens, and its entry of the ledger."""
    entered(connection, next_event(known, act, body, place.clock(), actor), objects)
    return document(place, connection, stored.inspection(connection, known.id))


def entered(
    connection: Connection, event: InspectionEvent, objects: tuple[Commitment, ...] = ()
) -> None:
    """Write an event and let the ledger commit to it."""
    row = stored.append(connection, event)
    by = ledger.person_id(connection, event.actor)
    draft = ledgered_inspections.of_event(stored.INSPECTION, row, objects, by)
    ledger.append(connection, [draft], event.at)


def person(connection: Connection, name: str) -> str:
    """The erasable id of a person by name; nobody named is nobody's."""
    return ledger.person_id(connection, f"{PERSON}{name.strip()}") if name.strip() else ""


def document(place: Workplace, connection: Connection, found: Inspection) -> dict[str, Any]:
    """The inspection as JSON holds it."""
    frozen = found.frozen
    names = _names(connection, found)
    return _line(place, found) | {
        "scope_heads": found.notice.get("scope_heads", []),
        "frozen": {
            **{n: frozen[n] for n in ("at", "day", "period", "hold", "ledger", "catalogue")},
            "runs": [run["id"] for run in frozen["runs"]],
            "evidence": len(frozen["evidence"]),
            "reports": len(frozen["reports"]),
            "open_findings": len(frozen["open_findings"]),
            "tool": frozen["tool"],
            "scope": frozen["scope"],
            "digest": found.opened["frozen_digest"],
        },
        "documents": _last(found, InspectionAct.COLLECT, "documents"),
        "questions": _questions(found, names),
        "people": [
            {
                "name": names.get(each.body["person"], "已抹除 / erased"),
                **{n: each.body[n] for n in ("person", "role", "side", "met_at")},
            }
            for each in found.of_act(InspectionAct.MEET)
        ],
        "handed_over": [
            {**each.body, **_by(each)} for each in found.of_act(InspectionAct.HAND_OVER)
        ],
        "result": _last(found, InspectionAct.CLOSE, "result"),
        "events": [
            {"number": each.number, "act": each.act.value} | _by(each) for each in found.events
        ],
        "note": said(NOT_ADVICE),
    }


def _line(place: Workplace, found: Inspection) -> dict[str, Any]:
    notice = found.notice
    documents = _last(found, InspectionAct.COLLECT, "documents") or []
    asked = len(found.of_act(InspectionAct.QUESTION))
    answered = {each.body["question"] for each in found.of_act(InspectionAct.ANSWER)}
    return {
        "inspection": found.id,
        "state": found.state.value,
        "kind": notice["kind"],
        "authority": notice["authority"],
        "office": said(office_of(place.scope, notice["authority"], notice["systems"][0])),
        "number": notice["number"],
        "received": found.opened["received"],
        "visit": notice.get("visit"),
        "systems": notice["systems"],
        "duty": notice.get("duty"),
        "day": found.frozen["day"],
        "listed": len(notice["documents"]),
        "missing": [d["id"] for d in documents if d["state"] != "found"]
        if documents
        else [d["id"] for d in notice["documents"]],
        "unanswered": asked - len(answered),
    }


def _questions(found: Inspection, names: Mapping[str, str]) -> list[dict[str, Any]]:
    def named(body: Mapping[str, Any]) -> dict[str, Any]:
        by = body["by"]
        return {**body, "by": names.get(by, "已抹除 / erased") if by else ""}

    return [
        named(each.body)
        | {
            "answers": [
                named(given.body)
                for given in found.of_act(InspectionAct.ANSWER)
                if given.body["question"] == each.body["question"]
            ]
        }
        for each in found.of_act(InspectionAct.QUESTION)
    ]


def _names(connection: Connection, found: Inspection) -> dict[str, str]:
    ids = {str(each.body.get(word) or "") for each in found.events for word in ("by", "person")}
    known = ledger.names_of(connection, ids - {""})
    return {id_: name.removeprefix(PERSON) for id_, name in known.items()}


def _last(found: Inspection, act: InspectionAct, word: str) -> Any:
    done = found.of_act(act)
    return done[-1].body[word] if done else None


def _by(event: InspectionEvent) -> dict[str, Any]:
    return {"at": moment(event.at.astimezone(ZONE)), "actor": event.actor}


def _known(connection: Connection, file: InspectionNotice, digest: str) -> Inspection | None:
    for each in stored.inspections(connection):
        if each.opened["digest"] == digest:
            return each
        same = (each.notice["authority"], each.notice["number"]) == (file.authority, file.number)
        if same and file.number:
            raise ConfigError(
                f"notice {file.number} of {file.authority} is inspection {each.id} already, with "
                "other words: its scope is frozen, open another only for another notice"
            )
    return None


def _check(place: Workplace, file: InspectionNotice, path: Path) -> None:
    checked_authority(file.authority, file.duty, path)
    for system in file.systems:
        place.scope.system(system)
    kinds, duties = load_attestation_kinds(), load_duties()
    for wanted in file.documents:
        if wanted.kind == "attestation" and wanted.name not in kinds:
            raise ConfigError(f"{path}: document {wanted.id}: no kind of attestation {wanted.name}")
        if wanted.kind == "obligation":
            duty_named(duties, wanted.name)
        if wanted.kind == "evidence" and wanted.name:
            framework(wanted.name)


def _sealed(place: Workplace, file: Path) -> tuple[dict[str, Any], tuple[Commitment, ...]]:
    held, object_ = paper(place, file, sealed=True)
    return held, (object_,)


def _past(place: Workplace, at: datetime | None) -> datetime:
    now = place.clock().astimezone(ZONE)
    if at is not None and at > now:
        raise ConfigError(f"{at.isoformat()} has not come yet: say when it was")
    return at or now


def _text(text: str, otherwise: str) -> str:
    if not text.strip():
        raise ConfigError(otherwise)
    return text.strip()
