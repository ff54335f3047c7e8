"""Who may become another through sudo, for what, and whether a password is asked for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.folders import paths_of
from zicha.collectors.linux.sudo_lines import Rule, only_grants, rules_of
from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST = "read_sudoers"
FILE, FOLDER = "/etc/sudoers", "/etc/sudoers.d"
# Here stands whether sudo asks a directory for grants too.
SERVICES = "/etc/nsswitch.conf"
# Files and folders that are taken in are followed as long as they stand beside these.
BESIDE = re.compile(rf"{FILE}[\w./-]*")
INCLUDED = re.compile(r"^[@#](include|includedir)\s+\"?([^\s\"]+)", re.MULTILINE)
# Programs from which a user comes to a shell, or writes any file: with them one has everything.
OPEN_DOORS = frozenset(
    """
    apt apt-get ash awk bash busybox chmod chown cp crontab csh dash dd dnf docker dpkg ed
    emacs env ex expect find ftp gawk gdb git ionice ksh less lua man more mount mv mysql
    nano nice nmap node nsenter passwd perl php pico pip psql python python2 python3 rpm
    rsync ruby rvim scp screen script sed sh socat ssh strace su sudo systemctl tar taskset
    tclsh tcpdump tee tmux unshare useradd usermod vi view vim visudo watch xargs yum zip
    zsh
    """.split()  # noqa: SIM905 - a list of words, to be read as one
)


def fetch(host: Host) -> Iterator[Reply]:
    """Read sudoers and what it takes in; where there is none, sudo grants nothing."""
    wanted = [("include", FILE), ("includedir", FOLDER)]
    asked: set[str] = set()
    while wanted:
        kind, path = wanted.pop(0)
        if path in asked or not BESIDE.fullmatch(path):
            continue
        asked.add(path)
        if kind == "includedir":
            said = host.list(path, call=LIST)
            wanted += [("include", name) for name in _in_force(said)]
        else:
            said = host.read(path, call=LIST, keep=only_grants)
            wanted += _included(text_of(said))
        yield said
    yield _without_directories(host.read(SERVICES, call=LIST, keep=only_sudoers))


def only_sudoers(text: str) -> str:
    """The line that says where sudo looks for grants."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if re.match(r"sudoers\s*:", line))


def _without_directories(said: Reply) -> Reply:
    """Cut where sudo also asks a directory: of grants kept there nothing is known."""
    text = text_of(said)
    if not isinstance(said, Answer) or not isinstance(text, str):
        return said
    asked = re.sub(r"\[[^\]]*\]", " ", text.replace("sudoers", "").replace(":", " ")).split()
    others = sorted(set(asked) - {"files"})
    if not others:
        return said
    remedy = (
        f"{SERVICES} has sudo ask {' and '.join(others)} too, which is not read: take it out of "
        "the line `sudoers:`, or attest to the grants kept there"
    )
    return replace(said, cut=Reason.PARTIAL, remedy=remedy)


def _included(text: object) -> list[tuple[str, str]]:
    return INCLUDED.findall(text) if isinstance(text, str) else []


def _in_force(listing: Reply) -> list[str]:
    """What of a folder counts, says sudoers(5): no name with a dot in it or a tilde at its end."""
    names = ((path, path.rpartition("/")[2]) for path in paths_of(listing))
    return [path for path, name in names if "." not in name and not name.endswith("~")]


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per user or group that is granted anything, over all files that were read."""
    said = replies.to(LIST)
    folders = {FOLDER} | {
        path for each in said for kind, path in _included(text_of(each)) if kind == "includedir"
    }
    read = [listing for listing in said if listing.about not in folders | {SERVICES}]
    found = _Found(rules_of(_in_order(read, {each.about for each in said})), _unread(replies))
    for grantee in dict.fromkeys(rule.grantee for rule in found.rules):
        theirs = [rule for rule in found.rules if rule.grantee == grantee]
        yield {
            "host": read[0].place[0],
            "grantee": grantee,
            "is_a_group": grantee.startswith(("%", "+")),
            "runs_everything_as_root": _said(found, (_everything(rule) for rule in theirs)),
            "runs_everything_without_password": _said(
                found, (_everything(rule) and not rule.asks for rule in theirs)
            ),
            "opens_a_shell_without_password": _said(
                found, (_opens(rule) and not rule.asks for rule in theirs)
            ),
            "is_asked_for_a_password": _all(found, [rule.asks for rule in theirs]),
        }


@dataclass(frozen=True, slots=True)
class _Found:
    rules: list[Rule]
    unread: Unread | None


def _unread(replies: Replies) -> Unread | None:
    """Why a grant may be missing: a file or the folder was refused, or an answer has no text."""
    said: list[Reply] = [*replies.gaps(LIST), *replies.to(LIST)]
    return next((text for each in said if isinstance(text := text_of(each), Unread)), None)


def _in_order(read: Sequence[Answer], asked: Collection[str]) -> list[str]:
    texts = [listed_text(each) or "" for each in read]
    for _, path in _included("\n".join(texts)):
        if path not in asked and not BESIDE.fullmatch(path):
            remedy = f"{FILE} includes {path}, which is not read: put its rules into {FOLDER}"
            raise MalformedAnswerError(remedy)
    return texts


def _everything(rule: Rule) -> bool:
    return rule.as_root and "ALL" in rule.commands


def _opens(rule: Rule) -> bool:
    names = {command.rpartition("/")[2].rstrip("*") for command in rule.commands}
    return rule.as_root and ("ALL" in rule.commands or "" in names or bool(names & OPEN_DOORS))


def _said(found: _Found, held: Iterable[bool]) -> bool | Unread:
    """A yes stands; a no needs every file to have been read."""
    return any(held) or found.unread or False


def _all(found: _Found, held: list[bool]) -> bool | Unread:
    return False if not all(held) else found.unread or True


COLLECTOR = Collector(
    id="linux/sudo_rules",
    title=Text(zh="提权授权", en="Grants of sudo"),
    max_age=timedelta(hours=26),
    permissions=(f"cat -- {FILE}*", f"find {FILE}* -maxdepth 1 *", f"cat -- {SERVICES}"),
    lists=LIST,
    places=("host",),
    subject=("host", "grantee"),
    subject_type="linux/sudo_grant",
    columns={
        "host": str,
        "grantee": str,
        "is_a_group": bool,
        "runs_everything_as_root": bool,
        "runs_everything_without_password": bool,
        "opens_a_shell_without_password": bool,
        "is_asked_for_a_password": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
