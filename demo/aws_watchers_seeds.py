"""Who watches over the accounts of the demo, and what runs there: functions and clusters."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.aws_account_builder import Builder

FEATURES = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS", "EBS_MALWARE_PROTECTION")
EVENTS = ("CreateUser", "StopLogging", "CreateSecurityGroup", "RunInstances", "AccessDenied")


def billing(account: Builder) -> None:
    """Watched in part: a hub without a standard, no alarm on machines or refusals."""
    watched(account, bucket="cn-audit-logs", events=EVENTS[:3], standards=False)
    _functions(account)
    _clusters(account)


def watched(
    account: Builder, *, bucket: str, events: tuple[str, ...] = EVENTS, standards: bool = True
) -> None:
    """A region that is watched as it should be, unless said otherwise."""
    account.client("guardduty").create_detector(
        Enable=True,
        FindingPublishingFrequency="FIFTEEN_MINUTES",
        Features=[{"Name": name, "Status": "ENABLED"} for name in FEATURES],
    )
    config = account.client("config")
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": account.arn("iam", "role/zicha-audit"),
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        }
    )
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    account.client("securityhub").enable_security_hub(EnableDefaultStandards=standards)
    _alarms(account, events)


def _alarms(account: Builder, events: tuple[str, ...]) -> None:
    logs, watch = account.client("logs"), account.client("cloudwatch")
    logs.create_log_group(logGroupName="trail", kmsKeyId=account.arn("kms", "key/0f0e0d0c-demo"))
    logs.put_retention_policy(logGroupName="trail", retentionInDays=365)
    told = [f"($.eventName = {name})" for name in events]
    logs.put_metric_filter(
        logGroupName="trail",
        filterName="changes",
        filterPattern="{ " + " || ".join(told) + " }",
        metricTransformations=[
            {"metricName": "changes", "metricNamespace": "security", "metricValue": "1"}
        ],
    )
    watch.put_metric_alarm(
        AlarmName="on-changes",
        MetricName="changes",
        Namespace="security",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        ActionsEnabled=True,
        AlarmActions=[account.arn("sns", "security")],
    )


def _functions(account: Builder) -> None:
    service = account.client("lambda")
    for name, runtime in (("reconcile", "python3.14"), ("old-hook", "python3.8")):
        service.create_function(
            FunctionName=name,
            Runtime=runtime,
            Role=account.arn("iam", "role/billing-app"),
            Handler="main.run",
            Code={"ZipFile": _nothing()},
            Environment={"Variables": {"DATABASE_PASSWORD": "demo only"}},
        )
    service.create_function_url_config(FunctionName="old-hook", AuthType="NONE")
    service.add_permission(
        FunctionName="old-hook",
        StatementId="anyone",
        Action="lambda:InvokeFunction",
        Principal="*",
    )


def _nothing() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr("main.py", "def run(*_):\n    return None\n")
    return held.getvalue()


def _clusters(account: Builder) -> None:
    eks = account.client("eks")
    subnets = account.client("ec2").describe_subnets(
        Filters=[{"Name": "vpc-id", "Values": [account.vpc]}]
    )["Subnets"]
    for name, right in (("pay", True), ("trial", False)):
        network: dict[str, Any] = {
            "subnetIds": [one["SubnetId"] for one in subnets],
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["203.0.113.0/24" if right else "0.0.0.0/0"],
        }
        logs = {"types": ["api", "audit", "authenticator"], "enabled": right}
        own = {"provider": {"keyArn": account.arn("kms", "key/0f0e0d0c-demo")}}
        eks.create_cluster(
            name=name,
            roleArn=account.arn("iam", "role/billing-app"),
            resourcesVpcConfig=network,
            logging={"clusterLogging": [logs]},
            **({"encryptionConfig": [{"resources": ["secrets"], **own}]} if right else {}),
        )
