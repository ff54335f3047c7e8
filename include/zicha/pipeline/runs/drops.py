"""Opening a drop: where its file comes from, and how many rows it had before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from zicha.catalog.registers import registers
from zicha.catalog.scope_sources import AwsSource, DropSource
from zicha.custody.redaction import pseudonym
from zicha.model.errors import ConfigError
from zicha.pipeline.workplace import Workplace
from zicha.sources.drop import Drop
from zicha.sources.drop_bytes import Delivered, from_folder, from_http, from_s3
from zicha.storage import evidence

_LAST = 8
"""Deliveries among which the largest is looked for: one short day must not set the measure."""


def open_drop(place: Workplace, source: DropSource, run: str) -> Drop:
    """The drop that the scope declares; its file is fetched when it is first asked for."""
    key = place.keys.pseudonyms
    return Drop(
        source.id,
        registers()[source.holds],
        _delivery(place, source, run),
        place.clock(),
        place.scope.organisation.zone,
        # People write a name or a number in either case and with blanks.
        lambda said: pseudonym(key, "person", "".join(said.casefold().split())),
        _most_before(place, source, run),
    )


def _delivery(place: Workplace, source: DropSource, run: str) -> Callable[[], Delivered]:
    if source.reach == "folder":
        return partial(from_folder, place.scope.path(source.folder), source.file)
    if source.reach == "s3":
        from zicha.sources.aws_door import open_account

        through = place.scope.source(source.aws)
        if not isinstance(through, AwsSource):
            raise ConfigError(f"source {source.id}: {source.aws} is no AWS source: name one")
        session = place.credentials.aws_session(through.credential)
        account = open_account(through, session, session_name=f"zicha-{run}")
        return partial(from_s3, account, source.bucket, source.file)
    token = place.credentials.secret(source.credential) if source.credential else ""
    ca = str(place.scope.path(source.ca_file)) if source.ca_file else ""
    return partial(from_http, source.url, token, ca=ca)


def _most_before(place: Workplace, source: DropSource, run: str) -> int | None:
    with place.database.read() as connection:
        counts = evidence.row_counts(connection, f"drop/{source.holds}", source.id, run, _LAST)
    return max(counts, default=None)
