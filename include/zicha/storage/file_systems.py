"""Which file system a folder lies on: databases lock badly over a network."""

from __future__ import annotations

import re
from pathlib import Path

from zicha.model.errors import ConfigError

MOUNTS = Path("/proc/self/mounts")
NETWORK = frozenset(
    (
        "9p",
        "afp",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "drvfs",
        "fuse.ceph",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "fuse.vmhgfs-fuse",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "prl_fs",
        "smb3",
        "smbfs",
        "vboxsf",
    )
)


def file_system_of(path: Path, mounts: str) -> tuple[str, str]:
    """The mount point that holds the path, and its type; `mounts` is the text of the table."""
    best = ("", "")
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), point)
        # The last of two mounts on one point is the one in force.
        if path.is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, kind)
    return best


def refuse_network_file_system(path: Path, mounts: str | None = None) -> None:
    """Raise when the path lies on a network or shared file system.

    Raises:
        ConfigError: it does; the message says what to do instead.
    """
    if mounts is None:
        if not MOUNTS.exists():
            return
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    point, kind = file_system_of(path.resolve(), mounts)
    # A sandbox may serve its own root over 9p; there is no other disk then.
    if kind in NETWORK and (kind, point) != ("9p", "/"):
        raise ConfigError(
            f"{path} lies on a network file system ({kind} at {point}), where locks do not hold: "
            "put the data folder on a local disk, or set ZICHA_DATABASE_URL to a PostgreSQL server"
        )
