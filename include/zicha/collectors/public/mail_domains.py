"""Mail domains: who may send in their name, and whether mail reaches them encrypted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from zicha.model.collector import Collector
from zicha.model.evidence import Replies, Reply, Row, Unread, cell, derived
from zicha.model.text import Text
from zicha.model.verdict import Reason
from zicha.sources.public import PublicFace


def fetch(face: PublicFace) -> Iterator[Reply]:
    """List the declared domains; ask the resolver of each, and greet its declared hosts."""
    from zicha.sources import public_mail

    members = [
        {
            "name": each.name,
            "hosts": [host.name for host in each.hosts],
            "selectors": list(each.dkim_selectors),
        }
        for each in face.declared.mail_domains
    ]
    yield face.list("list_mail_domains", members)
    for domain in face.declared.mail_domains:
        name = domain.name
        questions = {
            "query_mx": (name, "MX", ""),
            "query_spf": (name, "TXT", "v=spf1"),
            "query_dmarc": (f"_dmarc.{name}", "TXT", "v=DMARC1"),
        }
        for each in domain.dkim_selectors:
            questions[f"query_dkim {each}"] = (f"{each}._domainkey.{name}", "TXT", "")
        for call, asked in questions.items():
            yield face.ask(call, name, partial(face.names.ask, *asked))
        for host in domain.hosts:
            yield face.ask(
                f"greet {host.name}", name, partial(public_mail.greet, face, host.name, host.port)
            )


def tabulate(replies: Replies) -> Iterator[Row]:
    """One row per declared domain."""
    for listing in replies.to("list_mail_domains"):
        for member in listing.each("members"):
            yield _row(listing.place[0], member, replies)


def _row(face: str, member: Mapping[str, Any], replies: Replies) -> Row:
    name, hosts = str(member["name"]), [str(host) for host in member["hosts"]]
    spf = _records(replies.about(name, "query_spf"))
    dmarc = _records(replies.about(name, "query_dmarc"))
    keys = [_records(replies.about(name, f"query_dkim {each}")) for each in member["selectors"]]
    mx = _hosts(_records(replies.about(name, "query_mx")))
    greeted = [cell(replies.about(name, f"greet {host}"), "extensions") for host in hosts]
    return {
        "face": face,
        "domain": name,
        "mail_hosts": mx if isinstance(mx, Unread) else ", ".join(mx),
        "undeclared_mail_hosts": mx if isinstance(mx, Unread) else len(set(mx) - set(hosts)),
        "hosts_without_starttls": _without_starttls(hosts, greeted),
        "spf_records": spf if isinstance(spf, Unread) else len(spf),
        "spf_ends": _spf_end(spf),
        "dkim_selectors": len(keys),
        "dkim_keys_missing": _missing(keys),
        "dmarc_policy": _policy(dmarc),
        "dmarc_is_reported": _reported(dmarc),
    }


def _records(reply: Reply) -> list[str] | Unread:
    """The records; an answer of none is none, an answer cut short is unread."""
    found, status = cell(reply, "records"), cell(reply, "status")
    if unread := derived(found, status):
        return unread
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        return Unread(Reason.MALFORMED, f"{reply.call}: the records are no list of texts")
    if getattr(reply, "cut", None):
        return Unread(Reason.PARTIAL, f"{reply.about}: its answer is longer than is read")
    return found


def _hosts(records: list[str] | Unread) -> list[str] | Unread:
    if isinstance(records, Unread):
        return records
    # A lone dot says that the domain takes no mail (RFC 7505).
    words = [record.split() for record in records]
    return sorted({w[1].rstrip(".").lower() for w in words if len(w) > 1 and w[1] != "."})


def _without_starttls(hosts: list[str], greeted: list[Any]) -> str | Unread:
    lacking = [
        host
        for host, said in zip(hosts, greeted, strict=True)
        if not isinstance(said, Unread) and "STARTTLS" not in said
    ]
    # One that was heard to lack it stands, whatever the silent ones would have said.
    return ", ".join(lacking) if lacking else derived(*greeted) or ""


def _spf_end(spf: list[str] | Unread) -> str | Unread:
    """How the record ends: -all, ~all, ?all, +all, redirect, open; `none` without one."""
    if isinstance(spf, Unread):
        return spf
    if not spf:
        return "none"
    words = spf[0].lower().split()
    for word in words:
        if word in {"all", "+all", "-all", "~all", "?all"}:
            return "+all" if word == "all" else word
    return "redirect" if any(word.startswith("redirect=") for word in words) else "open"


def _missing(keys: list[list[str] | Unread]) -> int | Unread:
    # A key that is there and empty was revoked (RFC 6376, 3.6.1).
    lacking = sum(not isinstance(key, Unread) and not any(map(_has_key, key)) for key in keys)
    return lacking or derived(*keys) or 0


def _has_key(record: str) -> bool:
    return bool(_tags(record).get("p"))


def _policy(dmarc: list[str] | Unread) -> str | Unread:
    """`none`, `quarantine` or `reject`; `missing` without exactly one record (RFC 7489, 6.6.3)."""
    if isinstance(dmarc, Unread):
        return dmarc
    said = _tags(dmarc[0]).get("p", "").lower() if len(dmarc) == 1 else ""
    return said if said in {"none", "quarantine", "reject"} else "missing"


def _reported(dmarc: list[str] | Unread) -> bool | Unread:
    return dmarc if isinstance(dmarc, Unread) else any(_tags(each).get("rua") for each in dmarc)


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


COLLECTOR = Collector(
    id="public/mail_domains",
    title=Text(zh="邮件域", en="Mail domains"),
    max_age=timedelta(hours=26),
    permissions=("DNS queries for each declared domain", "EHLO to each declared mail host"),
    lists="list_mail_domains",
    places=("face",),
    subject=("face", "domain"),
    subject_type="public/mail_domain",
    columns={
        "face": str,
        "domain": str,
        "mail_hosts": str,
        "undeclared_mail_hosts": int,
        "hosts_without_starttls": str,
        "spf_records": int,
        "spf_ends": str,
        "dkim_selectors": int,
        "dkim_keys_missing": int,
        "dmarc_policy": str,
        "dmarc_is_reported": bool,
    },
    fetch=fetch,
    tabulate=tabulate,
)
