"""What a host asks of passwords and what it does about guessing, from PAM and its settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.folders import (
    Texts,
    each_file,
    paths_of,
    settings_of,
    texts_of,
    without_comments,
)
from zicha.collectors.linux.login_defaults import PATH as DEFS
from zicha.collectors.linux.login_defaults import only_login_defaults
from zicha.collectors.linux.pam_stacks import FOLDER, Step, included, only_stack, step_of, steps
from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread, derived
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST = "list_pam_stacks"
ENTRANCES = ("sshd", "login")
CHANGE = "passwd"
# The folder first: as libpwquality reads them, the file has the last word.
QUALITY, QUALITIES = "/etc/security/pwquality.conf", "/etc/security/pwquality.conf.d"
FAILLOCK, HISTORY = "/etc/security/faillock.conf", "/etc/security/pwhistory.conf"
CREDITS = ("dcredit", "ucredit", "lcredit", "ocredit")
QUALITY_MODULES = ("pam_pwquality", "pam_cracklib")
HASHES = (
    "yescrypt",
    "gost_yescrypt",
    "bcrypt",
    "blowfish",
    "sha512",
    "sha256",
    "sm3",
    "md5",
    "bigcrypt",
)
DEFAULT_DENY, DEFAULT_UNLOCK, DEFAULT_REMEMBER = 3, 600, 10
NEVER = 99999


def fetch(host: Host) -> Iterator[Reply]:
    """Read the stacks of the entrances with all they include, then the modules' own settings."""
    listing = host.list(FOLDER, call=LIST)
    yield listing
    known = set(paths_of(listing))
    wanted = [f"{FOLDER}/{name}" for name in (*ENTRANCES, CHANGE)]
    asked: set[str] = set()
    while wanted := [path for path in dict.fromkeys(wanted) if path in known - asked]:
        named: list[str] = []
        for path in wanted:
            said = host.read(path, keep=only_stack)
            yield said
            text = text_of(said)
            named += included(text) if isinstance(text, str) else []
        asked |= set(wanted)
        wanted = named
    dropped = host.list(QUALITIES, "*.conf")
    yield dropped
    yield from each_file(host, dropped, without_comments)
    for path in (QUALITY, FAILLOCK, HISTORY):
        yield host.read(path, keep=without_comments)
    yield host.read(DEFS, keep=only_login_defaults)


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host with PAM; the weakest entrance speaks for it."""
    for listing in replies.to(LIST):
        listed_text(listing)
        stacks = {path: text_of(replies.about(path, "read")) for path in paths_of(listing)}
        if not stacks:
            continue
        auth = [_entrance(stacks, name) for name in ENTRANCES if f"{FOLDER}/{name}" in stacks]
        auth = auth or [_entrance(stacks, ENTRANCES[-1])]
        change = steps(stacks, f"{FOLDER}/{CHANGE}", "password")
        conf = _settings(
            texts_of(replies, [], [replies.about(QUALITIES, "list")]), replies, QUALITY
        )
        locks = [_lock(each, _settings([], replies, FAILLOCK)) for each in auth]
        defs = _settings([], replies, DEFS)
        yield {
            "host": listing.place[0],
            **_quality(change, conf),
            "remembered_passwords": _of(_history, change, _settings([], replies, HISTORY)),
            "hashes_new_passwords_by": _of(_hash, change, defs),
            "accepts_empty_passwords": _any(auth, _accepts_empty),
            "locks_out": _weakest(locks, "locks_out", all),
            "locks_after_failures": _weakest(locks, "locks_after_failures", _largest),
            "unlocks_after_seconds": _weakest(locks, "unlocks_after_seconds", _least),
            "new_passwords_last_days": _of(_lasting, defs),
        }


Settings = dict[str, str] | Unread
Stack = list[Step] | Unread


def _settings(first: Texts, replies: Replies, path: str) -> Settings:
    text = text_of(replies.about(path, "read"))
    for each in (first, text):
        if isinstance(each, Unread):
            return each
    return settings_of([*(first if isinstance(first, list) else []), str(text or "")])


def _entrance(stacks: Mapping[str, str | Unread | None], name: str) -> Stack:
    return steps(stacks, f"{FOLDER}/{name}", "auth")


def _of(value: Callable[..., Cell], *read: Settings | Stack) -> Cell:
    return derived(*read) or value(*read)


def _quality(change: Stack, conf: Settings) -> Row:
    names = ("checks_quality", "shortest_password", "kinds_of_characters", "binds_root_too")
    unread = derived(change)
    step = None if isinstance(change, Unread) else step_of(change, *QUALITY_MODULES)
    if unread or step is None:
        return dict.fromkeys(names, unread) | ({} if unread else {"checks_quality": False})
    if step.module == "pam_pwquality" and isinstance(conf, Unread):
        return dict.fromkeys(names, conf) | {"checks_quality": True}
    said = dict(step.options)
    if step.module == "pam_pwquality" and not isinstance(conf, Unread):
        said = conf | said
    credits_ = [_whole(said.get(name)) for name in CREDITS]
    length = _whole(said.get("minlen"))
    return {
        "checks_quality": said.get("enforcing") != "0",
        # What a kind of character earns is taken off the length that is asked for.
        "shortest_password": None
        if length is None
        else length - sum(c for c in credits_ if c and c > 0),
        "kinds_of_characters": max(
            _whole(said.get("minclass")) or 0, sum(1 for c in credits_ if c is not None and c < 0)
        ),
        "binds_root_too": "enforce_for_root" in said,
    }


def _history(change: list[Step], conf: dict[str, str]) -> Cell:
    kept = step_of(change, "pam_pwhistory")
    if kept is not None:
        said = conf | dict(kept.options)
        return _whole(said.get("remember", str(DEFAULT_REMEMBER)))
    unix = step_of(change, "pam_unix")
    return _whole(unix.options.get("remember", "0")) if unix else 0


def _hash(change: list[Step], defs: dict[str, str]) -> Cell:
    unix = step_of(change, "pam_unix")
    named = [name for name in HASHES if unix and name in unix.options]
    return named[0] if named else defs.get("ENCRYPT_METHOD", "").lower() or None


def _accepts_empty(auth: list[Step]) -> bool:
    return any(step.module == "pam_unix" and "nullok" in step.options for step in auth)


def _lock(auth: Stack, conf: Settings) -> Mapping[str, Cell]:
    names = ("locks_out", "locks_after_failures", "unlocks_after_seconds")
    if isinstance(auth, Unread):
        return dict.fromkeys(names, auth)
    tally = step_of(auth, "pam_tally2", "pam_tally")
    faillock = [step for step in auth if step.module == "pam_faillock"]
    counts = any("authfail" in step.options for step in faillock)
    # Without the first step nobody is turned away; without the second nobody is counted.
    refuses = any("preauth" in step.options and step.control != "optional" for step in faillock)
    if counts and refuses:
        if isinstance(conf, Unread):
            return dict.fromkeys(names, conf) | {"locks_out": True}
        options = {n: v for step in faillock for n, v in step.options.items()}
        said = conf | options
        deny = _whole(said.get("deny", str(DEFAULT_DENY)))
        unlock = said.get("unlock_time", str(DEFAULT_UNLOCK))
        return _locked(deny, 0 if unlock == "never" else _whole(unlock))
    if tally is not None:
        return _locked(
            _whole(tally.options.get("deny", "0")), _whole(tally.options.get("unlock_time", "0"))
        )
    return dict.fromkeys(names, None) | {"locks_out": False}


def _locked(deny: int | None, unlock: int | None) -> Mapping[str, Cell]:
    """No number to lock after locks nobody; no time to unlock after waits for an administrator."""
    return {
        "locks_out": bool(deny),
        "locks_after_failures": deny or None,
        "unlocks_after_seconds": unlock or None,
    }


def _weakest(
    locks: Sequence[Mapping[str, Cell]], name: str, choose: Callable[[list[Cell]], Cell]
) -> Cell:
    cells = [each[name] for each in locks]
    return derived(*cells) or choose(cells)


def _largest(cells: list[Cell]) -> Cell:
    numbers = [cell for cell in cells if isinstance(cell, int)]
    return max(numbers) if len(numbers) == len(cells) and numbers else None


def _least(cells: list[Cell]) -> Cell:
    return min((cell for cell in cells if isinstance(cell, int)), default=None)


def _any(stacks: Sequence[Stack], holds: Callable[[list[Step]], bool]) -> Cell:
    return derived(*stacks) or any(holds(each) for each in stacks if isinstance(each, list))


def _lasting(defs: dict[str, str]) -> Cell:
    days = _whole(defs.get("PASS_MAX_DAYS"))
    return None if days is None or days >= NEVER else days


def _whole(word: str | None) -> int | None:
    return int(word) if word is not None and re.fullmatch(r"-?\d+", word) else None


COLLECTOR = Collector(
    id="linux/password_rules",
    title=Text(zh="口令策略与登录失败锁定", en="Password rules and lock-out"),
    max_age=timedelta(hours=26),
    permissions=(
        f"find {FOLDER} -maxdepth 1 *",
        f"find {QUALITIES} -maxdepth 1 *",
        f"cat -- {FOLDER}/*",
        f"cat -- {QUALITIES}/*",
        *(f"cat -- {path}" for path in (QUALITY, FAILLOCK, HISTORY, DEFS)),
    ),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/passwords",
    columns={
        "host": str,
        "checks_quality": bool,
        "shortest_password": int,
        "kinds_of_characters": int,
        "binds_root_too": bool,
        "remembered_passwords": int,
        "hashes_new_passwords_by": str,
        "accepts_empty_passwords": bool,
        "locks_out": bool,
        "locks_after_failures": int,
        "unlocks_after_seconds": int,
        "new_passwords_last_days": int,
    },
    fetch=fetch,
    tabulate=tabulate,
)
