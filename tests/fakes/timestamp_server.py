"""A real RFC 3161 authority on loopback: `openssl ts` answers, a small server carries it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
ess_cert_id_alg = sha256
accuracy = secs:1
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = name
[name]
"""
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(folder: Path, *words: object) -> None:
    subprocess.run(
        ["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True, timeout=60
    )


def authority(folder: Path) -> Path:
    """Make a root and a time-stamp certificate in this folder; the root's PEM file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    both = ("-config", "config", "-days", "3650")
    root = ("-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test root", "-extensions", "root")
    openssl(folder, "req", "-x509", *KEY, *both, *root)
    asked = ("-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=test authority")
    openssl(folder, "req", "-new", *KEY, "-config", "config", *asked)
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650")
    extended = ("-extfile", "config", "-extensions", "leaf")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", *signed, *extended)
    return folder / "ca.pem"


@contextmanager
def timestamp_server(folder: Path) -> Iterator[tuple[str, Path, dict[str, bool]]]:
    """The address, the root, and a switch (`down`) that makes it fail."""
    root = authority(folder)
    switch = {"down": False}

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            if switch["down"]:
                self.send_error(503)
                return
            (folder / "query").write_bytes(asked)
            reply = ("-config", "config", "-section", "one", "-queryfile", "query", "-out", "reply")
            openssl(folder, "ts", "-reply", *reply)
            answer = (folder / "reply").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            del args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", root, switch
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
