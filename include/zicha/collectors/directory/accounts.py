"""Accounts of a directory: enabled or not, of which groups, when they end and were last used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.sources.directory import Directory

PRIVILEGED = (
    *("domain admins", "administrators", "enterprise admins", "schema admins"),
    *("wheel", "sudo", "admin", "admins"),
)
_DISABLED = 0x2
_NEVER_ENDS = 0x10000
_ACTIVITY = ("authTimestamp", "pwdLastSuccess", "lastLogonTimestamp")
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = {"0", "9223372036854775807", "-1"}

Entry = Mapping[str, Any]


def fetch(directory: Directory) -> Iterator[Reply]:
    """Whether the base can be seen at all, then the accounts and the groups."""
    yield directory.read_base()
    yield directory.list_accounts()
    yield directory.list_groups()


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per account; what needs the groups is unread where they are not wholly known."""
    for listing in replies.to("list_accounts"):
        entries = list(listing.each("entries"))
        unseen = None if listing.cut else _witness(entries, replies)
        groups = _groups(replies)
        is_recorded = any(name in entry for entry in entries for name in _ACTIVITY)
        for entry in entries:
            row = _row(listing.place[0], entry, groups, is_recorded=is_recorded)
            names = {"directory": row["directory"], "account": row["account"]}
            yield dict.fromkeys(row, unseen) | names if unseen else row


def _witness(entries: Sequence[Entry], replies: Replies) -> Unread | None:
    """Why the listing proves nothing, if so: what is hidden looks like what is not there."""
    for gap in replies.gaps("read_base"):
        if not entries:
            raise MalformedAnswerError(gap.remedy)
        return Unread(gap.reason, gap.remedy, gap.permission)
    shown = [entry for said in replies.to("read_base") for entry in said.each("entries")]
    if not shown or not shown[0].get("dn"):
        raise MalformedAnswerError("its base was not shown: grant read on it")
    below = "".join(shown[0].get("hasSubordinates", ())).upper()
    if not entries and below != "FALSE":
        raise MalformedAnswerError(
            "it shows no account below a base that is not known to be empty: grant search and read"
        )
    return None


def _groups(replies: Replies) -> Sequence[Entry] | Unread:
    for gap in replies.gaps("list_groups"):
        return Unread(gap.reason, gap.remedy, gap.permission)
    for said in replies.to("list_groups"):
        if said.cut:
            return Unread(said.cut, said.remedy, said.permission)
        try:
            listed = list(said.each("entries"))
            chosen = (said.body or {}).get("privileged", ())
        except MalformedAnswerError as error:
            return Unread(Reason.MALFORMED, str(error))
        if any(";range=" in name for group in listed for name in group):
            return Unread(Reason.PARTIAL, "a group has more members than were sent: ask an entry")
        return [*listed, {"privileged": list(chosen)}]
    return Unread(Reason.NOT_COLLECTED, "the groups were not asked for")


def _row(
    directory: str, entry: Entry, groups: Sequence[Entry] | Unread, *, is_recorded: bool
) -> Row:
    account = next(iter([*entry.get("uid", ()), *entry.get("sAMAccountName", ())]), "")
    if not account:
        raise MalformedAnswerError("an account has no uid and no sAMAccountName: narrow the filter")
    member_of = groups if isinstance(groups, Unread) else _member_of(entry, account, groups)
    last = _first(entry, *_ACTIVITY)
    if last is None and not is_recorded:
        last = Unread(
            Reason.NOT_COLLECTED, "the directory records no sign-ins: turn that on (lastbind)"
        )
    return {
        "directory": directory,
        "account": account,
        "is_enabled": _is_enabled(entry),
        "is_privileged": derived(member_of) or _is_privileged(member_of, groups),
        "groups": member_of if isinstance(member_of, Unread) else ", ".join(sorted(member_of)),
        "password_expires": not int(_one(entry, "userAccountControl") or 0) & _NEVER_ENDS,
        "expires_at": _first(entry, "accountExpires", "krbPrincipalExpiration", "shadowExpire"),
        "password_changed_at": _first(entry, "pwdChangedTime", "pwdLastSet", "shadowLastChange"),
        "last_active_at": last,
        "created_at": _first(entry, "createTimestamp"),
        "changed_at": _first(entry, "modifyTimestamp"),
    }


