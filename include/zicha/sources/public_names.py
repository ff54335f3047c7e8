"""Names asked of a resolver or a declared name server: what is not there is told from silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver

from zicha.model.errors import (
    AccessDeniedError,
    MalformedAnswerError,
    SourceError,
    UnreachableError,
)
from zicha.sources.public_wire import Pace

SECONDS = 5.0
TRIES = 2
RECORDS = 100
LETTERS = 4096

_SILENT = (dns.rcode.SERVFAIL, dns.rcode.FORMERR, dns.rcode.NOTIMP)


class Names:
    """One resolver; each question is put once and its answer, or its silence, remembered."""

    def __init__(self, resolver: Any, pace: Pace) -> None:
        """Ask `resolver` (address and port), or this machine's own when there is none."""
        self._resolver = resolver
        self._pace = pace
        self._said: dict[tuple[str, str], dict[str, Any] | SourceError] = {}

    def ask(self, name: str, kind: str, keep: str = "") -> dict[str, Any]:
        """The records of one kind; `keep` drops those that do not begin so before they are kept.

        `status` is `answered`, `no-data` or `no-such-name`: three answers. A failing or silent
        resolver is none, and raises.
        """
        if (name, kind) not in self._said:
            try:
                self._said[name, kind] = self._ask(name, kind)
            except SourceError as error:
                self._said[name, kind] = error
        said = self._said[name, kind]
        if isinstance(said, SourceError):
            raise said
        kept = [text for text in said["records"] if text.lower().startswith(keep.lower())]
        return said | {"records": kept}

    def address_of(self, name: str) -> str:
        """The first address of a declared name; raises where it has none."""
        for kind in ("A", "AAAA"):
            if found := self.ask(name, kind)["records"]:
                return str(found[0])
        raise UnreachableError(f"{name} has no address: enter it in DNS, or declare it no more")

    def ask_server(self, named: str, port: int, zone: str) -> dict[str, Any]:
        """What one name server says of a zone's start of authority, without recursion."""
        query = dns.message.make_query(zone, "SOA", use_edns=0)
        query.flags &= ~dns.flags.RD
        address = self.address_of(named)
        self._pace.wait(named)
        reply = _sent(query, address, port, named)
        is_ours = bool(reply.flags & dns.flags.AA) and reply.rcode() == dns.rcode.NOERROR
        texts = [text.split() for text, _ in _texts(reply, "SOA")] if is_ours else []
        serials = [words[2] for words in texts if len(words) > 2 and words[2].isdigit()]  # noqa: PLR2004
        return {"serves": bool(serials), "serial": serials[0] if serials else ""}

    def _ask(self, name: str, kind: str) -> dict[str, Any]:
        query = dns.message.make_query(name, kind, want_dnssec=True)
        query.flags |= dns.flags.AD
        address, port = self._server()
        reply = _sent(query, address, port, "the resolver")
        code = reply.rcode()
        if code == dns.rcode.NXDOMAIN:
            return {"status": "no-such-name", "records": []}
        if code == dns.rcode.REFUSED:
            raise AccessDeniedError("the resolver", f"recursion for {name} {kind}")
        if code in _SILENT or code != dns.rcode.NOERROR:
            raise UnreachableError(
                f"the resolver answered {dns.rcode.to_text(code)} for {name} {kind}: "
                "ask another, or mend the zone"
            )
        texts = list(_texts(reply, kind))
        body: dict[str, Any] = {
            "status": "answered" if texts else "no-data",
            "records": [text for text, _ in texts[:RECORDS]],
        }
        if len(texts) > RECORDS or any(is_cut for _, is_cut in texts):
            body["cut"] = True
        return body

    def _server(self) -> tuple[str, int]:
        if self._resolver is not None:
            return str(self._resolver.address), int(self._resolver.port)
        try:
            own = dns.resolver.get_default_resolver()
            return str(own.nameservers[0]), int(own.port)
        except (dns.exception.DNSException, IndexError) as error:
            raise UnreachableError(
                "no resolver: this machine has none, name one in the source"
            ) from error


def _sent(query: dns.message.Message, address: str, port: int, named: str) -> dns.message.Message:
    for left in reversed(range(TRIES)):
        try:
            reply, _ = dns.query.udp_with_fallback(query, address, timeout=SECONDS, port=port)
        except (dns.exception.Timeout, OSError) as error:
            if not left:
                raise UnreachableError(
                    f"{named} did not answer ({type(error).__name__}): ask another, or try again"
                ) from error
        except (dns.exception.DNSException, EOFError, ValueError) as error:
            raise MalformedAnswerError(
                f"{named} answered what is no DNS message ({type(error).__name__})"
            ) from error
        else:
            return reply
    raise UnreachableError(f"{named} was not asked: try again")


def _texts(reply: dns.message.Message, kind: str) -> Iterator[tuple[str, bool]]:
    """The records at the end of the aliases, as text, and whether one was too long."""
    try:
        found = reply.resolve_chaining().answer  # type: ignore[attr-defined]
    except (dns.exception.DNSException, AttributeError) as error:
        raise MalformedAnswerError(
            f"the answer for {kind} hangs together badly ({type(error).__name__})"
        ) from error
    for record in found or ():
        text = _text(record)
        yield text[:LETTERS], len(text) > LETTERS


def _text(record: dns.rdata.Rdata) -> str:
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", "backslashreplace")  # type: ignore[attr-defined]
    if record.rdtype == dns.rdatatype.NS:
        return record.target.to_text(omit_final_dot=True).lower()  # type: ignore[attr-defined, no-any-return]
    return record.to_text()
