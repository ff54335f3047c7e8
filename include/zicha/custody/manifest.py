"""A run's manifest: what was sealed, what could not be read, and with which rules it was judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from zicha.custody.canonical import canonical

FORMAT = "zicha-manifest/1"


def manifest(
    run: str,
    day: str,
    *,
    trigger: str,
    scope_digest: str,
    stored_scope: str,
    started_at: datetime,
    closed_at: datetime,
    evidence: Sequence[Mapping[str, Any]],
    batches: Mapping[str, str],
    gaps: Mapping[str, int],
    suites: Mapping[str, str],
    catalogues: Mapping[str, str],
    tool_version: str,
) -> bytes:
    """The manifest as canonical JSON: the same facts always give the same bytes.

    Args:
        run: the run's id.
        day: its evidence day.
        trigger: what started it.
        scope_digest: the digest of the files of the scope.
        stored_scope: the digest of what the run remembers of its scope.
        started_at: when it began.
        closed_at: when its collection was closed.
        evidence: one entry per source and table, with the digests of its pack and of its rows.
        batches: each planned batch, and whether it was sealed or errored.
        gaps: how many calls went unanswered, by reason.
        suites: id to digest of every suite.
        catalogues: id to digest of every catalogue, threshold table and view.
        tool_version: the version of this program.
    """
    listed = sorted(evidence, key=lambda entry: (entry["source"], entry["table"]))
    return canonical(
        {
            "format": FORMAT,
            "run": run,
            "day": day,
            "trigger": trigger,
            "scope_digest": scope_digest,
            "stored_scope": stored_scope,
            "started_at": started_at,
            "closed_at": closed_at,
            "evidence": listed,
            "batches": batches,
            "gaps": gaps,
            "suites": suites,
            "catalogues": catalogues,
            "tool_version": tool_version,
        }
    )
