"""Publishes the JSON Schema of every file of the scope: `python -m zicha.catalog.scope_schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from zicha.catalog.roots import project_root
from zicha.catalog.scope import json_schemas


def published() -> dict[str, str]:
    """The text of each schema, by file name."""
    return {
        f"{name}.schema.json": json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True)
        + "\n"
        for name, schema in json_schemas().items()
    }


def schemas_dir() -> Path:
    """Where the schemas stand, beside the files that they describe."""
    return project_root() / "include" / "scope" / "schemas"


def write(folder: Path) -> None:
    """Write every schema."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in published().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(schemas_dir())
