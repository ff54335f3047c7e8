"""A real sshd that a test starts for itself, on a free port of loopback."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zicha.sources.host import Host
from zicha.sources.host_ssh import SshReach

asyncssh = pytest.importorskip("asyncssh")
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")
RUN = Path("/run/sshd")
needs_sshd = pytest.mark.skipif(SSHD is None, reason="openssh-server is not installed")


class SshServer:
    """An sshd on a free port with a host key, a user key and settings of its own."""

    def __init__(self, folder: Path, force: str = "") -> None:
        self.folder = folder
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.known_hosts = self._file(
            "known_hosts", f"[127.0.0.1]:{self.port} {public(self.host_key)}"
        )
        self._file("host_key", self.host_key.export_private_key().decode())
        self._file("authorized_keys", public(self.user_key))
        settings = {
            "Port": self.port,
            "ListenAddress": "127.0.0.1",
            "HostKey": folder / "host_key",
            "AuthorizedKeysFile": folder / "authorized_keys",
            "PidFile": "none",
            "UsePAM": "no",
            "StrictModes": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
        }
        if force:
            settings["ForceCommand"] = force
        lines = "".join(f"{name} {value}\n" for name, value in settings.items())
        self._file("sshd_config", lines)
        self.process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL
        )
        self._wait()

    def host(self, id_: str = "far", **changed: object) -> Host:
        """A host over this server; named settings replace the right ones."""
        how = {
            "address": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "key": self.user_key.export_private_key().decode(),
            "known_hosts": self.known_hosts,
            "seconds": 8.0,
        }
        return Host(id_, SshReach(**(how | changed)))

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait(10)

    def _file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def _wait(self) -> None:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail(f"sshd did not start (exit {self.process.poll()})")


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode()


@contextmanager
def run_folder() -> Iterator[None]:
    """The folder that sshd wants under /run; made for the while where root runs the test."""
    # Two workers may both find it missing; whoever comes last leaves it.
    if os.geteuid() == 0:
        RUN.mkdir(mode=0o755, exist_ok=True)
    yield
