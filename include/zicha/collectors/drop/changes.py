"""Changes, as a drop delivers them; its schema is `include/catalog/registers/changes.yaml`."""

from __future__ import annotations

from zicha.collectors.drop.register_rows import register_rows

COLLECTOR = register_rows("changes")
