"""The wire to AWS: boto3's clients, pages and errors, turned into plain values and our errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from zicha.model.errors import MalformedAnswerError, SourceError, UnreachableError
from zicha.sources.aws_words import NOT_CONFIGURED, RefusedCredentialError, translated


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one call may take, how often it is tried, and how long a listing may go on.

    `patience` also bounds what one service of one region may waste on failures.
    """

    connect_seconds: float = 4
    read_seconds: float = 10
    attempts: int = 3
    patience: float = 60


Page = tuple[dict[str, Any], Sequence[str], str]
"""A page, the names of its lists, and the token of the next page."""


class NoEndpointError(UnreachableError):
    """Nothing answers under the service's name in the region."""


class NotConfigured(Exception):  # noqa: N818 - not an error: the provider said "none"
    """The provider says that the thing is not configured."""


def pages_of(
    client: Any,
    call: str,
    parameters: Mapping[str, Any],
    *,
    name: str,
    permission: str,
    heard: dict[str, str],
) -> Iterator[Page]:
    """The pages of a call's answer, one for what has no pages; every error is one of ours.

    What proves each page, or the refusal of one, is added to `heard`.
    """
    try:
        for page, keys, token in _raw_pages(client, call, parameters):
            _hear(page.pop("ResponseMetadata", {}), heard)
            yield page, keys, token
    except SourceError:
        raise
    except Exception as error:
        said = getattr(error, "response", None)
        _hear(said.get("ResponseMetadata", {}) if isinstance(said, dict) else {}, heard)
        ours = _ours(error, call, name, permission)
        if ours is None:
            raise
        raise ours from error


def _raw_pages(client: Any, call: str, parameters: Mapping[str, Any]) -> Iterator[Page]:
    if not client.can_paginate(call):
        yield getattr(client, call)(**parameters), (), ""
        return
    paginator = client.get_paginator(call)
    keys = [expression.expression for expression in paginator.result_keys]
    for page in paginator.paginate(**parameters):
        yield page, keys, _token(page, paginator)


def is_listed(session: Any, service: str, region: str, partition: str) -> bool:
    """Whether the provider's list of endpoints has the service in the region.

    A service that is listed nowhere in the partition's regions is a global one; a region without
    machines is too new for the list: of neither it says anything.
    """
    listed = session.get_available_regions(service, partition_name=partition)
    known = session.get_available_regions("ec2", partition_name=partition)
    everywhere = session.get_available_regions(
        service, partition_name=partition, allow_non_regional=True
    )
    is_global = not listed and bool(everywhere)
    return is_global or region in listed or region not in known


def boto_client(session: Any, service: str, region: str, limits: Limits) -> Any:
    """A client with short time limits and few attempts; it raises on an empty answer."""
    from botocore.config import Config

    config = Config(
        connect_timeout=limits.connect_seconds,
        read_timeout=limits.read_seconds,
        retries={"mode": "standard", "total_max_attempts": limits.attempts},
        user_agent_extra="zicha",
    )
    client = session.client(service, region_name=region, config=config)
    if _is_here(client.meta.endpoint_url):
        # A proxy of the environment leads out of the machine, never back into it.
        config = config.merge(Config(proxies={}))
        client = session.client(service, region_name=region, config=config)
    client.meta.events.register("after-call", _refuse_hollow)
    if service == "s3control" and _is_address(client.meta.endpoint_url):
        client.meta.events.register("before-sign", keep_address)
    return client


def _refuse_hollow(http_response: Any, model: Any, **_: Any) -> None:
    """What parses as an object without keys is refused before it passes: nothing, or a web page.

    So is a body shorter than it was announced, which botocore does not mind.
    """
    if model.has_streaming_output:
        return  # whoever reads the body counts it
    said = bytes(http_response.content or b"")
    headers = http_response.headers
    announced = "" if "content-encoding" in headers else headers.get("content-length", "")
    what = ""
    if not said.strip():
        what = "nothing"
    elif said.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        what = "a web page"
    elif announced.isdigit() and len(said) < int(announced):
        what = "and broke off"
    if what and http_response.status_code < 300:  # noqa: PLR2004 - HTTP's own number
        raise MalformedAnswerError(f"{model.name} answered {what}: look for a proxy in between")


