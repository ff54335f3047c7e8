"""Who answers to the regulators, with which licences, and for which graded systems."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, field_validator, model_validator

from zicha.catalog.shapes import Called, Said, Slug, Strict

Named = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
"""A short text that names something."""

LicenceKind = Literal[
    "basic_telecom",
    "value_added_telecom",
    "mobile_resale",
    "idc",
    "isp",
    "cdn",
    "domain_registry",
    "domain_registrar",
    "domain_service",
    "root_server",
    "internet_company",
    "other_miit_licence",
]

BusinessKind = Literal[
    "data_centre",
    "public_cloud",
    "cdn",
    "instant_messaging",
    "network_transaction",
    "email",
    "app_store",
    "app_and_backend",
    "domain_service",
    "portal",
    "billing",
    "business_support",
    "basic_network",
    "public_wlan",
    "iot_platform",
    "video_surveillance",
    "other",
]

ObjectType = Literal[
    "machine_room",
    "network",
    "boundary",
    "network_device",
    "security_device",
    "server",
    "terminal",
    "database",
    "application",
    "management_platform",
    "data",
    "cloud_account",
    "management_centre",
    "organisation",
]

UnitGrade = Literal["1", "2", "3.1", "3.2", "4", "5"]
"""Grade of a communication-network unit: the telecom standards split level 3 in two."""


class Organisation(Strict):
    """Whose scope this is, in which zone its days are counted, and whether it is a demo."""

    id: Slug
    name: Said
    zone: str = "Asia/Shanghai"
    demo: bool = False

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{zone} is no time zone: write one like Asia/Shanghai") from error
        return zone


class Licence(Strict):
    """One licence, certificate or registration, and how long it holds."""

    kind: LicenceKind
    number: Named
    issued_by: Said | None = None
    valid_from: date
    valid_until: date | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Licence:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError("valid_until lies before valid_from: correct one of them")
        return self


class Entity(Strict):
    """A legal person that answers for systems."""

    id: Slug
    name: Said
    province: Said
    city: Said
    credit_code: str = ""
    licences: tuple[Licence, ...] = ()
    critical_infrastructure: bool = False
    """Named an operator of critical information infrastructure by its authority."""


class NotPresent(Strict):
    """A type of object that a system does not have, and why."""

    type: ObjectType
    because: Said


class MiitUnit(Strict):
    """The system as a communication-network unit under MIIT's own grading."""

    name: Said
    grade: UnitGrade
    filing_number: str = ""


class System(Strict):
    """A graded system: what it is for, how it is graded and filed, what it holds."""

    id: Slug
    entity: Slug
    name: Said
    kinds: tuple[BusinessKind, ...] = Field(min_length=1)
    level: Annotated[int, Field(ge=1, le=5)]
    filing_number: str = ""
    filed_on: date | None = None
    miit_unit: MiitUnit | None = None
    cloud: bool = False
    """It runs on a cloud, so the cloud extension applies to it."""
    critical_infrastructure: bool = False
    important_data: bool = False
    holds: tuple[Literal["user_information", "network_data"], ...] = ()
    owner: Called = None
    """The department or person that sets its findings right; the books hold the Chinese name."""
    persons: Annotated[int, Field(ge=0)] = 0
    """How many persons it holds data of."""
    not_present: tuple[NotPresent, ...] = ()

    @model_validator(mode="after")
    def _says_each_type_once(self) -> System:
        types = [absent.type for absent in self.not_present]
        if len(types) != len(set(types)):
            raise ValueError("not_present names a type twice: keep one")
        if self.persons and "user_information" not in self.holds:
            raise ValueError("persons is given: add user_information to holds")
        return self

    def lacks(self, type_: str) -> NotPresent | None:
        """Why the system has no object of this type, if its owner says so."""
        return next((absent for absent in self.not_present if absent.type == type_), None)
