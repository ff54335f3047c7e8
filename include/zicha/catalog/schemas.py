"""The shape of every file of ours as JSON Schema, for editors and for other people's tools."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from zicha.catalog import scope
from zicha.catalog.attestation_kinds import AttestationKindFile
from zicha.catalog.controls import ControlFile
from zicha.catalog.documents import DocumentFile
from zicha.catalog.frameworks import Framework
from zicha.catalog.object_types import ObjectTypeFile
from zicha.catalog.released import RetiredFile
from zicha.catalog.retention import RetentionFile
from zicha.catalog.risk_lists import HazardFile, HighRiskFile
from zicha.catalog.suites import Suite
from zicha.catalog.terms import Terms
from zicha.catalog.thresholds import _Thresholds

CATALOG: dict[str, type[BaseModel]] = {
    "catalog/framework": Framework,
    "catalog/controls": ControlFile,
    "catalog/attestation_kinds": AttestationKindFile,
    "catalog/object_types": ObjectTypeFile,
    "catalog/high_risk_cases": HighRiskFile,
    "catalog/hazard_triggers": HazardFile,
    "catalog/sources": DocumentFile,
    "catalog/retention": RetentionFile,
    "catalog/retired": RetiredFile,
    "catalog/thresholds": _Thresholds,
    "catalog/rectification_days": Terms,
    "suite": Suite,
}


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by name: `catalog/…`, `suite`, and `scope/…` for the user's files."""
    ours = {name: model.model_json_schema() for name, model in CATALOG.items()}
    users = {f"scope/{name}": schema for name, schema in scope.json_schemas().items()}
    return ours | users
