"""Who watches over the accounts of the demo, and what runs there: functions and clusters."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
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
    _machines(account)
    _containers(account)


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


def _machines(account: Builder) -> None:
    """Three that Systems Manager knows: kept up, left behind, and never scanned."""
    from moto.ssm.models import ssm_backends

    here = ssm_backends[account.account][account.region]
    kept_up, behind, unscanned = "mi-0a1b2c3d4e5f60001", "mi-0a1b2c3d4e5f60002", "mi-0unscanned"
    here.machines = [
        {
            "InstanceId": name,
            "PingStatus": "Online" if name != behind else "ConnectionLost",
            "LastPingDateTime": account.now,
            "AgentVersion": "3.3.2299.0",
            "IsLatestVersion": name != behind,
            "PlatformName": "Amazon Linux",
            "PlatformVersion": "2023",
        }
        for name in (kept_up, behind, unscanned)
    ]
    here.patches = [
        {
            "InstanceId": name,
            "PatchGroup": "",
            "BaselineId": "pb-0demo",
            "Operation": "Scan",
            "OperationStartTime": account.now - timedelta(days=days),
            "OperationEndTime": account.now - timedelta(days=days),
            "MissingCount": lacking,
            "FailedCount": lacking,
            "InstalledPendingRebootCount": lacking,
        }
        for name, days, lacking in ((kept_up, 1, 0), (behind, 40, 2))
    ]


def _containers(account: Builder) -> None:
    ecs = account.client("ecs")
    for name, right in (("main", True), ("attic", False)):
        insights = {"name": "containerInsights", "value": "enabled" if right else "disabled"}
        ecs.create_cluster(clusterName=name, settings=[insights])
        log = {"logDriver": "awslogs", "options": {"awslogs-group": "/billing/app"}}
        task = ecs.register_task_definition(
            family=name,
            networkMode="awsvpc",
            **({} if right else {"pidMode": "host"}),
            containerDefinitions=[
                {
                    "name": "app",
                    "image": "app:1",
                    "memory": 256,
                    "privileged": not right,
                    "environment": [{"name": "DATABASE_PASSWORD", "value": "demo only"}],
                    **({"logConfiguration": log} if right else {}),
                }
            ],
        )["taskDefinition"]
        network = {
            "subnets": [account.subnet],
            "securityGroups": [account.groups["app"]],
            "assignPublicIp": "DISABLED" if right else "ENABLED",
        }
        ecs.create_service(
            cluster=name,
            serviceName=f"{name}-app",
            taskDefinition=task["taskDefinitionArn"],
            desiredCount=1,
            launchType="EC2",
            networkConfiguration={"awsvpcConfiguration": network},
        )
