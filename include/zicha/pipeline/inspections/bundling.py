"""`zicha bundle`: what an inspector is handed of one system, with the proofs to check it alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.catalog.roots import templates_dir
from zicha.custody.bundle import Contents, as_csv, write_bundle
from zicha.custody.canonical import canonical
from zicha.custody.checkpoint import Checkpoint, checkpoint_of
from zicha.custody.entry import ROW, Commitment, Entry, Kind, entry_of
from zicha.custody.pack import unpack
from zicha.custody.rows import from_parquet
from zicha.custody.sm2 import as_pem
from zicha.model.errors import ConfigError, EvidenceError, MissingEvidenceError
from zicha.model.evidence import Unread
from zicha.pipeline.custody.row_verification import drafts_of
from zicha.pipeline.custody.sealing import origin_of, seal_ledger, second_of
from zicha.pipeline.findings.lists import coverage_document
from zicha.pipeline.findings.waiver_marks import borne, marked_coverage
from zicha.pipeline.runs.claimed import claimed_sources
from zicha.pipeline.runs.covering import coverage, framework
from zicha.pipeline.workplace import Workplace, checked_day
from zicha.storage import anchors, ledger, runs

ITEM = ("ref", "id", "status", "since", "controls", "attestations")
ESTIMATE = "自查预估，非等级测评结论 / self-estimate, not an assessment conclusion"
OTHERS = "it also speaks of other systems / 还涉及其他系统"
ABSENT = (
    "not in the store: sent by a person, expired or lost / "
    "不在存储中：由人员另行报送、已到期删除或丢失"
)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a bundle is confined to: some runs, and the first entries of the ledger."""

    runs: frozenset[str]
    size: int


def bundle(
    place: Workplace,
    *,
    system: str,
    framework_id: str,
    out: Path,
    since: str = "",
    until: str = "",
    frozen: Frozen | None = None,
) -> dict[str, Any]:
    """Write the bundle of a system and a framework for some days; all days when none is given.

    Of a frozen scope nothing else goes into it, whatever was sealed since.

    Raises:
        ConfigError: the system, the framework or a day is wrong, or the folder is not empty.
        MissingEvidenceError: nothing was sealed in those days.
        TamperedEvidenceError: the ledger does not extend its last checkpoint.
    """
    place.scope.system(system)
    held = framework(framework_id)
    first, last = _day(since, "0001-01-01"), _day(until, "9999-12-31")
    if first > last:
        raise ConfigError(f"--from {first} lies after --to {last}: exchange them")
    signed = seal_ledger(place)
    with place.database.read() as connection:
        wanted = {run.id for run in runs.every(connection) if first <= run.day <= last}
        wanted &= wanted if frozen is None else frozen.runs
        judged = _newest_judged(connection, wanted) if frozen is not None else ""
        size = signed.size if frozen is None else min(signed.size, frozen.size)
        chosen = _entries(place, connection, system, wanted, (size, signed.size))
        if not any(entry.kind is not Kind.KEY for entry in chosen.values()):
            raise MissingEvidenceError(f"nothing of {system} was sealed in those days: widen them")
        tree = ledger.tree_of(connection, signed.size)
        bodies = {line.seq: line.body for line in ledger.lines(connection) if line.seq in chosen}
        rows = _rows(connection)
        checkpoints = _checkpoints(place, connection, signed, first, last)
        tokens = _tokens(connection)
    objects, withheld = _objects(place, system, chosen, bodies, rows)
    plain = coverage_document(held, coverage(place, framework_id, system, judged))
    document = marked_coverage(plain, held, borne(place, system))
    contents = Contents(
        entries=bodies,
        objects=objects,
        withheld=withheld,
        checkpoints=checkpoints,
        tokens={s: token for s, token in tokens.items() if place.settings.timestamp_ca},
        authority=_authority(place),
        cosigners={i: as_pem(key.public) for i, key in second_of(place).cosigners().items()},
        readable={
            **dict(_readable(chosen, objects)),
            f"{framework_id}.csv": as_csv(map(_flat, document["items"]), ITEM),
        },
    )
    count = write_bundle(
        out, contents, tree, _about(place, system, framework_id, signed), templates_dir() / "bundle"
    )
    return {"path": str(out), "items": count, "objects": len(objects), "root": signed.short}


def _newest_judged(connection: Connection, wanted: set[str]) -> str:
    done = {runs.JUDGED, runs.REPORTED}
    found = [
        run.id for run in runs.inspections(connection) if run.id in wanted and run.state in done
    ]
    if not found:
        raise MissingEvidenceError("no run of the frozen scope was judged: run `zicha run` first")
    return found[-1]


def _entries(
    place: Workplace, connection: Connection, system: str, wanted: set[str], sizes: tuple[int, int]
) -> dict[int, Entry]:
    sources = claimed_sources(place.scope, system)
    mine = _findings_of(connection, sources)
    chosen = {}
    frozen, proved = sizes
    for line in ledger.lines(connection):
        if line.seq >= proved:
            break  # written after the checkpoint under which all is proved
        entry = entry_of(line.body)
        if line.seq >= frozen and entry.kind is not Kind.KEY:
            continue
        about = entry.about
        if entry.kind is Kind.KEY or (
            about.get("run") in wanted
            and about.get("source", next(iter(sources), "")) in sources
            and about.get("system", system) == system
            and ("finding" not in about or about["finding"] in mine)
        ):
            chosen[line.seq] = entry
    return chosen


