"""Whether a host refuses by itself what no rule of its own admits."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from zicha.collectors.linux.texts import listed_text, text_of
from zicha.model.collector import Collector
from zicha.model.evidence import Cell, Replies, Reply, Row, Unread
from zicha.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zicha.sources.host import Host

LIST = "nft list ruleset"
OLDER = {"ip": ["iptables", "-S"], "ip6": ["ip6tables", "-S"]}
TABLE = re.compile(r"table (ip|ip6|inet) (\S+) \{")
CHAIN = re.compile(r"chain (\S+) \{")
INPUT = re.compile(r"type filter hook input .*")
# What a rule without a condition does with whatever reaches it.
LAST_WORD = re.compile(r"(?:counter(?: packets \d+ bytes \d+)? )?(drop|reject.*|accept)")
OLDER_LAST = re.compile(r"-A INPUT -j (DROP|REJECT.*|ACCEPT)")


def fetch(host: Host) -> Iterator[Reply]:
    """Ask nftables, which firewalld and ufw fill too; then the older tools, where they are."""
    yield host.run(LIST, ["nft", "list", "ruleset"], may_be_absent=True, keep=only_frame)
    for family, argv in OLDER.items():
        yield host.run("iptables -S", argv, about=family, may_be_absent=True, keep=only_frame)


def only_frame(text: str) -> str:
    """Tables, chains, policies and last words; which addresses are admitted stays on the host."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{_shortened(line)}\n" for line in lines if line)


def _shortened(line: str) -> str:
    bare = TABLE.fullmatch(line) or CHAIN.fullmatch(line) or LAST_WORD.fullmatch(line)
    if bare or line == "}" or re.match(r"type \w+ hook|-P |(?:jump|goto) \S+$", line):
        return line
    return line if OLDER_LAST.fullmatch(line) or line == "rule" else "rule"


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per host."""
    for listing in replies.to(LIST):
        text = listed_text(listing)
        older = {family: text_of(replies.about(family, "iptables -S")) for family in OLDER}
        yield {
            "host": listing.place[0],
            "refuses_unlisted_ipv4": _refuses(text, older["ip"], "ip"),
            "refuses_unlisted_ipv6": _refuses(text, older["ip6"], "ip6"),
        }


def _refuses(ruleset: str | None, older: str | Unread | None, family: str) -> Cell:
    """Any input chain that drops what is left does it; a no needs both tools to have been read."""
    if ruleset is not None and _nft_refuses(ruleset, family):
        return True
    if older is None or isinstance(older, Unread):
        return older or False
    lines = older.splitlines()
    return _ends(lines, OLDER_LAST, default="-P INPUT DROP" in lines)


def _nft_refuses(ruleset: str, family: str) -> bool:
    for (table, _, _), lines in _chains(ruleset).items():
        hook = next((line for line in lines if INPUT.fullmatch(line)), "")
        drops = bool(hook) and _ends(lines, LAST_WORD, default="policy drop;" in hook)
        if drops and table in {family, "inet"}:
            return True
    return False


def _ends(lines: Sequence[str], word: re.Pattern[str], *, default: bool) -> bool:
    """Whether what no condition fits is refused: by the first rule without one, or the policy."""
    first = next((found[1] for line in lines if (found := word.fullmatch(line))), None)
    return default if first is None else first.lower() != "accept"


def _chains(ruleset: str) -> dict[tuple[str, str, str], list[str]]:
    """The lines of each chain by family, table and name."""
    found: dict[tuple[str, str, str], list[str]] = {}
    table, chain = ("", ""), ""
    for line in ruleset.splitlines():
        if named := TABLE.fullmatch(line):
            table, chain = (named[1], named[2]), ""
        elif named := CHAIN.fullmatch(line):
            chain = named[1]
            found[(*table, chain)] = []
        elif line == "}":
            chain = ""
        elif chain:
            found[(*table, chain)].append(line)
    return found


COLLECTOR = Collector(
    id="linux/firewall_state",
    title=Text(zh="主机防火墙", en="The host's own firewall"),
    max_age=timedelta(hours=26),
    permissions=("nft list ruleset", "iptables -S", "ip6tables -S"),
    lists=LIST,
    places=("host",),
    subject=("host",),
    subject_type="linux/firewall",
    columns={
        "host": str,
        "refuses_unlisted_ipv4": bool,
        "refuses_unlisted_ipv6": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
