"""Local accounts: who exists, who may log in, how old passwords are; never a password hash."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.last_logins import PROGRAMS, ask, last_logins, last_used
from zicha.collectors.linux.login_defaults import PATH as DEFS
from zicha.collectors.linux.login_defaults import only_login_defaults
from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zicha.sources.host import Host

LIST = "list_accounts"
PASSWD, GROUP, SHADOW = "/etc/passwd", "/etc/group", "/etc/shadow"
CLOSED_SHELLS = re.compile(r".*/(?:nologin|false|true|sync|shutdown|halt)")
ADMIN_GROUPS = frozenset({"wheel", "sudo", "admin", "root"})
FIRST_PERSON = 1000
NEVER = 99999
PASSWD_FIELDS, GROUP_FIELDS, SHADOW_FIELDS = 7, 4, 9
HASHES = {
    "1": "md5",
    "2a": "bcrypt",
    "2b": "bcrypt",
    "2y": "bcrypt",
    "5": "sha256",
    "6": "sha512",
    "7": "scrypt",
    "gy": "gost-yescrypt",
    "sm3": "sm3",
    "y": "yescrypt",
}


def fetch(host: Host) -> Iterator[Reply]:
    """Read the files and the last logins; names and password hashes are dropped unkept."""
    yield host.read(PASSWD, call=LIST, about="", expects="root:", keep=without_names)
    yield host.read(GROUP, expects="root:", keep=without_group_passwords)
    yield host.read(SHADOW, expects="root:", keep=without_hashes)
    yield host.read(DEFS, keep=only_login_defaults)
    yield from ask(host)


def without_names(text: str) -> str:
    """The account file without the field that holds names and telephone numbers."""
    return _each_line(
        text,
        lambda f: [f[0], _pointed(f[1]), *f[2:4], "", *f[5:]] if len(f) == PASSWD_FIELDS else [],
    )


def without_group_passwords(text: str) -> str:
    """The group file without its password field."""
    return _each_line(text, lambda f: [f[0], "", *f[2:]] if len(f) > 1 else [])


def without_hashes(text: str) -> str:
    """The shadow file with the kind of each password in place of its hash."""
    return _each_line(text, lambda f: [f[0], _kind(f[1]), *f[2:]] if len(f) > 1 else [])


def _each_line(text: str, change: Callable[[list[str]], list[str]]) -> str:
    # A line of another shape is kept as a mark only: its text could be anything.
    changed = (":".join(change(line.split(":"))) or "?" for line in text.splitlines() if line)
    return "".join(f"{line}\n" for line in changed)


def _pointed(field: str) -> str:
    # `x` points to the shadow file; anything else may be a hash from older days.
    return field if field == "x" else _kind(field)


def _kind(field: str) -> str:
    """What the second field says, in words; a field in such words stays as it is."""
    if re.fullmatch(r"empty|none|(?:locked )?\([a-z0-9-]+\)", field):
        return field
    if not field:
        return "empty"
    bare = field.lstrip("!*")
    if not bare:
        return "none"
    found = re.match(r"\$([a-z0-9]+)\$", bare)
    name = HASHES.get(found[1], "other") if found else "des" if len(bare) == 13 else "none"  # noqa: PLR2004
    if name == "none":
        return name
    return f"({name})" if bare == field else f"locked ({name})"


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per account; what only the shadow file says is unread where it was refused."""
    for listing in replies.to(LIST):
        accounts = _lines(listed_text(listing) or "", PASSWD_FIELDS)
        if not accounts or isinstance(accounts, Unread):
            raise MalformedAnswerError(f"{PASSWD}: a line has too few fields, or there is none")
        groups = _fields(replies.about(GROUP, "read"), GROUP_FIELDS)
        shadow = _fields(replies.about(SHADOW, "read"), SHADOW_FIELDS)
        uids = Counter(fields[2] for fields in accounts.values())
        first_person = _first_person(replies.about(DEFS, "read"))
        logins = last_logins(replies)
        for name, fields in accounts.items():
            has_shell = not CLOSED_SHELLS.fullmatch(fields[6])
            password = _password(shadow, name, fields[1])
            state = password["password_state"]
            yield {
                "host": listing.place[0],
                "account": name,
                "uid": int(fields[2]),
                "shares_its_uid": uids[fields[2]] > 1,
                "is_system_account": _is_system(int(fields[2]), first_person),
                "is_a_persons": _is_a_persons(int(fields[2]), first_person, has_shell),
                "shell": fields[6],
                "has_login_shell": has_shell,
                "is_administrator": _is_administrator(groups, name, fields[3]),
                "logs_in_with_password": state
                if isinstance(state, Unread)
                else has_shell and state in {"set", "empty"},
                **password,
                "last_used_at": last_used(name, logins, password["password_changed_at"]),
            }