def _findings_of(connection: Connection, sources: set[str]) -> set[str]:
    from zicha.storage import findings

    return {one.id for one in findings.listed(connection) if one.source in sources}


def _objects(
    place: Workplace,
    system: str,
    chosen: Mapping[int, Entry],
    bodies: Mapping[int, bytes],
    rows: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, bytes], dict[str, str]]:
    shared = not {s.id for s in place.scope.sources} <= claimed_sources(place.scope, system)
    objects: dict[str, bytes] = {}
    withheld: dict[str, str] = {}
    keys = _keys_of(place, bodies)
    for seq, entry in chosen.items():
        for one in entry.commits:
            if one.name in {"outcomes", "conformity", "manifest"} and shared:
                withheld[one.sha256] = OTHERS
                continue
            found = _row(entry, rows.get(keys[seq])) if one.name == ROW else _object(place, one)
            if found is not None and one.holds(found):
                objects[one.sha256] = found
            else:
                withheld[one.sha256] = ABSENT
    return objects, withheld


def _keys_of(place: Workplace, bodies: Mapping[int, bytes]) -> dict[int, str]:
    with place.database.read() as connection:
        return {line.seq: line.key for line in ledger.lines(connection) if line.seq in bodies}


def _row(entry: Entry, row: Mapping[str, Any] | None) -> bytes | None:
    return None if row is None else canonical([entry.salt, row])


def _object(place: Workplace, one: Commitment) -> bytes | None:
    try:
        return place.store.get(one.digest)
    except EvidenceError:
        return None


def _rows(connection: Connection) -> dict[str, Mapping[str, Any]]:
    return {draft.key: draft.row for draft, _, _ in drafts_of(connection) if draft.row is not None}


def _checkpoints(
    place: Workplace, connection: Connection, signed: Checkpoint, first: str, last: str
) -> list[Checkpoint]:
    found = {
        one.size: checkpoint_of(one.note, signed.origin)
        for one in ledger.signed(connection)
        if first <= one.signed_at.astimezone(place.zone).date().isoformat() <= last
    }
    return [each for _, each in sorted({**found, signed.size: signed}.items())]


def _tokens(connection: Connection) -> dict[int, bytes]:
    size = {one.id: one.size for one in ledger.signed(connection)}
    return {
        size[one.checkpoint]: one.token
        for one in anchors.every(connection)
        if one.state == anchors.STAMPED and one.checkpoint in size
    }


def _authority(place: Workplace) -> bytes:
    named = place.settings.timestamp_ca
    return Path(named).expanduser().read_bytes() if named else b""


def _readable(
    chosen: Mapping[int, Entry], objects: Mapping[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    """The answers as JSON lines, the tables as CSV, the reports as they are."""
    for entry in chosen.values():
        about = entry.about
        for one in entry.commits:
            data = objects.get(one.sha256)
            if data is None:
                continue
            where = f"{about.get('run')}/{about.get('source')}/{about.get('table')}"
            if one.name == "pack":
                yield f"{where}.answers.jsonl", _answers(data)
            elif one.name == "rows":
                yield f"{where}.csv", _table(data)
            elif one.name == "report":
                name = "{name}.{system}.{lang}.{format}".format(**about)
                yield f"{about['run']}/reports/{name}", data


def _answers(data: bytes) -> bytes:
    about, replies = unpack(data)
    lines: list[Any] = [about]
    for reply in replies:
        said = {n: getattr(reply, n, None) for n in ("place", "call", "about", "body")}
        reason = getattr(reply, "reason", None)
        lines.append(said | {"gap": reason and reason.value, "heard": dict(reply.heard)})
    return "".join(f"{json.dumps(one, ensure_ascii=False, default=str)}\n" for one in lines).encode(
        "utf-8", "replace"
    )


def _table(data: bytes) -> bytes:
    table = from_parquet(data)
    rows = (
        {n: f"({c.reason.value})" if isinstance(c, Unread) else c for n, c in row.items()}
        for row in table.rows
    )
    return as_csv(rows, tuple(table.columns))


def _flat(item: Mapping[str, Any]) -> dict[str, object]:
    kinds = [one["kind"] for one in item["attestations"]]
    return {**item, "controls": " ".join(item["controls"]), "attestations": " ".join(kinds)}


def _about(place: Workplace, system: str, framework_id: str, signed: Checkpoint) -> dict[str, str]:
    organisation = place.scope.organisation
    demo = "演示数据 / demonstration data; " if place.scope.demo else ""
    return {
        "Source-Organization": organisation.name.zh,
        "Bagging-Date": place.clock().astimezone(place.zone).date().isoformat(),
        "External-Identifier": f"{origin_of(place)} {system} {framework_id}",
        "External-Description": f"{demo}{ESTIMATE}",
        "Zicha-Root": signed.short,
        "Bag-Software-Agent": f"zicha {place.version}",
    }


def _day(day: str, otherwise: str) -> str:
    if not day:
        return otherwise
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise ConfigError(f"{day!r} is no day: give --from and --to as YYYY-MM-DD") from error
    return checked_day(day)
