"""Whether a request really comes from Slack: its signature and its age, before anything else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

OLDEST = timedelta(minutes=5)
_LONGEST_STAMP = 12
LONGEST = 64 * 1024
"""Bytes of a request; what is longer is refused before it is read."""


def refusal(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Why the request is refused; empty when it is Slack's own, and fresh.

    Args:
        secret: the signing secret of the app.
        headers: by lower-case names.
        body: the bytes as they came.
        now: the moment against which the age is held.
    """
    stamp, said = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not secret:
        return "no-signing-secret"
    if len(body) > LONGEST:
        return "too-long"
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > _LONGEST_STAMP or not said:
        return "unsigned"
    if abs(now.timestamp() - int(stamp)) > OLDEST.total_seconds():
        return "too-old"
    if not hmac.compare_digest(signature(secret, stamp, body).encode(), said.encode()):
        return "wrong-signature"
    return ""


def signature(secret: str, stamp: str, body: bytes) -> str:
    """The signature that Slack gives a request: version v0, HMAC-SHA256."""
    whole = b"v0:" + stamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), whole, hashlib.sha256).hexdigest()
