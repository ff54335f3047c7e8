"""RFC 3161 time-stamps: what an authority outside says it has seen, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.x509 import Certificate, load_pem_x509_certificates

from zicha.model.errors import ConfigError, MalformedAnswerError, TamperedEvidenceError

Send = Callable[[bytes], bytes]
"""Hands a request to the authority, and brings back its answer."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp that was verified."""

    token: bytes
    stamped_at: datetime


def stamp(data: bytes, send: Send, roots: list[Certificate]) -> Stamp:
    """Have these bytes stamped; an answer that does not verify is no stamp.

    Raises:
        SourceError: the authority did not answer, or answered something else.
    """
    from rfc3161_client import (
        HashAlgorithm,
        TimestampRequestBuilder,
        VerificationError,
        VerifierBuilder,
        decode_timestamp_response,
    )

    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.build()
    token = send(request.as_bytes())
    try:
        answer = decode_timestamp_response(token)
        found = VerifierBuilder.from_request(request)
        for root in roots:
            found = found.add_root_certificate(root)
        found.build().verify_message(answer, data)
    except (ValueError, VerificationError) as error:
        raise MalformedAnswerError(
            f"the answer of the time-stamp authority does not verify ({error}): "
            "correct ZICHA_TIMESTAMP_CA, or name another authority"
        ) from error
    return Stamp(token, answer.tst_info.gen_time)


def stamped_at(token: bytes, data: bytes, roots: list[Certificate]) -> datetime:
    """When the authority saw these bytes.

    Raises:
        TamperedEvidenceError: the token is not of these bytes, or of none of these authorities.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        answer = decode_timestamp_response(token)
        found = VerifierBuilder()
        for root in roots:
            found = found.add_root_certificate(root)
        found.build().verify_message(answer, data)
    except (ValueError, VerificationError) as error:
        raise TamperedEvidenceError(f"the time-stamp does not verify ({error})") from error
    return answer.tst_info.gen_time


def roots_in(path: Path) -> list[Certificate]:
    """The certificates of this PEM file."""
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path} holds no certificates ({type(error).__name__}): ZICHA_TIMESTAMP_CA names the "
            "PEM file of the authority's root"
        ) from error
