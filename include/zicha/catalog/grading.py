"""The grading matrix: which level follows from what is infringed and how gravely."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from zicha.catalog.frameworks import Grade
from zicha.catalog.roots import catalog_dir
from zicha.catalog.shapes import Said, Slug, Strict
from zicha.catalog.yaml_files import load_model

Protection = Annotated[int, Field(ge=1, le=5)]


class Side(Strict):
    """One row or one column of the matrix, and the words by which people mean it."""

    id: Slug
    title: Said
    words: Annotated[tuple[str, ...], Field(min_length=1)]


class MatrixCell(Strict):
    """The level of one combination; `also` is another reading of a disputed one."""

    infringed: Slug
    harm: Slug
    level: Protection
    also: Protection | None = None
    grade: Grade
    note: Said | None = None


class GradingMatrix(Strict):
    """The whole matrix."""

    source: Slug
    infringed: tuple[Side, ...]
    harm: tuple[Side, ...]
    cells: tuple[MatrixCell, ...]

    def cell(self, infringed: str, harm: str) -> MatrixCell | None:
        """The cell that a person's words mean; None where they fit no row or no column."""
        row, column = _meant(self.infringed, infringed), _meant(self.harm, harm)
        return next((c for c in self.cells if (c.infringed, c.harm) == (row, column)), None)


def load_grading_matrix(path: Path | None = None) -> GradingMatrix:
    """The matrix of the grading guide."""
    return load_model(path or catalog_dir() / "grading_matrix.yaml", GradingMatrix)


def _meant(sides: tuple[Side, ...], said: str) -> str | None:
    said = said.casefold()
    return next((side.id for side in sides if any(word in said for word in side.words)), None)
