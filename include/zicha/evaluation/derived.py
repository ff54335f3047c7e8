"""A view's table, derived in DuckDB: what is not known of an input is not known of the view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from zicha.evaluation.views import View
from zicha.model.collector import PlaceState, Table
from zicha.model.errors import ConfigError
from zicha.model.evidence import Cell, Place, Row, Unread
from zicha.model.verdict import Reason


def build_view(view: View, tables: Mapping[str, Table], as_of: datetime) -> Table:
    """The view's table; a place where any input is not wholly known has no rows and says why."""
    inputs = {id_: _input(view, tables, id_) for id_ in view.reads}
    states = _states(view, inputs)
    known = {place for place, state in states.items() if state.reason is None}
    try:
        rows = _run(view, inputs, known, as_of) if known else ()
    except ConfigError as error:
        rows = ()
        for place in known:
            states[place] = replace(states[place], reason=Reason.ERRORED, remedy=str(error))
    return Table(view.id, view.columns, view.subject, view.places, rows, states)


def _input(view: View, tables: Mapping[str, Table], id_: str) -> Table:
    if id_ not in tables:
        raise ConfigError(f"{view.id}: reads {id_}, which was not given: collect it")
    if odd := [name for name in view.reads[id_] if name not in tables[id_].columns]:
        raise ConfigError(f"{view.id}: reads {odd[0]}, which {id_} does not have: correct reads")
    return tables[id_]


def _states(view: View, inputs: Mapping[str, Table]) -> dict[Place, PlaceState]:
    """How each place of the view stands: as badly as the worst input that touches it."""
    places = {
        tuple(place[table.places.index(name)] for name in view.places)
        for table in inputs.values()
        if set(view.places) <= set(table.places)
        for place in table.states
    }
    if not any(set(view.places) <= set(table.places) for table in inputs.values()):
        raise ConfigError(f"{view.id}: no input is listed by {' and '.join(view.places)}")
    return {place: _state(view, inputs, place) for place in sorted(places)}


def _state(view: View, inputs: Mapping[str, Table], place: Place) -> PlaceState:
    found: list[PlaceState] = []
    for id_, table in inputs.items():
        touching = [
            state for other, state in table.states.items() if _touch(view, place, table, other)
        ]
        if not touching:
            remedy = f"{id_} was not asked about {' '.join(place)}: collect it"
            touching = [PlaceState(Reason.NOT_COLLECTED, remedy)]
        found += [*touching, *_unread(view, table, place)]
    worst = next((state for state in found if state.reason), found[0])
    moments = [state.collected_at for state in found if state.collected_at]
    return replace(
        worst,
        collected_at=min(moments, default=None),
        source=found[0].source,
        not_offered=all(state.not_offered for state in found),
    )


def _touch(view: View, place: Place, table: Table, other: Place) -> bool:
    here = dict(zip(view.places, place, strict=True))
    there = dict(zip(table.places, other, strict=True))
    return all(here[name] == there[name] for name in here.keys() & there.keys())


def _unread(view: View, table: Table, place: Place) -> Iterator[PlaceState]:
    for row in table.rows:
        if not _touch(view, place, table, table.place_of(row)):
            continue
        for name in view.reads[table.id]:
            said = row.get(name, Unread(Reason.MALFORMED, f"{table.id} has a row without {name}"))
            if isinstance(said, Unread):
                yield PlaceState(said.reason, said.remedy, said.permission)
                return


def _run(
    view: View, inputs: Mapping[str, Table], known: Iterable[Place], as_of: datetime
) -> tuple[Row, ...]:
    import duckdb

    engine = duckdb.connect(":memory:", config={"enable_external_access": "false", "threads": "1"})
    try:
        _fill(engine, "places", dict.fromkeys(view.places, str), sorted(known))
        _fill(engine, "run", {"as_of": datetime}, [(as_of,)])
        for id_, table in inputs.items():
            names = tuple(dict.fromkeys((*table.places, *view.reads[id_])))
            kinds = {name: table.columns[name] for name in names}
            cells = [
                tuple(row[name] for name in names)
                for row in table.rows
                if any(_touch(view, place, table, table.place_of(row)) for place in known)
            ]
            _fill(engine, id_.replace("/", "_"), kinds, cells)
        engine.execute("SET lock_configuration = true")
        answer = engine.execute(view.sql)
        made = [column[0] for column in answer.description]
        if made != list(view.columns):
            raise ConfigError(f"{view.id}: its SQL makes {made}, not {list(view.columns)}")
        found = [dict(zip(made, cells, strict=True)) for cells in answer.fetchall()]
    except duckdb.Error as error:
        # What it says of a wrong query is ours; what it says of a wrong value may quote the value.
        is_query = isinstance(error, duckdb.ParserException | duckdb.BinderException)
        said = str(error).splitlines()[0] if is_query else type(error).__name__
        raise ConfigError(f"{view.id}: its SQL does not run: {said}") from error
    finally:
        engine.close()
    rows = tuple({name: _cell(view, name, row[name]) for name in view.columns} for row in found)
    if any(tuple(str(row[name]) for name in view.places) not in known for row in rows):
        raise ConfigError(f"{view.id}: its SQL makes rows of places that are not in `places`")
    return rows


def _fill(engine: Any, name: str, kinds: Mapping[str, type], rows: Sequence[Sequence[Any]]) -> None:
    import pyarrow as pa

    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    types[datetime] = pa.timestamp("us")
    fields = [pa.field(column, types[kind]) for column, kind in kinds.items()]
    cells = [[_utc(row[n]) for row in rows] for n in range(len(fields))]
    arrays = [pa.array(each, f.type) for each, f in zip(cells, fields, strict=True)]
    engine.register(name, pa.table(arrays, schema=pa.schema(fields)))


def _utc(said: Any) -> Any:
    return said.astimezone(UTC).replace(tzinfo=None) if isinstance(said, datetime) else said


def _cell(view: View, name: str, said: Any) -> Cell:
    kind: Any = view.columns[name]
    if isinstance(said, datetime) and kind is datetime:
        return said.replace(tzinfo=UTC)
    if said is None and name not in {*view.subject, *view.places}:
        return None
    if type(said) is not kind:
        raise ConfigError(f"{view.id}: {name} came as {type(said).__name__}, not {kind.__name__}")
    return cast("Cell", said)
