"""The public face: the names and addresses that are declared ours, which alone may be touched."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from zicha.catalog.scope_entities import Named
from zicha.catalog.shapes import Said, Slug, Strict

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"

HostName = Annotated[
    str, StringConstraints(pattern=rf"^({_LABEL}\.)+[a-z]({_LABEL})?$", max_length=253)
]
"""A name as DNS writes it; one of other letters in its `xn--` form, so that look-alikes show."""

Port = Annotated[int, Field(ge=1, le=65535)]
DkimSelector = Annotated[
    str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})*$", max_length=120)
]


def _one_address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is no single address: write one like 203.0.113.5") from error


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.fragment:
        raise ValueError(f"{text!r} is no plain https address: write https://host/path")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"{text!r} holds other than plain letters: write it percent-encoded")
    return text


Address = Annotated[str, AfterValidator(_one_address)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class TlsEndpoint(Strict):
    """A name and port where TLS is offered to the public."""

    name: HostName
    port: Port = 443


class WebSite(Strict):
    """A site by its name, with the numbers that its home page must show."""

    name: HostName
    path: Annotated[str, StringConstraints(pattern=r"^/[!-~]*$", max_length=500)] = "/"
    http_port: Port = 80
    https_port: Port = 443
    icp_number: str = ""
    psb_number: str = ""


class PublicAddress(Strict):
    """One address of ours, and the ports that are meant to answer there."""

    address: Address
    open_ports: tuple[Port, ...] = Field(default=(), max_length=100)


class MailHost(Strict):
    """A host that takes our mail and may be asked whether it offers encryption."""

    name: HostName
    port: Port = 25


class MailDomain(Strict):
    """A domain that mail is sent from or to; hosts that are not declared are never spoken to."""

    name: HostName
    hosts: tuple[MailHost, ...] = ()
    dkim_selectors: tuple[DkimSelector, ...] = ()


class NameServer(Strict):
    """A name server that serves a zone of ours and may be asked directly."""

    name: HostName
    port: Port = 53


class Zone(Strict):
    """A zone of ours, and every server that is meant to serve it."""

    name: HostName
    name_servers: tuple[NameServer, ...] = Field(min_length=1)


class PublicApp(Strict):
    """A published app: which version its page shows, and where its privacy policy stands."""

    id: Slug
    name: Said
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6}){1,3}$")]
    version_page: WebAddress
    privacy_policy: WebAddress


class NameResolver(Strict):
    """The resolver that is asked; without one, that of this machine."""

    address: Address
    port: Port = 53


Contact = Annotated[Named, StringConstraints(pattern=r"^[!-'*-~]{3,200}$")]
"""An address of ours for whoever finds us in a log: mailto:…, https://… or a mail address."""
