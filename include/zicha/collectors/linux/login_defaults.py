"""What `/etc/login.defs` says of accounts to come: one reading for all that need it."""

from __future__ import annotations

import re

PATH = "/etc/login.defs"
KEPT = re.compile(r"(?:UID_MIN|PASS_MAX_DAYS|PASS_MIN_DAYS|PASS_WARN_AGE|ENCRYPT_METHOD|UMASK)\s")


def only_login_defaults(text: str) -> str:
    """The lines that speak of account numbers, passwords' age and hashes, and the file mask."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if KEPT.match(line))
