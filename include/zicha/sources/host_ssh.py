"""A host over SSH: its key known beforehand, ours from the credentials, one connection for all."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from zicha.model.errors import AccessDeniedError, ConfigError, SourceError, UnreachableError
from zicha.sources.host import BYTES, SEARCH_PATH, SECONDS, Ran

if TYPE_CHECKING:
    import asyncssh

ATTEMPTS = 2
GOODBYE_SECONDS = 3
T = TypeVar("T")


class SshReach:
    """Runs commands over one SSH connection, opened with the first of them."""

    def __init__(
        self,
        *,
        address: str,
        port: int,
        user: str,
        key: str,
        known_hosts: Path,
        seconds: float = SECONDS,
        most_bytes: int = BYTES,
    ) -> None:
        """Say where, as whom, with which private key (text), and which host keys are trusted."""
        if not known_hosts.is_file() or not known_hosts.read_bytes().strip():
            raise ConfigError(f"{known_hosts.name}: holds no host key for {address}")
        self._where, self._port, self._user = address, port, user
        self._key, self._known_hosts = key, known_hosts.read_bytes()
        self._seconds, self._most_bytes = seconds, most_bytes
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._failed: SourceError | None = None
        self._fingerprint = ""

    @property
    def heard(self) -> Mapping[str, str]:
        """Where it was asked, and which host key answered."""
        return {"reach": "ssh", "address": self._where, "host_key": self._fingerprint}

    def execute(self, argv: Sequence[str]) -> Ran:
        """Run over the one connection; a host that could not be reached is not tried again."""
        if self._failed:
            raise self._failed
        if self._connection is None:
            try:
                self._connection = self._await(self._connected())
            except SourceError as error:
                self._failed = error
                raise
        try:
            return self._await(self._ran(self._connection, argv))
        except UnreachableError as error:
            if self._connection.is_closed():
                self._failed = error
            raise

    def close(self) -> None:
        """Close the connection and its loop."""
        if self._loop is None:
            return
        if self._connection is not None:
            self._await(self._ended(self._connection))
        self._loop.close()
        self._loop = self._connection = None

    def _await(self, work: Awaitable[T]) -> T:
        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(work)

    async def _ended(self, connection: asyncssh.SSHClientConnection) -> None:
        connection.close()
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await connection.wait_closed()
        except TimeoutError:
            connection.abort()

    async def _connected(self) -> asyncssh.SSHClientConnection:
        """Try the network a few times; a refusal once."""
        last: SourceError = UnreachableError(f"{self._where}:{self._port}: not tried")
        for _ in range(ATTEMPTS):
            try:
                return await self._connect()
            except UnreachableError as error:
                last = error
        raise last

    async def _connect(self) -> asyncssh.SSHClientConnection:
        import asyncssh

        where = f"{self._where}:{self._port}"
        try:
            key = asyncssh.import_private_key(self._key)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            raise ConfigError(f"{where}: the credential is not a private key: {error}") from error
        try:
            connection = await asyncssh.connect(
                self._where,
                self._port,
                username=self._user,
                client_keys=[key],
                known_hosts=asyncssh.import_known_hosts(self._known_hosts.decode()),
                # Neither the caller's SSH settings, agent nor passwords: only what the scope says.
                config=None,
                agent_path=None,
                preferred_auth=["publickey"],
                connect_timeout=self._seconds / 2,
                login_timeout=self._seconds / 2,
                keepalive_interval=5,
            )
        except asyncssh.HostKeyNotVerifiable as error:
            wanted = f"known_hosts entry of {where}"
            remedy = f"{where}, {wanted}: its host key is not the known one; compare it by hand"
            refused = AccessDeniedError(where, wanted)
            refused.args = (remedy,)
            raise refused from error
        except asyncssh.PermissionDenied as error:
            wanted = f"authorized_keys of {self._user} at {where}"
            raise AccessDeniedError(where, wanted) from error
        except (OSError, TimeoutError, asyncssh.Error, ValueError) as error:
            text = f"{where} cannot be reached ({type(error).__name__}): check address and firewall"
            raise UnreachableError(text) from error
        host_key = connection.get_server_host_key()
        self._fingerprint = host_key.get_fingerprint() if host_key else ""
        return connection

    async def _ran(self, connection: asyncssh.SSHClientConnection, argv: Sequence[str]) -> Ran:
        import asyncssh

        # sshd hands the line to the user's shell: quoted, and with the locale set by `env`,
        # because servers seldom accept LC_ALL from a client.
        line = shlex.join(["env", "LC_ALL=C", f"PATH={SEARCH_PATH}", *argv])
        try:
            process = await connection.create_process(line, encoding=None, stdin=asyncssh.DEVNULL)
        except (OSError, asyncssh.Error) as error:
            raise UnreachableError(f"{self._where}: the connection broke ({error})") from error
        try:
            async with asyncio.timeout(self._seconds):
                return await self._collected(process)
        except TimeoutError as error:
            process.kill()
            text = f"{self._where}: `{argv[0]}` gave no answer in {self._seconds:g} s"
            raise UnreachableError(text) from error
        except (OSError, asyncssh.Error) as error:
            raise UnreachableError(f"{self._where}: the connection broke ({error})") from error
        finally:
            process.close()

    async def _collected(self, process: asyncssh.SSHClientProcess[bytes]) -> Ran:
        out, err = await asyncio.gather(
            self._drained(process, process.stdout), self._drained(process, process.stderr)
        )
        if len(out) > self._most_bytes:
            return Ran(0, out[: self._most_bytes], err, is_cut=True)
        await process.wait_closed()
        if process.exit_status is None:
            text = f"{self._where}: the command ended without an exit status"
            raise UnreachableError(text)
        return Ran(process.exit_status, out, err)

    async def _drained(
        self, process: asyncssh.SSHClientProcess[bytes], stream: asyncssh.SSHReader[bytes]
    ) -> bytes:
        heard = bytearray()
        while chunk := await stream.read(65536):
            heard += chunk
            if len(heard) > self._most_bytes:
                process.kill()
                process.close()
                break
        return bytes(heard)
