"""The least that an AWS account must grant us, made from what the collectors declare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zicha.model.collector import Collector

# Any identity may ask who it is: granting it changes nothing, and naming it says that we ask.
NEEDS_NO_GRANT = ("sts:GetCallerIdentity",)


def policy(collectors: Iterable[Collector]) -> dict[str, Any]:
    """An IAM policy document that allows what the AWS collectors ask, and nothing else.

    The role that holds it is assumed: `sts:AssumeRole` belongs into the policy of whoever assumes
    it, and into the role's own trust policy together with the external id.
    """
    wanted = {
        permission
        for collector in collectors
        if collector.source == "aws"
        for permission in collector.permissions
    }
    statements = [_statement(service, wanted) for service in sorted({_service(p) for p in wanted})]
    return {"Version": "2012-10-17", "Statement": statements}


def _service(permission: str) -> str:
    return permission.partition(":")[0]


def _statement(service: str, wanted: Iterable[str]) -> dict[str, Any]:
    return {
        "Sid": f"ZichaReads{service.capitalize()}",
        "Effect": "Allow",
        "Action": sorted(p for p in wanted if _service(p) == service),
        "Resource": "*",
    }
