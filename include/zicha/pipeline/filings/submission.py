"""What a person did with a sealed filing: handed in, with its receipt; accepted; rejected."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zicha.duties.obligations import TABLE, act
from zicha.filings.life import step
from zicha.model.errors import ConfigError
from zicha.model.filing import Filing, FilingAct, FilingState
from zicha.model.obligation import Act
from zicha.pipeline.filings.approval import check_approval, checked_files
from zicha.pipeline.filings.use_cases import entered, happened
from zicha.pipeline.filings.view import filing_document
from zicha.pipeline.handed_in import check_handed_in
from zicha.pipeline.workplace import Workplace
from zicha.storage import filings as stored
from zicha.storage import obligations

Row = dict[str, Any]
LARGEST_RECEIPT = 50_000_000


def record_submission(
    place: Workplace,
    id_: str,
    *,
    at: datetime,
    by: str,
    channel: str,
    actor: str,
    receipt: Path | None = None,
) -> Row:
    """That a person handed the sealed package in; its receipt is hashed and sealed.

    The program itself hands nothing to any authority.
    """
    now = place.clock()
    check_handed_in(at, by, channel, now)
    data = _read(receipt)
    with place.database.read() as connection:
        filing = stored.get(connection, id_)
        version = stored.newest_version(connection, id_)
        if filing.state is FilingState.SUBMITTED:
            said = {"submitted_at": at, "submitted_by": by, "channel": channel}
            return _again(place, connection, filing, said)
        step(filing, FilingAct.SUBMIT, now, actor)
        check_approval(connection, filing)
        sealed_at = [
            row["at"]
            for row in stored.history(connection, "event", id_)
            if row["act"] == FilingAct.SEAL.value
        ][-1]
    if at < sealed_at:
        raise ConfigError(
            f"{at.isoformat()} lies before the package was sealed, {sealed_at.isoformat()}: "
            "another document was handed in then, or the time is wrong"
        )
    list(checked_files(place, filing, version or {}))
    held = place.store.put(data) if data is not None else None
    with place.database.write() as connection:
        filing = stored.get(connection, id_)
        taken = step(filing, FilingAct.SUBMIT, now, actor, channel)
        owed = obligations.get(connection, filing.obligation)
        row = stored.append(
            connection,
            "submission",
            filing=id_,
            version=filing.version,
            package=filing.package,
            submitted_at=at,
            submitted_by=by,
            channel=channel,
            receipt=held.digest if held else "",
            receipt_size=held.size if held else 0,
            late=owed.due is not None and at > owed.due,
            at=now,
            actor=actor,
        )
        entered(connection, "submission", row)
        happened(connection, taken)
        _move(connection, filing, Act.HAND_IN, at, actor=actor, detail=f"{id_} {channel}")
    return filing_document(place, id_)


def record_acceptance(place: Workplace, id_: str, actor: str, detail: str = "") -> Row:
    """The authority took it: nothing more is owed for this cycle."""
    return _answered(place, id_, FilingAct.ACCEPT, Act.ACCEPT, actor=actor, detail=detail)


def record_rejection(place: Workplace, id_: str, because: str, actor: str) -> Row:
    """The authority sent it back: it is owed again, and the next draft is another version."""
    return _answered(place, id_, FilingAct.REJECT, Act.RETURN, actor=actor, detail=because)


def _answered(
    place: Workplace, id_: str, what: FilingAct, owed: Act, *, actor: str, detail: str
) -> Row:
    now = place.clock()
    with place.database.write() as connection:
        filing = stored.get(connection, id_)
        happened(connection, step(filing, what, now, actor, detail))
        _move(connection, filing, owed, now, actor=actor, detail=f"{id_} {detail}".rstrip())
    return filing_document(place, id_)


def _move(
    connection: Connection, filing: Filing, what: Act, at: datetime, *, actor: str, detail: str
) -> None:
    """Move the obligation along; what a person moved by hand meanwhile stays as it is."""
    owed = obligations.get(connection, filing.obligation)
    if (owed.state, what) in TABLE:
        obligations.apply(connection, [act(owed, what, at, actor, detail)])


def _again(place: Workplace, connection: Connection, filing: Filing, said: Row) -> Row:
    last = stored.history(connection, "submission", filing.id)[-1]
    if not said.items() <= last.items():
        raise ConfigError(
            f"{filing.id} was handed in already, {last['submitted_at'].isoformat()}: record "
            "its acceptance or rejection"
        )
    return filing_document(place, filing.id)


def _read(receipt: Path | None) -> bytes | None:
    if receipt is None:
        return None
    try:
        if receipt.stat().st_size > LARGEST_RECEIPT:
            raise ConfigError(f"{receipt} is larger than {LARGEST_RECEIPT} bytes: name the receipt")
        return receipt.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {receipt} ({error.strerror}): name the receipt") from error
