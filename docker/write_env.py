"""Write `.env` from `.env.example` with secrets of its own: `make env SCOPE=folder`.

It needs Python's standard library only, and never overwrites: what is in use must not change.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AUTH_MANAGER = "AIRFLOW__CORE__AUTH_MANAGER"
SIMPLE = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
SCOPE = "ZICHA_SCOPE_FOLDER"


def fernet_key() -> str:
    """A key as Airflow's encryption of connections wants it: 32 bytes, URL-safe."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


# Hexadecimal: these stand in addresses of databases too, where other signs have a meaning.
SECRETS: dict[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": lambda: secrets.token_hex(24),
    "AIRFLOW_DATABASE_PASSWORD": lambda: secrets.token_hex(24),
    "ZICHA_DATABASE_PASSWORD": lambda: secrets.token_hex(24),
    "AIRFLOW_JWT_SECRET": lambda: secrets.token_hex(64),
    "AIRFLOW_SECRET_KEY": lambda: secrets.token_hex(32),
    "AIRFLOW_FERNET_KEY": fernet_key,
}


def filled(example: str, scope: str) -> str:
    """The example with every secret drawn, and the scope's folder where it is known."""
    given = {name: draw() for name, draw in SECRETS.items()}
    given |= {AUTH_MANAGER: SIMPLE, SCOPE: scope}
    missing = [name for name in given if not re.search(rf"^{name}=$", example, re.MULTILINE)]
    if missing:
        raise SystemExit(f".env.example has no empty line for {', '.join(missing)}: restore it")
    return re.sub(
        r"^([A-Z_]+)=$",
        lambda line: f"{line[1]}={given.get(line[1], '')}",
        example,
        flags=re.MULTILINE,
    )


def write(path: Path, text: str) -> None:
    """Make the file, readable by its owner only, from its first byte on; never over another."""
    half = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    try:
        os.link(half, path)
    finally:
        half.unlink()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file: 0 written, 2 there is one already or the scope is no folder."""
    parser = argparse.ArgumentParser(prog="docker/write_env.py", description=__doc__)
    parser.add_argument("--scope", default="", help="the folder with your scope files")
    parser.add_argument("--file", type=Path, default=ROOT / ".env", help="where to write")
    asked = parser.parse_args(arguments)
    scope = asked.scope and str(Path(asked.scope).expanduser().resolve())
    if scope and not Path(scope).is_dir():
        sys.stderr.write(f"{asked.scope} is no folder: name the one with your scope files\n")
        return 2
    if held := [sign for sign in "\r\n'\"$#:" if sign in scope]:
        sys.stderr.write(
            f"the path of the scope's folder has {held[0]!r} in it, which .env or a mount cannot "
            "hold: copy the folder to another place\n"
        )
        return 2
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    try:
        write(asked.file, filled(example, scope))
    except FileExistsError:
        sys.stderr.write(f"{asked.file} is there already: its secrets are in use, it is kept\n")
        return 2
    sys.stdout.write(f"{asked.file} written, readable by you only\n")
    if not scope:
        sys.stdout.write(f"fill in {SCOPE}: the folder with your scope files\n")
    sys.stdout.write(f"{AUTH_MANAGER} is Airflow's simple login: name your own for production\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
