"""TLS endpoints: the versions offered, the certificate shown, and whether its chain holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from zicha.collectors.moments import moment
from zicha.model.collector import Collector
from zicha.model.evidence import Answer, Replies, Reply, Row, Unread, cell, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.sources.public import PublicFace

VERSIONS = ("tls_1_0", "tls_1_1", "tls_1_2", "tls_1_3")


def fetch(face: PublicFace) -> Iterator[Reply]:
    """List what is declared, then shake hands: once openly, once strictly, once per version."""
    from zicha.sources import public_tls

    members = [{"name": each.name, "port": each.port} for each in face.declared.tls]
    listing = face.list("list_tls_endpoints", members)
    yield listing
    for member in listing.each("members"):
        name, port = str(member["name"]), int(member["port"])
        about = f"{name}:{port}"
        hands = face.ask("shake_hands", about, partial(public_tls.shake_hands, face, name, port))
        yield hands
        if not isinstance(hands, Answer):
            continue
        yield face.ask("verify_chain", about, partial(public_tls.verify_chain, face, name, port))
        for version in VERSIONS:
            yield face.ask(
                f"offer_{version}",
                about,
                partial(public_tls.offer, face, name, port, version),
            )


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per declared endpoint."""
    for listing in replies.to("list_tls_endpoints"):
        for member in listing.each("members"):
            name = str(member["name"])
            yield _row(listing.place[0], name, f"{name}:{member['port']}", replies)


def _row(face: str, name: str, about: str, replies: Replies) -> Row:
    hands = replies.about(about, "shake_hands")
    chain = replies.about(about, "verify_chain")
    if not isinstance(hands, Answer):
        # Nothing else is asked of an endpoint that does not answer; it is unread for that reason.
        chain = hands
    offers = {
        version: hands
        if not isinstance(hands, Answer)
        else replies.about(about, f"offer_{version}")
        for version in VERSIONS
    }
    shown = {
        key: cell(hands, "certificate", key)
        for key in ("names", "issuer", "not_before", "not_after", "key_kind", "key_bits")
    }
    return {
        "face": face,
        "endpoint": about,
        "protocol": cell(hands, "protocol"),
        "cipher": cell(hands, "cipher"),
        "chain_is_trusted": cell(chain, "is_trusted"),
        "chain_problem": cell(chain, "because"),
        "name_is_certified": _certified(name, shown["names"]),
        "issuer": shown["issuer"],
        "valid_from_at": moment(shown["not_before"]),
        "expires_at": moment(shown["not_after"]),
        "key_kind": shown["key_kind"],
        "key_strength_bits": _strength(shown["key_kind"], shown["key_bits"]),
        "signature_hash": cell(hands, "certificate", "signature_hash"),
        **{f"accepts_{version}": cell(said, "is_accepted") for version, said in offers.items()},
    }


def _certified(name: str, names: Any) -> bool | Unread:
    if unread := derived(names):
        return unread
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        return Unread(Reason.MALFORMED, "the names of the certificate are no list of names")
    return any(matches(name, each) for each in names)


def matches(name: str, pattern: str) -> bool:
    """Whether a certified name is this one; `*` stands for one whole first label (RFC 9525)."""
    pattern = pattern.lower().rstrip(".")
    first, _, rest = pattern.partition(".")
    if first == "*" and rest.count("."):
        return name.partition(".")[2] == rest
    return name == pattern


# Strength in bits of symmetric keys, after the table of NIST SP 800-57 part 1.
_RSA: Mapping[int, int] = {1024: 80, 2048: 112, 3072: 128, 7680: 192, 15360: 256}
_CURVES = ("ec", "ed25519", "ed448")


def _strength(kind: Any, bits: Any) -> int | Unread:
    if unread := derived(kind, bits):
        return unread
    if kind in _CURVES:
        return {"ed25519": 128, "ed448": 224}.get(kind, int(bits) // 2)
    return max((strength for size, strength in _RSA.items() if int(bits) >= size), default=0)


COLLECTOR = Collector(
    id="public/tls_endpoints",
    title=Text(zh="公网 TLS 服务", en="TLS endpoints"),
    max_age=timedelta(hours=26),
    permissions=("TLS handshakes with each declared name and port",),
    lists="list_tls_endpoints",
    places=("face",),
    subject=("face", "endpoint"),
    subject_type="public/tls_endpoint",
    columns={
        "face": str,
        "endpoint": str,
        "protocol": str,
        "cipher": str,
        "chain_is_trusted": bool,
        "chain_problem": str,
        "name_is_certified": bool,
        "issuer": str,
        "valid_from_at": datetime,
        "expires_at": datetime,
        "key_kind": str,
        "key_strength_bits": int,
        "signature_hash": str,
        **{f"accepts_{version}": bool for version in VERSIONS},
    },
    fetch=fetch,
    tabulate=tabulate,
)
