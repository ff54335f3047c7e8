"""Kinds of attestation: what a person hands over, for how long it holds, who signs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from zicha.catalog.once import by_id
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model


class AttestationKind(Strict):
    """One kind of statement or document.

    Args:
        hand_over: what to give.
        valid_months: how long it may be relied on, at most.
        second_signer: it counts only when somebody else signed too.
        document: it counts only with a hashed document.
    """

    id: Slug
    title: Said
    hand_over: Said
    valid_months: Annotated[int, Field(ge=1, le=60)]
    second_signer: bool
    document: bool
    formerly: tuple[Slug, ...] = ()


class AttestationKindFile(Strict):
    """The file that holds every kind."""

    attestation_kinds: Annotated[tuple[AttestationKind, ...], Field(min_length=1)]


def load_attestation_kinds(path: Path | None = None) -> dict[str, AttestationKind]:
    """Every kind by id, in the order of the file."""
    path = path or catalog_dir() / "attestation_kinds.yaml"
    return by_id(path, load_model(path, AttestationKindFile).attestation_kinds)
