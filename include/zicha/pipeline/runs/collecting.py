"""Collecting one batch: ask every collector of its sources, seal the answers, lay out the rows."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator
from dataclasses import replace

from zicha.catalog.scope_sources import Source
from zicha.custody.pack import pack, unpack
from zicha.custody.redaction import Redactor
from zicha.custody.rows import content_mark, to_parquet
from zicha.model.collector import MALFORMED, Collector
from zicha.model.errors import ConfigError, MalformedAnswerError, SourceError, ZichaError
from zicha.model.evidence import Answer, Gap, Reply
from zicha.model.verdict import Reason
from zicha.pipeline.runs.sources import asked_of, opened, places_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import evidence, ledger, ledgered, runs

log = logging.getLogger(__name__)


def collect(place: Workplace, batch: str) -> str:
    """Collect a batch (`run/source+source`); what is sealed already is not asked again.

    A source that cannot be opened or read is sealed as gaps: the batch has succeeded. Only a crash
    of our own leaves it unsealed.
    """
    run, _, names = batch.partition("/")
    for name in names.split("+"):
        source = place.scope.source(name)
        _collect_source(place, run, source)
    return batch


def _collect_source(place: Workplace, run: str, source: Source) -> None:
    wanted = asked_of(place, source)
    with place.database.read() as connection:
        sealed = evidence.tables_of(connection, run, source.id)
    missing = [collector for collector in wanted if collector.id not in sealed]
    if missing:
        place.progress.step("opening", source=source.id)
        try:
            with opened(place, source, run) as found:
                for collector in missing:
                    replies = list(_asked(place, source, collector, found))
                    _seal_or_say_why(place, run, source, collector, replies)
        except (SourceError, ConfigError) as error:
            # Nothing can be asked: each listing is a gap, with the same reason and remedy.
            for collector in missing:
                seal(place, run, source, collector, _nothing(place, source, collector, error))
    with place.database.write() as connection:
        runs.end_batch(connection, run, source.id, "sealed", place.clock())
    place.progress.step("collected", source=source.id)


def _seal_or_say_why(
    place: Workplace, run: str, source: Source, collector: Collector, replies: list[Reply]
) -> None:
    """An answer that cannot be written down costs its own table, not the others of the source."""
    try:
        seal(place, run, source, collector, replies)
    except MalformedAnswerError as error:
        seal(place, run, source, collector, _nothing(place, source, collector, error))


def _asked(
    place: Workplace, source: Source, collector: Collector, found: object
) -> Iterator[Reply]:
    """The collector's replies; a listing it cannot walk on from is malformed where it stood."""
    here: tuple[str, ...] = ()
    asked: set[tuple[str, ...]] = set()
    try:
        for reply in collector.fetch(found):
            here = reply.place
            if reply.call == collector.lists:
                asked.add(here)
            yield reply
    except MALFORMED as error:
        remedy = f"{collector.id}: an answer could not be walked ({type(error).__name__}: {error})"
        log.warning("%s of %s: %s", collector.id, source.id, type(error).__name__)
        expected = set(places_of(place, source, collector))
        for where in sorted({*(expected - asked), here} - {()}):
            yield Gap(where, collector.lists, "", Reason.MALFORMED, remedy)


def _nothing(
    place: Workplace, source: Source, collector: Collector, error: ZichaError
) -> list[Reply]:
    permission = getattr(error, "permission", "")
    return [
        Gap(where, collector.lists, "", error.reason, str(error), permission)
        for where in places_of(place, source, collector)
    ]


def seal(  # noqa: PLR0917 - what a seal is of, in order
    place: Workplace,
    run: str,
    source: Source,
    collector: Collector,
    replies: list[Reply],
    only: Container[tuple[str, ...]] | None = None,
    whole: Container[tuple[str, ...]] = (),
) -> None:
    """Seal the replies and the rows laid out from them.

    Of a narrow run, only the rows of its subjects (`only`) and of the places it asked as a whole.
    """
    redactor = Redactor(place.keys.pseudonyms)
    about = {"run": run, "source": source.id, "table": collector.id}
    collected_at = place.clock()
    pack_bytes = pack(replies, about, redactor)
    packed = place.store.put(pack_bytes)
    place.progress.step("pack-sealed", source=source.id, table=collector.id)
    # Rows are laid out from what was sealed, so that every verdict can be replayed from it.
    _, kept = unpack(place.store.get(packed.digest))
    table = collector.table(kept, collected_at, packed.digest, source.id)
    if only is not None:
        kept_rows = (r for r in table.rows if table.key_of(r) in only or table.place_of(r) in whole)
        table = replace(table, rows=tuple(kept_rows))
    row_bytes = to_parquet(table)
    rows = place.store.put(row_bytes)
    place.progress.step("rows-sealed", source=source.id, table=collector.id)
    gaps = sum(isinstance(r, Gap) or (isinstance(r, Answer) and r.cut is not None) for r in kept)
    with place.database.write() as connection:
        standing = evidence.record(
            connection,
            run=run,
            source=source.id,
            table=collector.id,
            pack=packed,
            rows=rows,
            content_mark=content_mark(table, place.keys.marks, collector.volatile),
            row_count=len(table.rows),
            gap_count=gaps,
            redaction=dict(redactor.counts),
            collected_at=collected_at,
            sealed_at=place.clock(),
        )
        if (standing.pack_digest, standing.rows_digest) == (packed.digest, rows.digest):
            draft = ledgered.of_evidence(standing, packed.held, rows.held)
            ledger.append(connection, [draft], place.clock())
    place.progress.step("indexed", source=source.id, table=collector.id, rows=len(table.rows))
