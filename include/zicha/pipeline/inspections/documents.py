"""What a notice asks for, held against what we have; what is missing is named, never left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.attestation_kinds import load_attestation_kinds
from zicha.catalog.scope_answers import Attestation
from zicha.duties.time import ZONE
from zicha.evaluation.attested import Attested, attested
from zicha.model.errors import ConfigError, EvidenceError
from zicha.model.inspection import Inspection, InspectionAct
from zicha.model.obligation import ObligationState
from zicha.model.text import Text
from zicha.pipeline.duties.showing import moment, said
from zicha.pipeline.inspections.use_cases import person, record
from zicha.pipeline.received import entity_of, paper
from zicha.pipeline.reports.reporting import NAME
from zicha.pipeline.runs.claimed import claimed_sources
from zicha.pipeline.runs.covering import frameworks_of, judged_run, loaded_attestations
from zicha.pipeline.runs.covering import standing_outcomes as outcomes_standing
from zicha.pipeline.workplace import Workplace
from zicha.storage import inspections as stored
from zicha.storage import obligations

Row = dict[str, Any]
HANDED_IN = {ObligationState.HANDED_IN, ObligationState.DONE}
SUPPLY = Text(
    "请责任人提供文件（zicha inspection supply）",
    "let a person supply the file (`zicha inspection supply`)",
)


RENEW = Text(
    "请责任人更新证明材料（zicha attest load 或台账），或提供文件（zicha inspection supply）",
    "attest anew (`zicha attest load`, or the register), or supply the file "
    "(`zicha inspection supply`)",
)


@dataclass(frozen=True, slots=True)
class Lack:
    """What does not answer, and what to do about it; the authority reads the first only."""

    because: Text
    remedy: Text = SUPPLY


def collect(place: Workplace, id_: str, actor: str) -> list[Row]:
    """Each document of the notice: found, in part or missing; what changed is entered."""
    given = all_attested(place)
    with place.database.write() as connection:
        known = stored.inspection(connection, id_)
        rows = [
            _row(place, connection, known, wanted, given) for wanted in known.notice["documents"]
        ]
        done = known.of_act(InspectionAct.COLLECT)
        if not done or done[-1].body["documents"] != rows:
            body = {"documents": rows}
            record(place, connection, known, InspectionAct.COLLECT, body, actor=actor)
    return rows


def supply(
    place: Workplace, id_: str, document: str, file: Path, *, by: str, actor: str
) -> list[Row]:
    """Seal a file that answers a document of the notice; what is collected anew names it."""
    with place.database.write() as connection:
        known = stored.inspection(connection, id_)
        ids = [each["id"] for each in known.notice["documents"]]
        if document not in ids:
            raise ConfigError(f"inspection {id_} asks for no {document!r}: {', '.join(ids) or '-'}")
        earlier = [each.body for each in known.of_act(InspectionAct.SUPPLY)]
        held, object_ = paper(place, file, sealed=True)
        if not any(
            (e["document"], e["file"]["sha256"]) == (document, held["sha256"]) for e in earlier
        ):
            body = {"document": document, "file": held, "by": person(connection, by)}
            record(
                place, connection, known, InspectionAct.SUPPLY, body, actor=actor,
                objects=(object_,),
            )  # fmt: skip
    return collect(place, id_, actor)


def all_attested(place: Workplace) -> list[Attested]:
    """Every attestation, and why it does not count today, if it does not."""
    try:
        outcomes = outcomes_standing(place, judged_run(place))
    except EvidenceError:
        outcomes = []
    day = place.clock().astimezone(ZONE).date()
    loaded = loaded_attestations(place)
    return attested(place.scope, loaded, outcomes, load_attestation_kinds(), day)


def attested_file(place: Workplace, said_: Attestation) -> Path | None:
    """Where the document of a register's attestation stands; none for what came otherwise."""
    for source in place.scope.sources:
        if said_ in place.scope.registered.get(source.id, ()):
            file = getattr(source, "file", "")
            return (place.scope.path(file).parent / said_.document).resolve() if file else None
    return None


def _row(
    place: Workplace,
    connection: Connection,
    known: Inspection,
    wanted: Mapping[str, Any],
    given: list[Attested],
) -> Row:
    supplied = [
        {"what": "supplied", "system": "", **each.body["file"]}
        for each in known.of_act(InspectionAct.SUPPLY)
        if each.body["document"] == wanted["id"]
    ]
    found: list[Row] = []
    lacks: list[Lack] = []
    for each in _looked_up(place, connection, known, wanted, given):
        if isinstance(each, Lack):
            lacks.append(each)
        else:
            found.append(each)
    if supplied:
        lacks = []
    state = "missing" if not (found or supplied) else "part" if lacks else "found"
    return {
        "id": wanted["id"],
        "title": wanted["title"],
        "kind": wanted["kind"],
        "state": state,
        "found": [*supplied, *found],
        "lacks": [{**said(each.because), "do": said(each.remedy)} for each in lacks],
    }


