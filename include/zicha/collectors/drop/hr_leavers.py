"""People who left, as delivered (`registers/hr_leavers.yaml`)."""

from __future__ import annotations

from zicha.collectors.drop.register_rows import register_rows

COLLECTOR = register_rows("hr_leavers")
