"""Everything that can go wrong, and the reason that an `unknown` takes from it.

ZichaError                      raised on purpose                                errored
├── ConfigError                 fix our files; never retried                     errored
├── SourceError                 the outside world: a sealed gap, no failed task
│   ├── AccessDeniedError           grant the permission it names                refused
│   ├── ThrottledError              asked to slow down, out of attempts          throttled
│   ├── UnreachableError            no answer in the time allowed                unreachable
│   ├── MalformedAnswerError        keep the bytes, fix the collector            malformed
│   └── PartialListingError         a page is missing; the rest is kept          partial
├── EvidenceError               what we hold
│   ├── MissingEvidenceError        in scope, and nobody asked                   not-collected
│   ├── StaleEvidenceError          older than its collector allows              stale
│   ├── TruncatedResultError        the counts do not add up                     truncated
│   ├── ExpiredEvidenceError        its key was destroyed, as retention asks     stale
│   └── TamperedEvidenceError       the index disagrees; wake someone            errored
├── StoreError                  the object store refused; nothing was sealed, no gap is written
│   └── StoreUnavailableError       it was throttled or did not answer; worth another try
└── DeliveryError               a message or a filing did not leave the house

Anything else is a crash of our own: retried twice, then `errored`.
"""

from __future__ import annotations

from zicha.model.verdict import Reason


class ZichaError(Exception):
    """Raised on purpose; the message names the thing and the remedy."""

    reason = Reason.ERRORED


class ConfigError(ZichaError):
    """One of our own files or settings is wrong: exit code 2, one clear sentence."""


class SourceError(ZichaError):
    """The outside world did not give an answer; it becomes a sealed gap."""

    reason = Reason.ERRORED

    def __init__(self, message: str, permission: str = "") -> None:
        """Say what happened and what to do; name the missing permission where there is one."""
        super().__init__(message)
        self.permission = permission


class AccessDeniedError(SourceError):
    """The source answered, and refused."""

    reason = Reason.REFUSED

    def __init__(self, source: str, permission: str) -> None:
        """Name the source that refused and the permission it wanted."""
        super().__init__(f"{source} refused: grant {permission}", permission)


class ThrottledError(SourceError):
    """The source asked us to slow down until our attempts ran out."""

    reason = Reason.THROTTLED


class UnreachableError(SourceError):
    """No answer in the time allowed."""

    reason = Reason.UNREACHABLE


class MalformedAnswerError(SourceError):
    """An answer came that is not what the interface promises, an empty 200 included."""

    reason = Reason.MALFORMED


class PartialListingError(SourceError):
    """A page of a listing is missing; `kept` holds what came before it, as one body."""

    reason = Reason.PARTIAL

    def __init__(self, message: str, kept: dict[str, object], permission: str = "") -> None:
        """Carry the pages that did arrive."""
        super().__init__(message, permission)
        self.kept = kept


class EvidenceError(ZichaError):
    """What we hold does not suffice."""


class MissingEvidenceError(EvidenceError):
    """In scope, and nobody asked."""

    reason = Reason.NOT_COLLECTED


class StaleEvidenceError(EvidenceError):
    """Older than its collector allows."""

    reason = Reason.STALE


class TruncatedResultError(EvidenceError):
    """The counts do not add up."""

    reason = Reason.TRUNCATED


class ExpiredEvidenceError(EvidenceError):
    """Sound for all we know, and never to be read again: the key of its period was destroyed."""

    reason = Reason.STALE


class TamperedEvidenceError(EvidenceError):
    """The bytes do not have the digest that the index recorded."""


class StoreError(ZichaError):
    """The object store did not take or give the bytes: nothing was sealed.

    No SourceError: a gap would blame a source that did answer.
    """

    def __init__(self, message: str, reason: Reason, permission: str = "") -> None:
        """Say what happened and what to do; name the missing permission where there is one."""
        super().__init__(message)
        self.reason = reason
        self.permission = permission


class StoreUnavailableError(StoreError):
    """The object store asked us to slow down, or did not answer; another try may well succeed."""


class DeliveryError(ZichaError):
    """A message or a filing did not leave the house."""
