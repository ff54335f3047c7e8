"""What one step leaves for the next: an asset each, with the evidence day as partition key."""

from __future__ import annotations

from airflow.sdk import Asset, AssetWatcher

from zicha_airflow.incident_moments import IncidentPulse

CLOSED_COLLECTION = Asset("closed-collection", uri="x-zicha://collection/closed")
JUDGED_EVIDENCE = Asset("judged-evidence", uri="x-zicha://evidence/judged")

CHANGED_INCIDENTS = Asset(
    "changed-incidents",
    uri="x-zicha://incidents/changed",
    watchers=[AssetWatcher(name="incident-pulse", trigger=IncidentPulse())],
)

MOST_MOMENTS = 32
"""How many moments one run follows: as many as `zicha.pipeline.alerts.following` gives it."""

DAY = "{{ dag_run.partition_key }}"
"""The evidence day of a run, in the organisation's zone; rendered as `None` when it has none."""
