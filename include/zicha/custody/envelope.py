"""The envelope of an encrypted object: a readable header, then AES-256-GCM bound to the name."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zicha.custody.canonical import canonical
from zicha.custody.period_keys import NONCE, PeriodKey, PeriodKeys
from zicha.model.errors import TamperedEvidenceError

MAGIC = b"zicha-envelope/1\n"
ALGORITHM = "AES-256-GCM"


def seal(
    data: bytes, digest: str, key: PeriodKey, random: Callable[[int], bytes] = os.urandom
) -> bytes:
    """The envelope of these bytes; header and name are authenticated with them."""
    nonce = random(NONCE)
    said = {"alg": ALGORITHM, "key": key.id, "nonce": base64.b64encode(nonce).decode()}
    header = MAGIC + canonical(said) + b"\n"
    return header + AESGCM(key.key).encrypt(nonce, data, header + digest.encode())


def opened(body: bytes, digest: str, period: str, keys: PeriodKeys) -> bytes:
    """The bytes in the envelope that stands under this name, of this period.

    Raises:
        TamperedEvidenceError: a bit of it is not what was sealed, or it was put under another name.
        ExpiredEvidenceError: the key of its period was destroyed.
        ConfigError: the key of its period is lost, or another one lies in its place.
    """
    said, _, encrypted = body.removeprefix(MAGIC).partition(b"\n")
    try:
        header = json.loads(said)
        key, nonce = header["key"], base64.b64decode(header["nonce"], validate=True)
        is_ours = body.startswith(MAGIC) and header["alg"] == ALGORITHM and len(nonce) == NONCE
    except (ValueError, KeyError, TypeError) as error:
        raise TamperedEvidenceError(f"the envelope of {digest} was altered: its header") from error
    if not is_ours or not isinstance(key, str) or key.partition("/")[0] != period:
        raise TamperedEvidenceError(f"the envelope of {digest} was altered: its header")
    bound = MAGIC + said + b"\n" + digest.encode()
    try:
        return AESGCM(keys.of(key)).decrypt(nonce, encrypted, bound)
    except InvalidTag as error:
        raise TamperedEvidenceError(f"the envelope of {digest} was altered") from error
