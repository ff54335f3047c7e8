"""Programs that guard a host, in the list of what runs: by name, and by whose they are."""

from __future__ import annotations

import re

from zicha.catalog.host_agents import Guards, load_agents
from zicha.collectors.linux.texts import listed_text
from zicha.model.errors import MalformedAnswerError
from zicha.model.evidence import Answer, Unread
from zicha.model.verdict import Reason

# Names of programs only: command lines and environments hold secrets, and are not asked for.
PROGRAMS = ("ps", "-e", "-o", "euid=", "-o", "euser:32=", "-o", "comm=")
COUNT = "programs "
HEADER = re.compile(rf"{COUNT}\d+, of root (\d+)")
ROOT = "0"
HIDDEN = (
    "the host shows a user only programs of their own: let the inspector's account see all "
    "(mount option gid= of /proc)"
)


def only_agents(text: str) -> str:
    """How many programs run, how many of them as root, and those that are known by name."""
    if text.startswith(COUNT):
        return text
    # A program's name may hold blanks.
    ran = [line.split(maxsplit=2) for line in text.splitlines() if line.strip()]
    if any(len(words) != len(("uid", "user", "name")) for words in ran):
        return "?\n"
    known = dict.fromkeys(" ".join(words) for words in ran if words[2] in load_agents())
    of_root = sum(words[0] == ROOT for words in ran)
    return "".join(f"{line}\n" for line in (f"{COUNT}{len(ran)}, of root {of_root}", *known))


def agent_that_guards(listing: Answer, what: Guards) -> str | Unread | None:
    """The product of a running program that does this; None where there is none.

    A list without any program of root's is not the whole list: it tells of what is there, and
    nothing of what is not.
    """
    header, *lines = (listed_text(listing) or "").splitlines() or [""]
    counted = HEADER.fullmatch(header)
    if counted is None:
        raise MalformedAnswerError("ps named no programs with their users")
    known = load_agents()
    for line in lines:
        uid, user, name = line.split(maxsplit=2)
        agent = known.get(name)
        if agent and what in agent.guards and (uid == ROOT or user in agent.users):
            return agent.product
    return None if int(counted[1]) else Unread(Reason.REFUSED, HIDDEN)
