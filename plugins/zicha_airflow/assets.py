"""What one step leaves for the next: an asset each, with the evidence day as partition key."""

from __future__ import annotations

from airflow.sdk import Asset

CLOSED_COLLECTION = Asset("closed-collection", uri="x-zicha://collection/closed")
JUDGED_EVIDENCE = Asset("judged-evidence", uri="x-zicha://evidence/judged")

DAY = "{{ dag_run.partition_key }}"
"""The evidence day of a run, in the organisation's zone; rendered as `None` when it has none."""
