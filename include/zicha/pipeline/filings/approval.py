"""Approval of a filing: the question put, the answer copied into our own tables, the seal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from zicha.filings.approving import AUTHENTICATED, Decision, Desk, approvers
from zicha.filings.life import decided, sealed, step
from zicha.filings.package import archive, check
from zicha.model.errors import ConfigError, EvidenceError, TamperedEvidenceError
from zicha.model.filing import Filing, FilingAct, FilingState
from zicha.pipeline.authority import authorise_in_part, refused
from zicha.pipeline.custody.sealing import seal_ledger
from zicha.pipeline.filings.press import Press
from zicha.pipeline.filings.use_cases import (
    build_filing,
    entered,
    happened,
    subject_of,
)
from zicha.pipeline.filings.view import filing_document, folder_of
from zicha.pipeline.received import systems_of
from zicha.pipeline.workplace import Workplace
from zicha.storage import filings as stored
from zicha.storage import ledger, ledgered_filings

Row = dict[str, Any]
APPROVED, DECLINED, REFUSED, VOID = "approved", "declined", "refused", "void"
DECISIONS = {
    FilingAct.APPROVE: APPROVED,
    FilingAct.DECLINE: DECLINED,
    FilingAct.REFUSE: REFUSED,
}
MOST_WARNINGS = 40
UNBUILT = frozenset((FilingState.OPENED, FilingState.BLOCKED))
ASKABLE = frozenset((FilingState.READY, FilingState.AWAITING))


def ask_approval(
    place: Workplace, id_: str, actor: str, question: str, press: Press | None = None
) -> Row | None:
    """What to ask; None while something hinders it, or while it is asked elsewhere.

    Built first, if it is not yet. What waits for an answer is not built anew: its digest would
    slip away under the approver. `question` names this question; a person may always put another.

    Raises:
        ConfigError: the person who asks holds no role for any system of the filing.
    """
    with place.database.read() as connection:
        filing = stored.get(connection, id_)
    if actor.startswith(AUTHENTICATED):
        of = systems_of(place.scope, filing.of)
        authorise_in_part(place, actor, "ask-approval", id_, of)
    if filing.state in UNBUILT:
        build_filing(place, id_, actor, press)
    with place.database.write() as connection:
        filing = stored.get(connection, id_)
        if filing.state not in ASKABLE:
            return None
        asked_in = open_question(connection, filing)
        if asked_in not in {"", question} and not actor.startswith(AUTHENTICATED):
            return None
        if asked_in != question:
            happened(connection, step(filing, FilingAct.ASK, place.clock(), actor, question))
        asked = len(stored.history(connection, "approval", id_))
        subject = subject_of(connection, id_)
        newest = stored.newest_version(connection, id_) or {}
    return {
        "filing": id_,
        "package": filing.package,
        "version": filing.version,
        "asked": asked,
        "subject": f"{subject.duty.title.zh} / {subject.duty.title.en} · {id_}",
        "body": _body(place, filing, newest, subject.obligation.due),
        "approvers": sorted(approvers(place.scope, filing.of)),
    }


def open_question(connection: Connection, filing: Filing) -> str:
    """The name of the question that waits for an answer; empty when none does."""
    last = stored.history(connection, "event", filing.id)[-1]
    return str(last["detail"]) if last["act"] == FilingAct.ASK.value else ""


def record_answer(
    place: Workplace,
    id_: str,
    said: Decision,
    *,
    answered_at: datetime,
    question: dict[str, str],
) -> str:
    """Copy a person's answer: approved, declined, or refused with the reason; void when late.

    `question` holds the ids of the question in Airflow; the same one again changes nothing.
    """
    now = place.clock()
    with place.database.write() as connection:
        for known in stored.history(connection, "approval", id_):
            if known["question"] == question:
                return str(known["decision"])
        filing = stored.get(connection, id_)
        authors = _authors(connection, filing)
        if filing.state is FilingState.AWAITING:
            taken = decided(filing, said, Desk(place.scope, authors), now)
            decision, because = DECISIONS[taken.act], taken.detail
            happened(connection, taken)
        else:
            decision, because = VOID, f"it was {filing.state.value} when the answer came"
        row = stored.append(
            connection,
            "approval",
            filing=id_,
            version=filing.version,
            package=said.digest,
            decision=decision,
            approves=said.approves,
            because=because if decision in {REFUSED, VOID} else said.because,
            answered_at=answered_at,
            question=question,
            scope=place.scope.digest,
            at=now,
            actor=said.actor,
        )
        entered(connection, "approval", row)
    return decision


def refuse_here(place: Workplace, id_: str, actor: str) -> None:
    """Say how a filing is approved, and record that it was tried: never from a machine's login.

    Raises:
        ConfigError: always; nobody is verified here.
    """
    with place.database.read() as connection:
        filing = stored.get(connection, id_)
    who = ", ".join(sorted(approvers(place.scope, filing.of))) or "nobody yet: see roles.yaml"
    refused(
        place,
        actor,
        "approve-filing",
        id_,
        f"{id_} cannot be approved from the command line, which verifies nobody: run the DAG "
        f"approve_filing with {{'filing': '{id_}'}} and answer it in Airflow under Required "
        f"Actions as one of {who}",
    )


def seal_filing(place: Workplace, id_: str, actor: str) -> Row:
    """Seal the approved package; sealed again, every byte is looked at again.

    Raises:
        TamperedEvidenceError: a byte on the disk, in the store, or of the approval is another.
    """
    with place.database.read() as connection:
        filing = stored.get(connection, id_)
        version = stored.newest_version(connection, id_)
        if filing.state not in {FilingState.APPROVED, FilingState.SEALED} or version is None:
            raise ConfigError(
                f"{id_} is {filing.state.value}: have it approved first, `zicha filing show {id_}`"
            )
        check_approval(connection, filing)
    files = list(checked_files(place, filing, version))
    path = folder_of(place, id_, filing.package).with_suffix(".zip")
    packed = archive(files)
    held = place.store.put(packed)
    new = path.with_suffix(".new")
    new.write_bytes(packed)
    new.replace(path)
    with place.database.write() as connection:
        filing = stored.get(connection, id_)
        if filing.state is FilingState.APPROVED:
            taken = sealed(filing, version["package"], place.clock(), actor)
            happened(connection, taken)
    seal_ledger(place)
    return filing_document(place, id_) | {"archive": str(path), "archive_digest": held.digest}


def check_approval(connection: Connection, filing: Filing) -> None:
    """Hold the approval against its own row and the ledger: a state alone is no approval."""
    rows = stored.history(connection, "approval", filing.id)
    granted = [r for r in rows if (r["decision"], r["package"]) == (APPROVED, filing.package)]
    if not granted or filing.approved != filing.package:
        raise TamperedEvidenceError(
            f"approval-missing: no approval of {filing.package} is on record for {filing.id}: "
            "run `zicha verify` and have it approved"
        )
    draft = ledgered_filings.of_filing("approval", granted[-1])
    if draft.key not in ledger.keys(connection):
        raise TamperedEvidenceError(
            f"approval-altered: the ledger does not know this approval of {filing.id}: "
            "run `zicha verify` and find out who wrote there"
        )


def checked_files(place: Workplace, filing: Filing, version: Row) -> Iterator[tuple[str, bytes]]:
    """Every file of the package, held against what was approved, on the disk and in the store."""
    folder = folder_of(place, filing.id, filing.package)
    for row in version["files"]:
        path = folder / row["name"]
        check(row, path.read_bytes() if path.is_file() else None, f"in {folder.name}")
        try:
            data = place.store.get(f"sha256:{row['sha256']}")
        except EvidenceError as error:
            raise TamperedEvidenceError(
                f"package-file-altered: {row['name']} in the store: {error}"
            ) from error
        check(row, data, "in the store")
        yield row["name"], data


def _authors(connection: Connection, filing: Filing) -> tuple[str, ...]:
    version = stored.newest_version(connection, filing.id)
    return tuple(version["authors"]) if version else ()


def _body(place: Workplace, filing: Filing, version: Row, due: datetime | None) -> str:
    """What the approver reads: the exact digest, who wrote it, where it stands, what to know."""
    local = due.astimezone(place.zone).isoformat(timespec="minutes") if due else "–"
    lines = [
        f"**{filing.id}** · 版本 version {filing.version} · 期限 due {local}",
        f"摘要 digest: `{filing.package}`",
        f"起草 drafted by: {', '.join(version.get('authors', []))}",
        f"文件 files: `{folder_of(place, filing.id, filing.package)}`",
        "批准的是上述摘要所指的字节；起草人和填写人不得批准。",
        "You approve exactly the bytes of this digest; whoever wrote any of it cannot.",
    ]
    found = version.get("found", [])[:MOST_WARNINGS]
    lines += [f"- {one['severity']} `{one['rule']}` {one['says']['zh']} / {one['says']['en']}"
              for one in found]  # fmt: skip
    return "\n\n".join(lines)


def channel_actor(user: str) -> str:
    """A user that Airflow verified, in our words."""
    return f"{AUTHENTICATED}{user}"
