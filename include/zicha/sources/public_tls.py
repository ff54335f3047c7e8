"""What a TLS endpoint offers: its certificate, whether its chain holds, and which versions."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from zicha.model.errors import MalformedAnswerError, SourceError, UnreachableError
from zicha.sources.public import PublicFace

VERSIONS = {
    "tls_1_0": ssl.TLSVersion.TLSv1,
    "tls_1_1": ssl.TLSVersion.TLSv1_1,
    "tls_1_2": ssl.TLSVersion.TLSv1_2,
    "tls_1_3": ssl.TLSVersion.TLSv1_3,
}
_SAID_NO = {"UNSUPPORTED_PROTOCOL", "WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING"}


def shake_hands(face: PublicFace, name: str, port: int) -> dict[str, Any]:
    """The best that both sides can do, and the certificate that is shown; nothing is trusted."""
    try:
        with _spoken(face, name, port, anything()) as stream:
            shown = stream.getpeercert(binary_form=True)
            said = {"protocol": stream.version() or "", "cipher": (stream.cipher() or ("",))[0]}
    except ssl.SSLError as error:
        raise MalformedAnswerError(
            f"no TLS was agreed on ({_reason(error)}): see what listens there"
        ) from error
    if not shown:
        raise MalformedAnswerError("no certificate was shown: see what listens there")
    return said | {"certificate": certificate_of(shown)}


def verify_chain(face: PublicFace, name: str, port: int) -> dict[str, Any]:
    """Whether the chain leads to a trusted root today, and the verifier's word if it does not."""
    context = ssl.create_default_context(cafile=_roots(face))
    context.check_hostname = False
    _widen(context)
    try:
        with _spoken(face, name, port, context):
            return {"is_trusted": True, "because": ""}
    except ssl.SSLCertVerificationError as error:
        return {"is_trusted": False, "because": str(error.verify_message)[:200]}
    except ssl.SSLError as error:
        raise MalformedAnswerError(f"no TLS was agreed on ({_reason(error)})") from error


def offer(face: PublicFace, name: str, port: int, version: str) -> dict[str, Any]:
    """Whether one version alone is accepted, and how it was declined if not."""
    context = anything()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = VERSIONS[version]
    except ValueError as error:
        raise SourceError(_cannot(version, "not built in")) from error
    try:
        with _spoken(face, name, port, context) as stream:
            return {"is_accepted": True, "said": stream.version() or ""}
    except ssl.SSLEOFError:
        return {"is_accepted": False, "said": "closed"}
    except ssl.SSLError as error:
        reason = _reason(error)
        if "ALERT" in reason or reason in _SAID_NO:
            return {"is_accepted": False, "said": reason}
        raise SourceError(_cannot(version, reason)) from error
    except ConnectionResetError:
        # Some servers decline a version by a reset; that this one is reachable was seen before.
        return {"is_accepted": False, "said": "reset"}


def anything() -> ssl.SSLContext:
    """A context that agrees to whatever it is shown: it measures, and sends nothing of ours."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _widen(context)
    return context


def certificate_of(shown: bytes) -> dict[str, Any]:
    """What is judged of a certificate."""
    try:
        found = x509.load_der_x509_certificate(shown)
        names, addresses = _names(found)
        kind, bits = _key(found)
        hashed = found.signature_hash_algorithm
        common = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        issuer = found.issuer.rfc4514_string()[:300]
        return {
            "common_name": str(common[0].value)[:200] if common else "",
            "names": names,
            "addresses": addresses,
            "issuer": issuer,
            "not_before": found.not_valid_before_utc.isoformat(),
            "not_after": found.not_valid_after_utc.isoformat(),
            "key_kind": kind,
            "key_bits": bits,
            "signature_hash": hashed.name if hashed else "none",
            "serial": format(found.serial_number, "x"),
        }
    except (
        ValueError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
    ) as error:
        raise MalformedAnswerError(
            f"its certificate cannot be read ({type(error).__name__}): have it issued again"
        ) from error


def _spoken(face: PublicFace, name: str, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
    connection = face.connect(name, port)
    try:
        face.pace.deadline().arm(connection)
        return context.wrap_socket(connection, server_hostname=name)
    except TimeoutError as error:
        connection.close()
        raise UnreachableError("it did not finish the handshake in the time allowed") from error
    except (ssl.SSLError, ConnectionResetError):
        connection.close()
        raise
    except OSError as error:
        connection.close()
        raise UnreachableError(f"it broke off ({type(error).__name__}): try again") from error


def _widen(context: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")


def _roots(face: PublicFace) -> str | None:
    if face.roots:
        return face.roots
    paths = ssl.get_default_verify_paths()
    if not any(path and Path(path).exists() for path in (paths.cafile, paths.capath)):
        raise SourceError(
            "this machine has no trusted roots: install ca-certificates, or name trusted_roots"
        )
    return None


def _names(found: x509.Certificate) -> tuple[list[str], list[str]]:
    try:
        said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], []
    names = said.get_values_for_type(x509.DNSName)
    return list(names), [str(each) for each in said.get_values_for_type(x509.IPAddress)]


def _key(found: x509.Certificate) -> tuple[str, int]:
    try:
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedAnswerError(f"its key is of a kind not known ({error})") from error
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ec", key.key_size
    bits = getattr(key, "key_size", 0)
    return type(key).__name__.removesuffix("PublicKey").lstrip("_").lower(), int(bits)


def _reason(error: ssl.SSLError) -> str:
    return error.reason or type(error).__name__


def _cannot(version: str, why: str) -> str:
    shown = version.replace("tls_", "TLS ").replace("_", ".")
    return f"whether {shown} is accepted cannot be told from here ({why}): ask from another machine"
