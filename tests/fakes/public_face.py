"""A public face on loopback: a resolver, TLS, web and mail servers, real and wrong in known ways."""

from __future__ import annotations

import socket
import socketserver
import ssl
import struct
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from zicha.catalog.scope_sources import PublicSource
from zicha.sources.public import PublicFace, open_public
from zicha.sources.public_wire import Pace

NOW = datetime.now(UTC)
HERE = "127.0.0.1"


class Hand(threading.Thread):
    """A server on a free port of loopback, one thread per connection."""

    def __init__(self, meet: Callable[[socket.socket], None]) -> None:
        super().__init__(daemon=True)
        self._meet = meet
        self._door = socket.create_server((HERE, 0))
        self.port: int = self._door.getsockname()[1]
        self.met = 0

    def run(self) -> None:
        while True:
            try:
                visitor, _ = self._door.accept()
            except OSError:
                return
            self.met += 1
            threading.Thread(target=self._greet, args=(visitor,), daemon=True).start()

    def _greet(self, visitor: socket.socket) -> None:
        visitor.settimeout(20)
        try:
            self._meet(visitor)
        except (OSError, ValueError):
            pass
        finally:
            visitor.close()

    def close(self) -> None:
        # Wakes accept, which closing alone does not.
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.join(5)


@contextmanager
def serving(meet: Callable[[socket.socket], None]) -> Iterator[Hand]:
    """A server that meets every visitor so."""
    hand = Hand(meet)
    hand.start()
    try:
        yield hand
    finally:
        hand.close()


# Certificates


@dataclass
class Authority:
    """A root of the test's own, in a folder."""

    folder: Path
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    made: int = 0

    def __post_init__(self) -> None:
        name = _name("test root")
        self.name = name
        whole = x509.BasicConstraints(ca=True, path_length=None)
        root = _certificate(name, name, self.key.public_key(), NOW - timedelta(days=900), 3650)
        self.root = root.add_extension(whole, critical=True).sign(self.key, hashes.SHA256())
        self.file.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))

    @property
    def file(self) -> Path:
        return self.folder / "root.pem"

    def certificate(
        self, *names: str, days_left: int = 90, rsa_bits: int = 0, self_signed: bool = False
    ) -> Path:
        """A PEM file with key and certificate for these names."""
        key: Any = (
            rsa.generate_private_key(65537, rsa_bits)
            if rsa_bits
            else ec.generate_private_key(ec.SECP256R1())
        )
        subject = _name(names[0])
        issuer, signer = (subject, key) if self_signed else (self.name, self.key)
        began = NOW - timedelta(days=400)
        made = _certificate(subject, issuer, key.public_key(), began, 400 + days_left)
        said = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        leaf = made.add_extension(said, critical=False).sign(signer, hashes.SHA256())
        self.made += 1
        path = self.folder / f"leaf-{self.made}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
        return path


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: Any, began: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=days))
    )


