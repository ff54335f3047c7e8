"""Filings as use cases: opened, built from sealed facts, linted, shown; nothing is sent by us."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from zicha.custody.store import digest_of
from zicha.duties.obligations import OWED
from zicha.duties.time import ZONE
from zicha.filings.approving import authors_of
from zicha.filings.life import drafted, step
from zicha.filings.lint import LintFinding
from zicha.filings.package import MANIFEST, Package, PackageAbout, pack
from zicha.model.document import Document
from zicha.model.errors import ConfigError
from zicha.model.filing import Filing, FilingAct, FilingState, FilingStep
from zicha.pipeline.filings.facts import (
    Subject,
    duty_of,
    form_of,
    gather,
    newest_view,
)
from zicha.pipeline.filings.lint import linted
from zicha.pipeline.filings.press import Press, content_digest, own_press, printed
from zicha.pipeline.filings.view import filing_document, folder_of, lint_row
from zicha.pipeline.reports.facts import RunView
from zicha.pipeline.workplace import Workplace
from zicha.reports.documents.facts import DocumentFacts
from zicha.storage import filings as stored
from zicha.storage import ledger, ledgered, ledgered_filings, obligations

AGAIN = frozenset((FilingState.DECLINED, FilingState.REJECTED))
"""After these even the same bytes are another draft, and somebody must approve it again."""
Row = dict[str, Any]


def open_filing(place: Workplace, obligation: str, actor: str) -> Row:
    """Open the filing that answers an obligation; opened again, it is the same one."""
    now = place.clock()
    with place.database.write() as connection:
        known = stored.answering(connection, obligation)
        if known is None:
            known = _opened(connection, obligation, actor, now)
    return filing_document(place, known.id)


def _opened(connection: Connection, obligation: str, actor: str, now: datetime) -> Filing:
    owed = obligations.get(connection, obligation)
    if owed.state not in OWED:
        raise ConfigError(
            f"{obligation} is {owed.state.value}: a filing answers what is open, in progress, "
            "returned or overdue"
        )
    form = form_of(duty_of(owed.duty))
    day = now.astimezone(ZONE).date().isoformat()
    filing = Filing(
        stored.next_id(connection, day),
        obligation,
        owed.duty,
        owed.of,
        form.id,
        FilingState.OPENED,
        now,
        actor,
    )
    happened(connection, FilingStep(filing, FilingAct.OPEN, None, now, actor))
    return filing


def build_filing(place: Workplace, id_: str, actor: str, press: Press | None = None) -> Row:
    """Build, lay out and lint the document; the same facts give the same package and version."""
    press = press or own_press()
    with place.database.read() as connection:
        subject = subject_of(connection, id_)
        answered = stored.standing_answers(connection, id_)
        before = stored.newest_version(connection, id_)
    # What is possible is known before minutes go into pages.
    step(subject.filing, FilingAct.PASS, place.clock(), actor)
    if subject.form.id not in press.forms:
        raise ConfigError(f"nothing here builds the form {subject.form.id}: write it by hand")
    view = newest_view(place)
    facts, document = _made(place, subject, view, answered, before=before, press=press)
    content = content_digest(document)
    found = _linted(place, subject, document, view=view, answered=answered, press=press)
    if (
        before is not None
        and before["document"] == content
        and subject.filing.state not in AGAIN
        and _all_kept(place, id_, before)
    ):
        return _linted_again(place, subject, before, found, actor)
    about = PackageAbout(
        filing=id_,
        obligation=subject.obligation.id,
        duty=subject.duty.id,
        of=subject.filing.of,
        form=subject.form.id,
        document=content,
        run=view.run.id if view else "",
        root=facts.ledger_root,
        answers={field: row["file"] for field, row in answered.items()},
        tool=place.version,
    )
    files = printed(press, document)
    package = pack(about, files)
    _keep(place, id_, package, files)
    authors = authors_of(actor, (row["actor"] for row in answered.values()))
    return _drafted(place, subject, package, found=found, about=about, authors=authors, actor=actor)


def _drafted(
    place: Workplace,
    subject: Subject,
    package: Package,
    *,
    found: list[LintFinding],
    about: PackageAbout,
    authors: tuple[str, ...],
    actor: str,
) -> Row:
    now, id_ = place.clock(), subject.filing.id
    with place.database.write() as connection:
        filing = stored.get(connection, id_)
        newest = stored.newest_version(connection, id_)
        if newest is None or newest["package"] != package.digest or filing.state in AGAIN:
            blocked = any(one.blocks for one in found)
            taken = drafted(filing, package.digest, blocked=blocked, at=now, actor=actor)
            row = stored.append(
                connection,
                "version",
                filing=id_,
                number=taken.filing.version,
                run=about.run,
                root=about.root,
                document=about.document,
                package=package.digest,
                files=package.rows(),
                authors=list(authors),
                found=[asdict(one) for one in found],
                at=now,
                actor=actor,
            )
            entered(connection, "version", row)
            happened(connection, taken)
    place.progress.step("filing-built", filing=id_, package=package.digest)
    return filing_document(place, id_)


def _linted_again(
    place: Workplace, subject: Subject, before: Row, found: list[LintFinding], actor: str
) -> Row:
    """The same bytes; only what the passing of time does to their lint may have changed."""
    now = place.clock()
    blocked = any(one.blocks for one in found)
    with place.database.write() as connection:
        filing = stored.get(connection, subject.filing.id)
        if blocked and filing.state in {FilingState.READY, FilingState.AWAITING}:
            happened(connection, step(filing, FilingAct.BLOCK, now, actor, before["package"]))
        elif not blocked and filing.state is FilingState.BLOCKED:
            happened(connection, step(filing, FilingAct.PASS, now, actor, before["package"]))
    return filing_document(place, subject.filing.id)


def lint_filing(place: Workplace, id_: str, press: Press | None = None) -> list[Row]:
    """What the newest facts would be held against now; nothing is built or changed."""
    press = press or own_press()
    with place.database.read() as connection:
        subject = subject_of(connection, id_)
        answered = stored.standing_answers(connection, id_)
    view = newest_view(place)
    document = press.build(subject.form.id, gather(place, subject, view, answered))
    found = _linted(place, subject, document, view=view, answered=answered, press=press)
    return [lint_row(asdict(one)) for one in found]


def _made(
    place: Workplace,
    subject: Subject,
    view: RunView | None,
    answered: dict[str, Row],
    *,
    before: Row | None,
    press: Press,
) -> tuple[DocumentFacts, Document]:
    """The document: with the root that the last draft prints, when nothing else has changed."""
    if before is not None:
        facts = gather(place, subject, view, answered, before["root"])
        document = press.build(subject.form.id, facts)
        if content_digest(document) == before["document"]:
            return facts, document
    facts = gather(place, subject, view, answered)
    return facts, press.build(subject.form.id, facts)


def _linted(
    place: Workplace,
    subject: Subject,
    document: Document,
    *,
    view: RunView | None,
    answered: dict[str, Row],
    press: Press,
) -> list[LintFinding]:
    left_out = tuple(press.lacks)
    return linted(place, subject, document, view=view, answered=answered, left_out=left_out)


def _keep(place: Workplace, id_: str, package: Package, files: dict[str, bytes]) -> None:
    """Into the store first, then where people read them; both are looked at before sealing."""
    place.store.put(package.manifest)
    folder = folder_of(place, id_, package.digest)
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    for name, data in {**files, MANIFEST: package.manifest}.items():
        place.store.put(data)
        path, new = folder / name, folder / f".{name}.new"
        new.write_bytes(data)
        new.replace(path)


def _all_kept(place: Workplace, id_: str, version: Row) -> bool:
    """Whether the files of a version stand as they were, so that nothing need be made again."""
    folder = folder_of(place, id_, version["package"])
    return all(
        (folder / f["name"]).is_file()
        and digest_of((folder / f["name"]).read_bytes()) == f"sha256:{f['sha256']}"
        for f in version["files"]
    )


def withdraw_filing(place: Workplace, id_: str, because: str, actor: str) -> Row:
    """End it without handing anything in; what is owed stays owed."""
    with place.database.write() as connection:
        filing = stored.get(connection, id_)
        happened(connection, step(filing, FilingAct.WITHDRAW, place.clock(), actor, because))
    return filing_document(place, id_)


def subject_of(connection: Connection, id_: str) -> Subject:
    """A filing with its duty, form and obligation."""
    filing = stored.get(connection, id_)
    duty = duty_of(filing.duty)
    owed = obligations.get(connection, filing.obligation)
    return Subject(filing, duty, form_of(duty), owed)


def happened(connection: Connection, taken: FilingStep) -> None:
    """Write a step of a filing, and its entry of the ledger."""
    entered(connection, "event", stored.apply(connection, taken))


def entered(connection: Connection, what: str, row: Row) -> None:
    """Let the ledger commit to a row of a filing, under the person's erasable id."""
    by = ledger.person_id(connection, row["actor"])
    draft = ledgered_filings.of_filing(what, row)
    ledger.append(connection, [ledgered.said_by(draft, by)], row["at"])
