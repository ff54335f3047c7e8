"""An AWS account: the only place that knows boto3, with its paging, retries and errors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from zicha.model.errors import (
    ConfigError,
    MalformedAnswerError,
    PartialListingError,
    SourceError,
    ThrottledError,
    UnreachableError,
)
from zicha.model.evidence import Answer, Gap, Place, Reply
from zicha.sources.aws_wire import (
    Limits,
    NoEndpointError,
    NotConfigured,
    boto_client,
    is_listed,
    joined,
    pages_of,
    plain,
)
from zicha.sources.aws_words import action_of


@dataclass
class _Said:
    """What one call gave: a body, or the error that stands for it, and what proves the call."""

    body: Mapping[str, Any] | None = None
    error: SourceError | None = None
    heard: dict[str, str] = field(default_factory=dict)
    not_offered: bool = False


class AwsAccount:
    """One account, opened; every question in a run is put to it once."""

    def __init__(
        self,
        session: Any,
        account: str,
        regions: Sequence[str],
        partition: str = "aws",
        *,
        source: str = "",
        limits: Limits = Limits(),  # noqa: B008 - frozen
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep the session; nothing is asked yet. `pause` waits between two looks at a report."""
        if not regions:
            raise ConfigError(
                f"source {source or account} names no region: add one to sources.yaml"
            )
        self.id = account
        self.regions = tuple(regions)
        self.partition = partition
        self.source = source or account
        self.limits = limits
        self.pause = pause
        self.refusal: SourceError | None = None
        self.calls = 0
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        self._said: dict[str, _Said] = {}
        self._wasted: dict[tuple[str, str], float] = {}

    @contextmanager
    def within(self, regions: Sequence[str]) -> Iterator[None]:
        """Ask in these regions only, for a while; without any, as always."""
        before = self.regions
        self.regions = tuple(regions) or before
        try:
            yield
        finally:
            self.regions = before

    def client(self, service: str, region: str = "", place: Place | None = None) -> AwsClient:
        """A service in a region (or the first one, for what is global), answering for a place."""
        where = place or ((self.id, region) if region else (self.id,))
        return AwsClient(self, service, region or self.regions[0], where)

    def boto_client(self, service: str, region: str) -> Any:
        """The one boto3 client of a service and region."""
        found = self._clients.get((service, region))
        if found is None:
            found = self._clients[service, region] = boto_client(
                self._session, service, region, self.limits
            )
            found.meta.events.register("before-send", self._count)
        return found

    def _count(self, **_: Any) -> None:
        """One request is about to leave; what was asked before and remembered is none."""
        self.calls += 1

    def said(self, service: str, region: str, call: str, key: str) -> _Said | None:
        """What the same question gave before in this run."""
        return self._said.get(f"{service} {region} {call} {key}")

    def remember(self, service: str, region: str, call: str, key: str, said: _Said) -> None:
        """Keep what a question gave."""
        self._said[f"{service} {region} {call} {key}"] = said

    def waste(self, service: str, region: str, seconds: float) -> None:
        """Count seconds spent on a service that gave no answer."""
        self._wasted[service, region] = self._wasted.get((service, region), 0.0) + seconds

    def is_offered(self, service: str, region: str) -> bool:
        """Whether the provider lists the service in the region."""
        return is_listed(self._session, service, region, self.partition)

    def has_patience(self, service: str, region: str) -> bool:
        """Whether this service is still worth a call."""
        return self._wasted.get((service, region), 0.0) < self.limits.patience