def tls(
    certificate: Path,
    inside: Callable[[socket.socket], None] = lambda stream: None,
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> Callable[[socket.socket], None]:
    """Meets a visitor with TLS of these versions, and then goes on inside."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = oldest, newest

    def meet(visitor: socket.socket) -> None:
        with context.wrap_socket(visitor, server_side=True) as stream:
            inside(stream)

    return meet


# Web


def page(
    pages: Mapping[str, bytes], asked: list[bytes] | None = None
) -> Callable[[socket.socket], None]:
    """Meets a visitor as a web server that answers each path with these very bytes."""

    def meet(visitor: socket.socket) -> None:
        said = b""
        while b"\r\n\r\n" not in said:
            piece = visitor.recv(4096)
            if not piece:
                return
            said += piece
        if asked is not None:
            asked.append(said)
        path = said.split(b" ")[1].decode()
        visitor.sendall(pages.get(path, answer(404, b"not here")))

    return meet


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """One answer of a web server."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


# Mail


def mail(
    *extensions: str, banner: bytes = b"220 mx ESMTP\r\n", asked: list[bytes] | None = None
) -> Callable[[socket.socket], None]:
    """Meets a visitor as a mail server with these extensions."""

    def meet(visitor: socket.socket) -> None:
        visitor.sendall(banner)
        reader = visitor.makefile("rb")
        for line in reader:
            if asked is not None:
                asked.append(line)
            if line.startswith(b"EHLO"):
                lines = ["mx greets you", *extensions]
                said = [f"250-{text}" for text in lines[:-1]] + [f"250 {lines[-1]}"]
                visitor.sendall("\r\n".join([*said, ""]).encode())
            elif line.startswith(b"QUIT"):
                visitor.sendall(b"221 bye\r\n")
                return

    return meet


# Names

Records = Mapping[tuple[str, str], list[str] | str]


class Resolver:
    """A DNS server for these records: `(name, kind): texts`, or a word for how it misbehaves.

    `SERVFAIL`, `REFUSED`, `silence`, `garbage`; a name without any record does not exist.
    """

    def __init__(self, records: Records, *, authoritative: bool = False) -> None:
        self.records = dict(records)
        self.asked: list[tuple[str, str]] = []
        self._aa = authoritative
        outer = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                said, here = self.request
                if (wire := outer.reply(said, small=True)) is not None:
                    here.sendto(wire, self.client_address)

        class Tcp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                (size,) = struct.unpack("!H", self.request.recv(2))
                if (wire := outer.reply(self.request.recv(size), small=False)) is not None:
                    self.request.sendall(struct.pack("!H", len(wire)) + wire)

        self._tcp = socketserver.ThreadingTCPServer((HERE, 0), Tcp)
        self.port: int = self._tcp.server_address[1]
        self._udp = socketserver.ThreadingUDPServer((HERE, self.port), Udp)
        self._servers = (self._tcp, self._udp)
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def reply(self, said: bytes, *, small: bool) -> bytes | None:
        query = dns.message.from_wire(said)
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        found = self.records.get((name, kind), [])
        if found == "silence":
            return None
        if found == "garbage":
            return said[:2] + b"\xff" * 40
        response = dns.message.make_response(query, recursion_available=True)
        if self._aa:
            response.flags |= dns.flags.AA
        if isinstance(found, str):
            response.set_rcode(dns.rcode.from_text(found))
        elif found:
            self._answer(response, question, found)
        elif not any(each == name or each.endswith(f".{name}") for each, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        wire = response.to_wire(max_size=65535)
        if small and len(wire) > 1232:
            response.answer = []
            response.flags |= dns.flags.TC
            wire = response.to_wire()
        return wire

    def _answer(self, response: dns.message.Message, question: Any, texts: list[str]) -> None:
        if texts[0].startswith("CNAME "):
            target = texts[0].split()[1]
            alias = dns.rrset.from_text(question.name, 60, "IN", "CNAME", target)
            response.answer.append(alias)
            kind = dns.rdatatype.to_text(question.rdtype)
            beyond = self.records.get((target.rstrip("."), kind), [])
            if beyond and not isinstance(beyond, str):
                response.answer.append(
                    dns.rrset.from_text(dns.name.from_text(target), 60, "IN", kind, *beyond)
                )
            return
        kind = dns.rdatatype.to_text(question.rdtype)
        response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


@contextmanager
def resolving(records: Records, *, authoritative: bool = False) -> Iterator[Resolver]:
    """A DNS server on a free port of loopback."""
    resolver = Resolver(records, authoritative=authoritative)
    try:
        yield resolver
    finally:
        resolver.close()


class Watch:
    """A clock that only waiting moves, and what was waited."""

    def __init__(self) -> None:
        self.at = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds


def face(
    resolver: Resolver, folder: Path, watch: Watch | None = None, **declared: Any
) -> PublicFace:
    """A face that asks this resolver and declares what is given, opened as the product opens it."""
    source = declaration(resolver, **declared)
    watch = watch or Watch()
    return open_public(source, folder, Pace(source.pause_seconds, watch.now, watch.sleep))


def declaration(resolver: Resolver, **declared: Any) -> PublicSource:
    said = {
        "id": "face",
        "kind": "public",
        "name": {"zh": "公网", "en": "public"},
        "contact": "mailto:security@example.test",
        "looks_from": "outside",
        "egress_is_open": True,
        "resolver": {"address": HERE, "port": resolver.port},
    }
    return PublicSource.model_validate(said | declared, strict=False)
