"""A real directory: slapd without root, on free ports, with TLS by a CA of the test's own."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BASE = "dc=example,dc=cn"
READER = f"cn=reader,{BASE}"
PASSWORD = "a reader's password 1"
SCHEMAS = Path("/etc/ldap/schema")
SLAPD = shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin:/usr/lib/openldap")
WHY_NOT = "" if SLAPD and SCHEMAS.is_dir() else "slapd is not installed: apt-get install slapd"

_TRIES = 200


@dataclass(frozen=True)
class Slapd:
    """Where the directory is reached, and whose certificate it shows."""

    port: int
    tls_port: int
    ca_file: Path
    other_ca_file: Path


def account(name: str, *lines: str, unit: str = "people") -> str:
    """One account as LDIF."""
    return "\n".join(
        (
            f"dn: uid={name},ou={unit},{BASE}",
            "objectClass: inetOrgPerson",
            "objectClass: shadowAccount",
            f"uid: {name}",
            f"cn: {name}",
            "sn: someone",
            "userPassword: {SSHA}never-to-be-read",
            *lines,
            "",
        )
    )


def group(name: str, *members: str) -> str:
    """One group as LDIF; members are whole paths."""
    inside = [f"member: {member}" for member in members]
    head = (f"dn: cn={name},ou=groups,{BASE}", "objectClass: groupOfNames", f"cn: {name}")
    return "\n".join((*head, *inside, ""))


def person(name: str) -> str:
    """The path of an account."""
    return f"uid={name},ou=people,{BASE}"


@contextmanager
def running(
    folder: Path, entries: Sequence[str], *, sizelimit: str = "unlimited", access: str = ""
) -> Iterator[Slapd]:
    """Serve these entries until the test ends."""
    assert SLAPD, WHY_NOT
    folder.mkdir(parents=True, exist_ok=True)
    ca_file, other = _certificates(folder), folder / "other"
    other.mkdir()
    other_ca = _certificates(other)
    (folder / "db").mkdir()
    config = folder / "slapd.conf"
    config.write_text(_config(folder, sizelimit, access))
    ldif = folder / "entries.ldif"
    ldif.write_text("\n".join((_ROOT, *entries)))
    subprocess.run([SLAPD, "-T", "add", "-f", config, "-l", ldif], check=True, capture_output=True)
    port, tls_port = _free_port(), _free_port()
    urls = f"ldap://127.0.0.1:{port}/ ldaps://127.0.0.1:{tls_port}/"
    log = (folder / "log").open("wb")
    process = subprocess.Popen([SLAPD, "-f", config, "-h", urls, "-d", "0"], stderr=log)
    try:
        for each in (port, tls_port):
            _wait(each, process, folder / "log")
        yield Slapd(port, tls_port, ca_file, other_ca)
    finally:
        process.terminate()
        process.wait(10)
        log.close()


_ROOT = f"""dn: {BASE}
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {PASSWORD}

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups
"""


def _config(folder: Path, sizelimit: str, access: str) -> str:
    schemas = "\n".join(
        f"include {SCHEMAS}/{name}.schema" for name in ("core", "cosine", "nis", "inetorgperson")
    )
    return f"""{schemas}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
sizelimit {sizelimit}
database mdb
suffix "{BASE}"
directory {folder}/db
maxsize 20000000
access to attrs=userPassword by anonymous auth by * none
{access}
access to * by dn.exact="{READER}" read by * none
"""


def _certificates(folder: Path) -> Path:
    """A CA and a certificate for 127.0.0.1, valid far beyond any clock."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test CA")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])

    def made(subject: x509.Name, public: Any, *extensions: tuple[Any, bool]) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=20000))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(ca_key, hashes.SHA256())

    ca = made(
        ca_name, ca_key.public_key(), (x509.BasicConstraints(ca=True, path_length=None), True)
    )
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    cert = made(name, key.public_key(), (here, False))
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "cert.pem").write_bytes(cert.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "ca.pem"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(_TRIES):
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
        except OSError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    raise AssertionError(f"slapd does not answer: {log.read_text()}")