class AwsClient:
    """One service in one region of one account, answering for one place."""

    def __init__(self, account: AwsAccount, service: str, region: str, place: Place) -> None:
        """Ask through the account, which remembers."""
        self.place = place
        self.service = service
        self.region = region
        self._account = account

    def ask(
        self,
        call: str,
        about: str = "",
        expects: str = "",
        permission: str = "",
        *,
        fresh: bool = False,
        **parameters: Any,
    ) -> Reply:
        """Ask once; return the answer untouched, or a gap that says why there is none.

        Args:
            call: the call's name, as boto3 spells it.
            about: the resource asked about; empty for a listing.
            expects: a key that the answer, and each page of a listing, must carry.
            permission: the IAM action, where it is not the usual one.
            fresh: ask again although the same question was put before.
            parameters: the call's parameters.
        """
        key = json.dumps(parameters, sort_keys=True, default=str)
        remembered = self._account.said(self.service, self.region, call, f"{expects} {key}")
        if remembered is None or fresh:
            remembered = self._send(call, expects, permission, parameters)
            self._account.remember(self.service, self.region, call, f"{expects} {key}", remembered)
        return self._reply(call, about, remembered)

    def ask_until(
        self, call: str, state: str, wanted: str, looks: int = 15, wait: float = 1.0
    ) -> Reply:
        """Ask again and again until `state` reads `wanted`; give up after so many looks.

        What came of it is remembered: whoever asks later in the run neither asks nor waits again.
        """
        reply = self.ask(call, expects=state)
        for _ in range(looks):
            if not isinstance(reply, Answer) or not reply.body or reply.body[state] == wanted:
                return reply
            self._account.pause(wait)
            reply = self.ask(call, expects=state, fresh=True)
        remedy = f"{self._name(call)} was not {wanted} after {looks} looks: collect again"
        given_up = _Said(error=UnreachableError(remedy), heard=dict(reply.heard))
        self._account.remember(self.service, self.region, call, f"{state} {{}}", given_up)
        return self._reply(call, "", given_up)

    def _name(self, call: str) -> str:
        return f"{self._account.source} {self.service} {self.region} {call}"

    def _reply(self, call: str, about: str, said: _Said) -> Reply:
        error = said.error
        if isinstance(error, PartialListingError):
            return Answer(
                self.place,
                call,
                about,
                error.kept,
                said.heard,
                cut=error.reason,
                remedy=str(error),
                permission=error.permission,
            )
        if error is not None:
            return Gap(
                self.place, call, about, error.reason, str(error), error.permission, said.heard
            )
        return Answer(self.place, call, about, said.body, said.heard, not_offered=said.not_offered)

    def _send(
        self, call: str, expects: str, permission: str, parameters: Mapping[str, Any]
    ) -> _Said:
        account, said, start = self._account, _Said(), time.monotonic()
        wanted = permission or action_of(self.service, call)
        try:
            if account.refusal:
                raise account.refusal
            if not account.has_patience(self.service, self.region):
                raise UnreachableError(f"{self._name(call)} was not asked: no answer came before")
            said.body = self._listen(call, expects, wanted, parameters, said.heard)
        except SourceError as error:
            # The provider's list lags behind its regions, and a network fails: only both together
            # say that the service is not there.
            if isinstance(error, NoEndpointError) and not account.is_offered(
                self.service, self.region
            ):
                said.not_offered = True
                return said
            said.error = error
            if isinstance(error, UnreachableError | ThrottledError):
                account.waste(self.service, self.region, time.monotonic() - start)
        return said

    def _listen(
        self,
        call: str,
        expects: str,
        permission: str,
        parameters: Mapping[str, Any],
        heard: dict[str, str],
    ) -> Mapping[str, Any] | None:
        name, deadline = self._name(call), time.monotonic() + self._account.limits.patience
        client = self._account.boto_client(self.service, self.region)
        pages = pages_of(client, call, parameters, name=name, permission=permission, heard=heard)
        whole: dict[str, Any] | None = None
        tokens: set[str] = set()
        while True:
            try:
                page, keys, token = next(pages)
                if expects and expects not in page:
                    raise MalformedAnswerError(f"{name}: the answer has no {expects}")
                if token and token in tokens:
                    raise MalformedAnswerError(f"{name}: a page token came twice")
                page = plain(page, name)
            except StopIteration:
                return whole
            except NotConfigured:
                return None
            except SourceError as error:
                if whole is None:
                    raise
                raise PartialListingError(
                    f"a later page is missing: {error}", whole, error.permission
                ) from error
            if token:
                tokens.add(token)
            whole = joined(whole, page, keys)
            if token and time.monotonic() > deadline:
                remedy = f"{name}: the listing took too long: collect again when it is quieter"
                raise PartialListingError(remedy, whole)


def members(
    reply: Reply, key: str, name: str, sought: Container[str] | None = None
) -> Iterator[Mapping[str, Any]]:
    """The members of a listing that carry a name (of those sought); for asking on, not judging."""
    body = reply.body if isinstance(reply, Answer) else None
    listed = body.get(key) if body else None
    for member in listed if isinstance(listed, Sequence) else ():
        said = member.get(name) if isinstance(member, Mapping) else None
        if isinstance(said, str) and said and (sought is None or said in sought):
            yield member