def _is_system(uid: int, first_person: Cell) -> Cell:
    return uid < first_person and uid > 0 if isinstance(first_person, int) else first_person


def _is_a_persons(uid: int, first_person: Cell, has_shell: bool) -> Cell:
    return uid >= first_person and has_shell if isinstance(first_person, int) else first_person


Lines = dict[str, list[str]] | Unread


def _fields(said: Reply, least: int) -> Lines:
    text = text_of(said)
    if text is None:
        return Unread(Reason.MALFORMED, f"{said.about} is not there")
    return text if isinstance(text, Unread) else _lines(text, least)


def _lines(text: str, least: int) -> Lines:
    lines = [line.split(":") for line in text.splitlines()]
    if any(len(fields) < least for fields in lines):
        return Unread(Reason.MALFORMED, "a line has too few fields")
    return {fields[0]: fields for fields in lines}


def _first_person(said: Reply) -> Cell:
    text = text_of(said)
    if isinstance(text, Unread):
        return text
    found = re.search(r"UID_MIN\s+(\d+)", text or "")
    return int(found[1]) if found else FIRST_PERSON


def _is_administrator(groups: Lines, name: str, gid: str) -> Cell:
    if isinstance(groups, Unread):
        return groups
    theirs = (fields for group, fields in groups.items() if group in ADMIN_GROUPS)
    return any(gid == fields[2] or name in fields[3].split(",") for fields in theirs)


def _password(shadow: Lines, name: str, pointer: str) -> Mapping[str, Cell]:
    if isinstance(shadow, Unread):
        names = "password_state password_hash password_max_days password_changed_at expires_at"
        return dict.fromkeys(names.split(), shadow)
    # No line: no password of this host's own; another service may still know one.
    fields = shadow.get(name) or [name, "none", *[""] * (SHADOW_FIELDS - 2)]
    kind = fields[1] if pointer == "x" else pointer
    is_locked = kind.startswith("locked")
    # Without the day of the last change nothing ages, whatever the limit says: shadow(5).
    days = int(fields[4]) if fields[4].isdigit() and fields[2] else None
    return {
        "password_state": "locked" if is_locked else "set" if kind.startswith("(") else kind,
        "password_hash": kind.removeprefix("locked ").strip("()") if "(" in kind else None,
        "password_max_days": None if days is None or days >= NEVER else days,
        "password_changed_at": _day(fields[2]),
        "expires_at": _day(fields[7]),
    }


def _day(field: str) -> Cell:
    if not field or field == "0":  # zero: to be changed at the next login
        return None
    if not field.isdigit():
        return Unread(Reason.MALFORMED, f"{SHADOW}: {field[:12]!r} is no day")
    return datetime.fromtimestamp(0, UTC) + timedelta(days=int(field))


COLLECTOR = Collector(
    id="linux/accounts",
    title=Text(zh="本地账户与口令期限", en="Local accounts and password ageing"),
    max_age=timedelta(hours=26),
    permissions=(*(f"cat -- {path}" for path in (PASSWD, GROUP, SHADOW, DEFS)), *PROGRAMS),
    lists=LIST,
    places=("host",),
    subject=("host", "account"),
    subject_type="linux/account",
    columns={
        "host": str,
        "account": str,
        "uid": int,
        "shares_its_uid": bool,
        "is_system_account": bool,
        "is_a_persons": bool,
        "shell": str,
        "has_login_shell": bool,
        "is_administrator": bool,
        "logs_in_with_password": bool,
        "password_state": str,
        "password_hash": str,
        "password_max_days": int,
        "password_changed_at": datetime,
        "expires_at": datetime,
        "last_used_at": datetime,
    },
    volatile=("last_used_at",),
    fetch=fetch,
    tabulate=tabulate,
)