def _is_enabled(entry: Entry) -> bool:
    control = int(_one(entry, "userAccountControl") or 0)
    locked = (_one(entry, "nsAccountLock") or "").casefold() == "true"
    # 000001010000Z means for ever; any other moment may end by itself, and the account with it.
    for_ever = (_one(entry, "pwdAccountLockedTime") or "").startswith("000001010000")
    return not (control & _DISABLED or locked or for_ever)


def _member_of(entry: Entry, account: str, groups: Sequence[Entry]) -> set[str]:
    """Names of the groups that it belongs to, directly or through other groups."""
    dn, gid = entry["dn"].casefold(), _one(entry, "gidNumber")
    held = {dn, *(each.casefold() for each in entry.get("memberOf", ()))}
    names: set[str] = {_common_name(each) for each in entry.get("memberOf", ())}
    is_growing = True
    while is_growing:
        is_growing = False
        for group in groups:
            mark = str(group.get("dn", "")).casefold()
            if not mark or (mark in held and _name(group) in names):
                continue
            inside = {
                m.casefold() for key in ("member", "uniqueMember") for m in group.get(key, ())
            }
            has_it = mark in held or inside & held or account in group.get("memberUid", ())
            if has_it or (gid is not None and gid == _one(group, "gidNumber")):
                held.add(mark)
                names.add(_name(group))
                is_growing = True
    return names


def _is_privileged(names: set[str] | Any, groups: Sequence[Entry] | Any) -> bool:
    chosen = [each for group in groups for each in group.get("privileged", ())]
    wanted = {_common_name(each).casefold() for each in chosen} or set(PRIVILEGED)
    return bool(wanted & {name.casefold() for name in names})


def _name(group: Entry) -> str:
    return _one(group, "cn") or _common_name(str(group.get("dn", "")))


def _common_name(said: str) -> str:
    """The first name of an entry's path, or the name itself."""
    head = said.partition(",")[0]
    return head.partition("=")[2] if "=" in head else said


def _one(entry: Entry, name: str) -> str | None:
    return next(iter(entry.get(name, ())), None)


def _first(entry: Entry, *names: str) -> Cell:
    """The moment in the first of these that is there; None where none is, or says never."""
    for name in names:
        said = _one(entry, name)
        if said is None:
            continue
        if said in _NEVER and not name.endswith(("Time", "Timestamp")):
            return None
        try:
            return _moment(name, said)
        except (ValueError, OverflowError):
            return Unread(Reason.MALFORMED, f"{name} is no moment: correct the entry")
    return None


def _moment(name: str, said: str) -> datetime | None:
    if name.startswith("shadow"):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=int(said))
    if name in {"accountExpires", "pwdLastSet", "lastLogonTimestamp"}:
        return None if said in _NEVER else _FILETIME_EPOCH + timedelta(microseconds=int(said) // 10)
    return datetime.strptime(f"{said[:14]}+0000", "%Y%m%d%H%M%S%z")


COLLECTOR = Collector(
    id="directory/accounts",
    title=Text(zh="目录账号", en="Accounts of a directory"),
    max_age=timedelta(hours=26),
    permissions=(
        "search and read below the base, without passwords",
        "a size limit above its size",
    ),
    lists="list_accounts",
    places=("directory",),
    subject=("directory", "account"),
    subject_type="directory/account",
    columns={
        "directory": str,
        "account": str,
        "is_enabled": bool,
        "is_privileged": bool,
        "groups": str,
        "password_expires": bool,
        "expires_at": datetime,
        "password_changed_at": datetime,
        "last_active_at": datetime,
        "created_at": datetime,
        "changed_at": datetime,
    },
    volatile=("last_active_at",),
    fetch=fetch,
    tabulate=tabulate,
)
