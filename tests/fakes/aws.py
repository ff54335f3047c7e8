"""An AWS account that answers from a dictionary; an error in it is what that call meets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zicha.model.errors import (
    AccessDeniedError,
    MalformedAnswerError,
    SourceError,
    ThrottledError,
    UnreachableError,
)
from zicha.model.evidence import Answer, Gap, Place, Reply
from zicha.model.verdict import Reason
from zicha.sources.aws_words import action_of

REFUSED = AccessDeniedError("the fake account", "")
THROTTLED = ThrottledError("the fake account was throttled: collect again later")
BROKEN = UnreachableError("the fake account failed: collect again")
GARBLED = MalformedAnswerError("the fake account answered nonsense: collect again")


@dataclass(frozen=True)
class Cut:
    """A listing whose later pages are missing."""

    body: Mapping[str, Any]


Said = Mapping[str, Any] | None | SourceError | Cut
"""A body, None for "not configured", an error, or a cut listing."""


class FakeAccount:
    """Answers `(call, about)`, or `(call, about, region)` where regions differ.

    What nobody wrote down is a mistake of the test, not an answer.
    """

    def __init__(
        self,
        answers: Mapping[tuple[str, ...], Said],
        account: str = "111122223333",
        regions: Sequence[str] = ("cn-north-1",),
        partition: str = "aws-cn",
    ) -> None:
        self.answers: dict[tuple[str, ...], Said] = dict(answers)
        self.id = account
        self.regions = tuple(regions)
        self.partition = partition
        self.asked: list[tuple[str, str, str]] = []

    def client(self, service: str, region: str = "", place: Place | None = None) -> FakeClient:
        where = place or ((self.id, region) if region else (self.id,))
        return FakeClient(self, service, region or self.regions[0], where)


@dataclass(frozen=True)
class FakeClient:
    """One service of the fake account."""

    account: FakeAccount
    service: str
    region: str
    place: Place

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
        self.account.asked.append((self.service, call, about))
        answers = self.account.answers
        key = (call, about, self.region)
        said = answers[key] if key in answers else answers[call, about]
        if isinstance(said, SourceError):
            refused = isinstance(said, AccessDeniedError)
            wanted = (permission or action_of(self.service, call)) if refused else ""
            return Gap(self.place, call, about, said.reason, str(said), wanted)
        body = said.body if isinstance(said, Cut) else said
        if body is not None and expects and expects not in body:
            remedy = f"{call}: the answer has no {expects}"
            return Gap(self.place, call, about, Reason.MALFORMED, remedy)
        cut = Reason.PARTIAL if isinstance(said, Cut) else None
        return Answer(self.place, call, about, body, cut=cut)

    def ask_until(
        self, call: str, state: str, wanted: str, looks: int = 15, wait: float = 1.0
    ) -> Reply:
        return self.ask(call, expects=state, fresh=True)
