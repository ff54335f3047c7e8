"""Effective settings of the SSH server, as sshd itself prints them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zicha.collectors.linux.folders import computed, each_file, texts_of
from zicha.collectors.linux.pam_stacks import only_stack
from zicha.collectors.linux.sshd_matches import (
    FILE,
    FOLDER,
    loosens,
    only_match_blocks,
    unread_files,
)
from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread
from zicha.model.logic import both, either
from zicha.model.text import Text
from zicha.model.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zicha.sources.host import Host

LIST, ROOT = "sshd -T", "sshd -T for root"
# A Match block may give root other settings than the rest; 192.0.2.1 is nobody's address.
FROM_OUTSIDE = ("-C", "user=root,host=outside.invalid,addr=192.0.2.1")
NO_LIMIT = 0
PAM = "/etc/pam.d/sshd"
SECOND_FACTOR = re.compile(
    r"^auth\s+(?:required|requisite)\s+\S*pam_(?:google_authenticator|oath)\b", re.MULTILINE
)


def fetch(host: Host) -> Iterator[Reply]:
    """Ask for the settings of everyone and of root from outside; read the blocks for others."""
    yield _asked(host, LIST)
    yield _asked(host, ROOT, *FROM_OUTSIDE)
    yield host.read(FILE, keep=only_match_blocks)
    dropped = host.list(FOLDER, "*.conf")
    yield dropped
    yield from each_file(host, dropped, only_match_blocks)
    yield host.read(PAM, keep=only_stack)


def _asked(host: Host, call: str, *more: str) -> Reply:
    said = host.run(call, ["sshd", "-T", *more], expects="port ", may_be_absent=True)
    if isinstance(said, Answer) or said.reason is Reason.UNREACHABLE:
        return said
    # From OpenSSH 9.3 on, -G prints the same without host keys, and so without root.
    again = host.run(call, ["sshd", "-G", *more], expects="port ")
    return again if isinstance(again, Answer) else said


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host with an SSH server; none where it is not installed."""
    for listing in replies.to(LIST):
        if listed_text(listing) is None:
            continue
        said = _settings(listing)
        root = _settings(replies.about("", ROOT))
        yield {
            "host": listing.place[0],
            "permit_root_login": _word(root, "permitrootlogin"),
            "accepts_passwords": _accepts_passwords(said, replies.about(PAM, "read")),
            "accepts_empty_passwords": _flag(said, "permitemptypasswords"),
            "accepts_trusted_hosts": _flag(said, "hostbasedauthentication"),
            "ciphers": _word(said, "ciphers"),
            "macs": _word(said, "macs"),
            "key_exchanges": _word(said, "kexalgorithms"),
            "max_auth_tries": _number(said, "maxauthtries"),
            "login_grace_seconds": _seconds(said, "logingracetime"),
            "silent_client_seconds": _seconds(said, "clientaliveinterval"),
            "silent_client_probes": _number(said, "clientalivecountmax"),
            "forwards_x11": _flag(said, "x11forwarding"),
            "lets_users_set_environment": _is_not_no(said, "permituserenvironment"),
            "log_level": _word(said, "loglevel"),
            "restricts_who_may_log_in": _is_set(said, "allowusers", "allowgroups"),
            "a_match_block_loosens": computed(
                _blocks_loosen, texts_of(replies, [FILE], [replies.about(FOLDER, "list")])
            ),
        }


Settings = dict[str, str] | Unread


def _settings(said: Reply) -> Settings:
    text = text_of(said)
    if isinstance(text, Unread):
        return text
    found: dict[str, str] = {}
    for line in (text or "").splitlines():
        name, _, value = line.partition(" ")
        found.setdefault(name.lower(), value.strip())
    return found


def _blocks_loosen(texts: list[str]) -> Any:
    path = unread_files(texts)
    if path and not loosens(texts):
        remedy = f"sshd_config includes {path}, which is not read: put it into {FOLDER}"
        return Unread(Reason.NOT_COLLECTED, remedy)
    return loosens(texts)


def _accepts_passwords(said: Settings, pam: Reply) -> Any:
    """Whether a password by itself opens a session, asked for by sshd or, through it, by PAM."""
    ways = _ways(said)
    plain = both(_flag(said, "passwordauthentication"), not ways or {"password"} in ways)
    by_pam = both(_asks_by_pam(said), not ways or {"keyboard-interactive"} in ways)
    if plain is True or by_pam is False:
        return plain
    stack = text_of(pam)
    if isinstance(stack, Unread):
        return either(plain, stack)
    return either(plain, both(by_pam, not SECOND_FACTOR.search(stack or "")))


def _ways(said: Settings) -> list[set[str]]:
    """The combinations of methods of which one is asked for; none where any method will do."""
    methods = "any" if isinstance(said, Unread) else said.get("authenticationmethods", "any")
    lines = [] if methods == "any" else methods.split()
    return [{way.partition(":")[0] for way in line.split(",")} for line in lines]


def _asks_by_pam(said: Settings) -> Any:
    # Up to OpenSSH 8.6 the setting had another name.
    older = isinstance(said, dict) and "kbdinteractiveauthentication" not in said
    name = "challengeresponseauthentication" if older else "kbdinteractiveauthentication"
    return both(_flag(said, name), _flag(said, "usepam"))


def _word(said: Settings, name: str) -> Any:
    if isinstance(said, Unread):
        return said
    missing = Unread(Reason.MALFORMED, f"sshd -T printed no {name}")
    return said.get(name, missing)


def _flag(said: Settings, name: str) -> Any:
    word = _word(said, name)
    return {"yes": True, "no": False}.get(word, word) if isinstance(word, str) else word


def _is_not_no(said: Settings, name: str) -> Any:
    word = _word(said, name)
    return word != "no" if isinstance(word, str) else word


def _number(said: Settings, name: str) -> Any:
    word = _word(said, name)
    return int(word) if isinstance(word, str) and word.isdigit() else word


def _seconds(said: Settings, name: str) -> Any:
    """Zero switches the limit off: no limit is a null, not a small number."""
    number = _number(said, name)
    return None if number == NO_LIMIT else number


def _is_set(said: Settings, *names: str) -> Any:
    if isinstance(said, Unread):
        return said
    return any(re.fullmatch(r"\S.*", said.get(name, "")) for name in names)


COLLECTOR = Collector(
    id="linux/sshd_settings",
    title=Text(zh="SSH 服务生效配置", en="Effective settings of the SSH server"),
    max_age=timedelta(hours=26),
    permissions=(
        "sshd -T*",
        "sshd -G*",
        f"cat -- {FILE}",
        f"find {FOLDER} -maxdepth 1 *",
        f"cat -- {FOLDER}/*",
        f"cat -- {PAM}",
    ),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/sshd",
    columns={
        "host": str,
        "permit_root_login": str,
        "accepts_passwords": bool,
        "accepts_empty_passwords": bool,
        "accepts_trusted_hosts": bool,
        "ciphers": str,
        "macs": str,
        "key_exchanges": str,
        "max_auth_tries": int,
        "login_grace_seconds": int,
        "silent_client_seconds": int,
        "silent_client_probes": int,
        "forwards_x11": bool,
        "lets_users_set_environment": bool,
        "log_level": str,
        "restricts_who_may_log_in": bool,
        "a_match_block_loosens": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