def _looked_up(
    place: Workplace,
    connection: Connection,
    known: Inspection,
    wanted: Mapping[str, Any],
    given: list[Attested],
) -> Iterator[Row | Lack]:
    """What answers the document, and a sentence for each thing that does not."""
    kind, name = wanted["kind"], wanted["name"]
    for system in known.notice["systems"]:
        if kind == "report":
            yield from _reports(known, name or NAME, system)
        elif kind == "attestation":
            yield from _attestations(given, name, system)
        elif kind == "evidence":
            held = name or frameworks_of(place.scope.system(system))[0]
            yield from _evidence(place, known, held, system)
        elif kind == "obligation":
            yield from _obligations(place, connection, name, system)
    if kind == "access-policy":
        yield {"what": "access-policy", "system": "", "name": "access-policy.aws.json"}
    if kind == "other":
        yield Lack(Text("系统中没有对应材料", "nothing that is kept answers it"))


def _reports(known: Inspection, name: str, system: str) -> Iterator[Row | Lack]:
    mine = [r for r in known.frozen["reports"] if (r["name"], r["system"]) == (name, system)]
    order = [run["id"] for run in known.frozen["runs"]]
    newest = max((r["run"] for r in mine), key=order.index, default="")
    for one in mine:
        if one["run"] == newest:
            file = f"{name}.{system}.{one['lang']}.{one['format']}"
            yield {
                "what": "report",
                "system": system,
                "name": file,
                "run": newest,
                "sha256": one["digest"].removeprefix("sha256:"),
                "size": one["size"],
            }
    if not newest:
        zh, en = (
            f"{system}：冻结范围内没有报告 {name}",
            f"{system}: no report {name} in the frozen scope",
        )
        yield Lack(Text(zh, en))


def _attestations(given: list[Attested], kind: str, system: str) -> Iterator[Row | Lack]:
    mine = [o for o in given if (o.attestation.kind, o.attestation.system) == (kind, system)]
    for one in mine:
        if one.counts and one.attestation.digest:
            yield {
                "what": "attestation",
                "system": system,
                "name": Path(one.attestation.document).name,
                "attestation": one.attestation.id,
                "dated": _day(one.attestation.dated),
                "valid_until": _day(one.attestation.valid_until),
                "sha256": one.attestation.digest.removeprefix("sha256:"),
            }
    if any(one.counts and one.attestation.digest for one in mine):
        return
    for one in mine:
        why = one.refused if not one.counts else Text("未附文件", "it comes without a document")
        id_ = one.attestation.id
        zh, en = f"{id_} 不能采用（{why.zh}）", f"{id_} does not count, {why.en}"
        yield Lack(Text(f"{system}：{zh}", f"{system}: {en}"), RENEW)
    if not mine:
        title = load_attestation_kinds()[kind].title
        zh, en = f"{system}：没有“{title.zh}”", f"{system}: nobody attested “{title.en}”"
        yield Lack(Text(zh, en), RENEW)


def _evidence(
    place: Workplace, known: Inspection, framework: str, system: str
) -> Iterator[Row | Lack]:
    sources = claimed_sources(place.scope, system)
    if any(row[1] in sources for row in known.frozen["evidence"]):
        yield {
            "what": "evidence",
            "system": system,
            "name": f"evidence/{system}.{framework}",
            "framework": framework,
        }
    else:
        none = Text("冻结范围内没有封存的证据", "nothing is sealed in the frozen scope")
        yield Lack(Text(f"{system}：{none.zh}", f"{system}: {none.en}"))


def _obligations(
    place: Workplace, connection: Connection, duty: str, system: str
) -> Iterator[Row | Lack]:
    owners = {system, entity_of(place.scope, system)}
    mine = [o for o in obligations.listed(connection) if o.duty == duty and o.of in owners]
    for one in mine:
        if one.state in HANDED_IN:
            at = moment(one.done_at and one.done_at.astimezone(ZONE))
            yield {"what": "obligation", "system": one.of, "name": one.id, "handed_in": at}
    done = [one for one in mine if one.state in HANDED_IN]
    if done:
        zh, en = (
            "已登记报送，报送文件未在系统内保存",
            "it was handed in; the paper itself is not kept here",
        )
        yield Lack(Text(f"{system}：{zh}", f"{system}: {en}"))
    else:
        zh, en = f"没有 {duty} 已报送的登记", f"nothing says that {duty} was handed in"
        yield Lack(Text(f"{system}：{zh}", f"{system}: {en}"))


def _day(day: date) -> str:
    return day.isoformat()
