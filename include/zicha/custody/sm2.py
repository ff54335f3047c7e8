"""SM2 signatures (GB/T 32918), verified by the machine's openssl: Python's libraries lack them."""

from __future__ import annotations

import base64
import subprocess
import tempfile
from pathlib import Path

from zicha.model.errors import ConfigError

SIGNER_ID = "1234567812345678"
"""The signer's id that GM/T 0009 fixes; openssl wants it spelt out."""

PATIENCE = 30


def sm2_verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key (DER) signed the message with SM2 over SM3.

    Raises:
        ConfigError: there is no openssl here.
    """
    with tempfile.TemporaryDirectory(prefix="zicha-sm2-") as folder:
        held = Path(folder)
        (held / "key").write_text(as_pem(key), encoding="ascii")
        (held / "message").write_bytes(message)
        (held / "signature").write_bytes(signature)
        options = ["-sigopt", f"distid:{SIGNER_ID}", "-signature", "signature", "message"]
        try:
            ran = subprocess.run(  # noqa: S603 - no word of it comes from outside
                ["openssl", "dgst", "-sm3", "-verify", "key", *options],  # noqa: S607
                cwd=held,
                capture_output=True,
                check=False,
                timeout=PATIENCE,
            )
        except OSError as error:
            raise ConfigError(
                "an SM2 signature is verified by openssl, which is not here: install it"
            ) from error
        return ran.returncode == 0


def as_pem(key: bytes) -> str:
    """A public key in DER as PEM."""
    text = base64.b64encode(key).decode()
    lines = [text[n : n + 64] for n in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])