def _is_address(url: str) -> bool:
    try:
        return bool(ip_address(urlsplit(url).hostname or ""))
    except ValueError:
        return False


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or (_is_address(url) and ip_address(host).is_loopback)


def keep_address(request: Any, **_: Any) -> None:
    """Take the account's number off a bare address again: `1234.127.0.0.1` leads nowhere."""
    parts = urlsplit(request.url)
    _, _, rest = parts.netloc.partition(".")
    if _is_address(f"//{rest}"):
        request.url = parts._replace(netloc=rest).geturl()


def _token(page: Mapping[str, Any], paginator: Any) -> str:
    more = paginator._more_results  # noqa: SLF001 - botocore has no public word for it
    if more is not None and not more.search(page):
        return ""
    tokens = [token.search(page) for token in paginator._output_token]  # noqa: SLF001
    return json.dumps(tokens, default=str) if any(tokens) else ""


def joined(
    whole: dict[str, Any] | None, page: dict[str, Any], keys: Sequence[str]
) -> dict[str, Any]:
    """The pages so far with one more: its lists are appended."""
    if whole is None:
        return page
    for key in keys:
        # A list may stand inside an object: `DistributionList.Items`.
        *path, last = key.split(".")
        here, there = whole, page
        for step in path:
            here, there = here.setdefault(step, {}), there.get(step) or {}
        if last in there:
            here[last] = [*here.get(last, []), *there[last]]
    return whole


def plain(value: Any, name: str) -> Any:
    """The answer in plain types: moments in UTC, bytes as the text that they are."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner, name) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner, name) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise MalformedAnswerError(f"{name}: the answer is not text") from error
    return value


def _hear(metadata: Mapping[str, Any], heard: dict[str, str]) -> None:
    """Keep what proves the call: request ids of all pages, the last date, the SDK's version."""
    import boto3
    import botocore

    if not metadata:
        return
    request = str(metadata.get("RequestId", ""))
    heard["request_id"] = f"{heard.get('request_id', '')} {request}".strip()
    heard["http_date"] = str(metadata.get("HTTPHeaders", {}).get("date", ""))
    heard["sdk"] = f"boto3 {boto3.__version__} botocore {botocore.__version__}"


def _ours(error: Exception, call: str, name: str, permission: str) -> Exception | None:
    """Our own error for one of botocore's; None for what is not the outside world's fault."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    if isinstance(error, ClientError):
        response = error.response
        code = str(response.get("Error", {}).get("Code", ""))
        metadata = response.get("ResponseMetadata", {})
        if code in NOT_CONFIGURED.get(call, ()):
            return NotConfigured(call)
        return translated(name, code, int(metadata.get("HTTPStatusCode", 0)), permission)
    if isinstance(error, ResponseParserError):
        return MalformedAnswerError(f"{name}: the answer cannot be read: collect again")
    return _unanswered(error, name) if isinstance(error, BotoCoreError) else None


def _unanswered(error: Exception, name: str) -> SourceError | None:
    from botocore import exceptions as boto

    kind = type(error).__name__
    if isinstance(error, boto.DataNotFoundError):
        return None  # a service or call that does not exist: our own mistake
    if isinstance(error, boto.ParamValidationError):
        # It was named by the source itself, or by the scope: a trail without a bucket, say.
        return MalformedAnswerError(f"{name}: no such thing can be asked about")
    if isinstance(error, boto.PaginationError):
        return MalformedAnswerError(f"{name}: the pages go round: collect again")
    if isinstance(error, boto.HTTPClientError | boto.ConnectionError | boto.IncompleteReadError):
        is_nowhere = isinstance(error, boto.EndpointConnectionError)
        ours = NoEndpointError if is_nowhere else UnreachableError
        return ours(f"{name}: no answer ({kind}): check the network and the region")
    if isinstance(
        error,
        boto.NoCredentialsError
        | boto.PartialCredentialsError
        | boto.CredentialRetrievalError
        | boto.TokenRetrievalError,
    ):
        return RefusedCredentialError(f"{name}: no credential ({kind}): configure the one named")
    return SourceError(f"{name} was not possible ({kind}): correct the source's settings")
