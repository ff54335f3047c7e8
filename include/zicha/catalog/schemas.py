"""The shape of every file of ours as JSON Schema, for editors and for other people's tools."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from zicha.catalog import scope
from zicha.catalog.alert_rules import AlertRules, FieldFile
from zicha.catalog.attestation_kinds import AttestationKindFile
from zicha.catalog.calendars import YearTable
from zicha.catalog.conditions import FactFile
from zicha.catalog.controls import ControlFile
from zicha.catalog.documents import DocumentFile
from zicha.catalog.duties import Duty, DutySourceFile, MomentFile
from zicha.catalog.escalation import Escalation
from zicha.catalog.filing_lint import LintFile
from zicha.catalog.forms import Form
from zicha.catalog.frameworks import Framework
from zicha.catalog.incident_scales import RouteFile, Scale
from zicha.catalog.mended_acts import MendedActs
from zicha.catalog.object_types import ObjectTypeFile
from zicha.catalog.registers import Register
from zicha.catalog.regulators import Regulator
from zicha.catalog.released import RetiredFile
from zicha.catalog.retention import RetentionFile
from zicha.catalog.risk_levels import RiskTable
from zicha.catalog.risk_lists import HazardFile, HighRiskFile
from zicha.catalog.roles import RoleTable
from zicha.catalog.suites import Suite
from zicha.catalog.terms import Terms
from zicha.catalog.thresholds import _Thresholds

CATALOG: dict[str, type[BaseModel]] = {
    "catalog/framework": Framework,
    "catalog/alert_rules": AlertRules,
    "catalog/alert_fields": FieldFile,
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
    "catalog/roles": RoleTable,
    "catalog/risk_levels": RiskTable,
    "catalog/duty": Duty,
    "catalog/duty_sources": DutySourceFile,
    "catalog/duty_moments": MomentFile,
    "catalog/duty_facts": FactFile,
    "catalog/regulator": Regulator,
    "catalog/report_form": Form,
    "catalog/filing_lint": LintFile,
    "catalog/calendar": YearTable,
    "catalog/register": Register,
    "catalog/escalation": Escalation,
    "catalog/mended_acts": MendedActs,
    "catalog/incident_facts": FactFile,
    "catalog/incident_routes": RouteFile,
    "catalog/incident_scale": Scale,
    "suite": Suite,
}


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by name: `catalog/…`, `suite`, and `scope/…` for the user's files."""
    ours = {name: model.model_json_schema() for name, model in CATALOG.items()}
    users = {f"scope/{name}": schema for name, schema in scope.json_schemas().items()}
    return ours | users
