"""Accounts with two resources each, `a` and `b`, of the collectors of services.

The answers have the shape that AWS gives them; whatever is not said is done right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from fakes.aws import FakeAccount, Said
from fakes.aws_balancers import balancer, balancers, classic, classics
from fakes.aws_databases import (
    database,
    database_cluster,
    database_clusters,
    database_snapshots,
    databases,
)
from fakes.aws_examples import ID, NOW, arn
from fakes.aws_resources import answering

HOUR = timedelta(hours=1)


def log_group(name: str, **details: Any) -> dict[str, Any]:
    told = {
        "logGroupName": name,
        "arn": arn("logs", f"log-group:{name}"),
        "retentionInDays": 365,
        "kmsKeyId": arn("kms", "key/k"),
    }
    return {key: value for key, value in (told | details).items() if value is not None}


def certificate(name: str, **details: Any) -> dict[str, Any]:
    return {
        "CertificateArn": arn("acm", f"certificate/{name}"),
        "DomainName": f"{name}.example.com",
        "Status": "ISSUED",
        "Type": "AMAZON_ISSUED",
        "KeyAlgorithm": "RSA-2048",
        "InUse": True,
        "NotAfter": NOW + timedelta(days=4000),
        **details,
    }


def rule(**details: Any) -> dict[str, Any]:
    """A rule of a web firewall: a managed group in force, unless said otherwise."""
    acts = {} if "Action" in details else {"OverrideAction": {"None": {}}}
    return {"Name": "common", "Priority": 0, "Statement": {}} | acts | details


def firewall(name: str, **details: Any) -> dict[str, Any]:
    told = {"Name": name, "Id": name, "ARN": name, "DefaultAction": {"Allow": {}}}
    return told | {"Rules": [rule()]} | details


def firewalls(*described: Mapping[str, Any]) -> FakeAccount:
    listed = [{key: one[key] for key in ("Name", "Id", "ARN")} for one in described]
    account = answering(list_web_acls={"WebACLs": listed})
    for one in described:
        log = {"ResourceArn": one["ARN"], "LogDestinationConfigs": ["aws-waf-logs-web"]}
        account.answers["get_web_acl", one["ARN"]] = {"WebACL": one}
        account.answers["get_logging_configuration", one["ARN"]] = {"LoggingConfiguration": log}
        for kind in ("APPLICATION_LOAD_BALANCER", "API_GATEWAY", "APPSYNC"):
            found = ["balancer"] if kind == "APPLICATION_LOAD_BALANCER" else []
            about = f"{one['ARN']} {kind}"
            account.answers["list_resources_for_web_acl", about] = {"ResourceArns": found}
    return account


def function(name: str, **details: Any) -> dict[str, Any]:
    return {
        "FunctionName": name,
        "FunctionArn": arn("lambda", f"function:{name}"),
        "PackageType": "Zip",
        "Runtime": "python3.14",
        "Environment": {"Variables": {"PASSWORD": "canary"}},
        **details,
    }


def caller(principal: Any, **condition: Any) -> dict[str, Any]:
    """A function's policy with one statement."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction"}
    if condition:
        statement["Condition"] = condition
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def functions(*listed: Mapping[str, Any]) -> FakeAccount:
    account = answering(list_functions={"Functions": list(listed)})
    for one in listed:
        about = one["FunctionArn"]
        account.answers["get_function_url_config", about] = {"AuthType": "AWS_IAM"}
        account.answers["get_policy", about] = caller({"AWS": f"arn:aws-cn:iam::{ID}:root"})
    return account


def detectors(*names: str, **details: Any) -> FakeAccount:
    watched = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS", "EBS_MALWARE_PROTECTION")
    told = {
        "Status": "ENABLED",
        "FindingPublishingFrequency": "FIFTEEN_MINUTES",
        "Features": [{"Name": name, "Status": "ENABLED"} for name in watched],
    }
    account = answering(list_detectors={"DetectorIds": list(names)})
    for name in names:
        account.answers["get_detector", name] = told | details
    return account


def recorders(*names: str, **state: Any) -> FakeAccount:
    states = [{"name": n, "recording": True, "lastStatus": "SUCCESS", **state} for n in names]
    group = {"allSupported": True, "includeGlobalResourceTypes": True}
    return answering(
        describe_configuration_recorders={
            "ConfigurationRecorders": [{"name": n, "recordingGroup": group} for n in names]
        },
        describe_configuration_recorder_status={"ConfigurationRecordersStatus": states},
        describe_delivery_channels={
            "DeliveryChannels": [{"name": "default", "s3BucketName": "config"}]
        },
    )


def hub(**said: Said) -> FakeAccount:
    on = {"HubArn": arn("securityhub", "hub/default")}
    standards = [{"StandardsArn": "fsbp", "StandardsStatus": "READY"}]
    told: dict[str, Said] = {
        "describe_hub": on,
        "get_enabled_standards": {"StandardsSubscriptions": standards},
    }
    return answering(**(told | said))


EVERY_EVENT = "CreateUser StopLogging CreateSecurityGroup RunInstances AccessDenied"


def metric_filter(name: str, pattern: str = EVERY_EVENT) -> dict[str, Any]:
    made = {"metricName": name, "metricNamespace": "security", "metricValue": "1"}
    return {
        "filterName": name,
        "filterPattern": pattern,
        "logGroupName": "trail",
        "metricTransformations": [made],
    }


def alarm(metric: str, **details: Any) -> dict[str, Any]:
    return {
        "AlarmName": f"on-{metric}",
        "MetricName": metric,
        "Namespace": "security",
        "ActionsEnabled": True,
        "AlarmActions": [arn("sns", "security")],
        **details,
    }


def watching(filters: list[dict[str, Any]], alarms: list[dict[str, Any]]) -> FakeAccount:
    return answering(
        describe_metric_filters={"metricFilters": filters},
        describe_alarms={"MetricAlarms": alarms, "CompositeAlarms": []},
    )


def cluster(name: str, **details: Any) -> dict[str, Any]:
    network = {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}
    logs = [{"types": ["api", "audit", "authenticator"], "enabled": True}]
    return {
        "name": name,
        "version": "1.33",
        "resourcesVpcConfig": network,
        "logging": {"clusterLogging": logs},
        "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "k"}}],
        **details,
    }


def clusters(*described: Mapping[str, Any]) -> FakeAccount:
    account = answering(list_clusters={"clusters": [one["name"] for one in described]})
    for one in described:
        account.answers["describe_cluster", one["name"]] = {"cluster": one}
    return account


def plan(**lifecycle: Any) -> dict[str, Any]:
    copies = [{"DestinationBackupVaultArn": arn("backup", "backup-vault:far")}]
    rule = {"RuleName": "daily", "TargetBackupVaultName": "near", "CopyActions": copies}
    return {"BackupPlan": {"Rules": [rule | {"Lifecycle": lifecycle or {"DeleteAfterDays": 90}}]}}


def plans(**made: Mapping[str, Any]) -> FakeAccount:
    listed = [{"BackupPlanId": name, "BackupPlanName": name} for name in made]
    account = answering(list_backup_plans={"BackupPlansList": listed})
    for name, said in made.items():
        account.answers["get_backup_plan", name] = said
    return account


def protected(name: str, **details: Any) -> dict[str, Any]:
    lately = NOW + timedelta(days=4000)
    told = {"ResourceArn": name, "ResourceType": "RDS", "LastBackupTime": lately}
    return told | details


def managed(name: str, **details: Any) -> dict[str, Any]:
    return {
        "InstanceId": name,
        "PingStatus": "Online",
        "LastPingDateTime": NOW,
        "AgentVersion": "3.3.2299.0",
        "IsLatestVersion": True,
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        **details,
    }


def patches(name: str, **details: Any) -> dict[str, Any]:
    counts = ("MissingCount", "FailedCount", "InstalledPendingRebootCount")
    ended = {"InstanceId": name, "OperationEndTime": NOW + timedelta(days=4000)}
    return ended | dict.fromkeys(counts, 0) | details


def managed_machines(*listed: Mapping[str, Any]) -> FakeAccount:
    account = answering(describe_instance_information={"InstanceInformationList": list(listed)})
    names = sorted(one["InstanceId"] for one in listed)
    for start in range(0, len(names), 50):
        some = names[start : start + 50]
        account.answers["describe_instance_patch_states", f"{some[0]} to {some[-1]}"] = {
            "InstancePatchStates": [patches(name) for name in some]
        }
    return account


def ecs_service(name: str, **details: Any) -> dict[str, Any]:
    network = {"subnets": ["subnet-1"], "assignPublicIp": "DISABLED"}
    return {
        "serviceArn": arn("ecs", f"service/main/{name}"),
        "serviceName": name,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": network},
        "taskDefinition": arn("ecs", f"task-definition/{name}:1"),
        **details,
    }


def container(**details: Any) -> dict[str, Any]:
    return {
        "name": "app",
        "environment": [{"name": "PASSWORD", "value": "canary"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "app"}},
        **details,
    }


def ecs_services(
    *listed: Mapping[str, Any], containers: list[dict[str, Any]] | None = None, **task: Any
) -> FakeAccount:
    main = arn("ecs", "cluster/main")
    account = answering(list_clusters={"clusterArns": [main] if listed else []})
    watched = [{"name": "containerInsights", "value": "enabled"}]
    account.answers["describe_clusters", main] = {
        "clusters": [{"clusterArn": main, "settings": watched}]
    }
    account.answers["list_services", main] = {"serviceArns": [s["serviceArn"] for s in listed]}
    told = {"networkMode": "awsvpc", "containerDefinitions": containers or [container()]} | task
    for one in listed:
        account.answers["describe_services", one["serviceArn"]] = {"services": [one]}
        about = one["taskDefinition"]
        account.answers["describe_task_definition", about] = {"taskDefinition": told}
    return account


def distribution(name: str, **details: Any) -> dict[str, Any]:
    return {
        "Id": name,
        "ARN": f"arn:aws-cn:cloudfront::{ID}:distribution/{name}",
        "DomainName": f"{name}.cloudfront.cn",
        "Aliases": {"Quantity": 1, "Items": [f"{name}.example.cn"]},
        "Origins": {"Quantity": 1, "Items": [{"DomainName": "canary.example.cn"}]},
        "DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"},
        "CacheBehaviors": {"Quantity": 1, "Items": [{"ViewerProtocolPolicy": "https-only"}]},
        "ViewerCertificate": {"MinimumProtocolVersion": "TLSv1.2_2021"},
        "WebACLId": "acl",
        "Enabled": True,
        **details,
    }


def distributions(*listed: Mapping[str, Any]) -> FakeAccount:
    items = {"Items": list(listed)} if listed else {}
    return answering(list_distributions={"DistributionList": {"Quantity": len(listed), **items}})


SERVICES: dict[str, Callable[[], FakeAccount]] = {
    "aws/rds_instances": lambda: databases(database("a"), database("b")),
    "aws/rds_clusters": lambda: database_clusters(database_cluster("a"), database_cluster("b")),
    "aws/log_groups": lambda: answering(
        describe_log_groups={"logGroups": [log_group("a"), log_group("b")]}
    ),
    "aws/acm_certificates": lambda: answering(
        list_certificates={"CertificateSummaryList": [certificate("a"), certificate("b")]}
    ),
    "aws/load_balancers": lambda: balancers(balancer("a"), balancer("b")),
    "aws/classic_load_balancers": lambda: classics(classic("a"), classic("b")),
    "aws/rds_snapshots": lambda: database_snapshots({"a": []}, {"b": []}),
    "aws/web_acls": lambda: firewalls(firewall("a"), firewall("b")),
    "aws/lambda_functions": lambda: functions(function("a"), function("b")),
    "aws/guardduty_detectors": lambda: detectors("a", "b"),
    "aws/config_recorders": lambda: recorders("a", "b"),
    "aws/security_hubs": hub,
    "aws/metric_filters": lambda: watching(
        [metric_filter("a"), metric_filter("b")], [alarm("a"), alarm("b")]
    ),
    "aws/backup_plans": lambda: plans(a=plan(), b=plan()),
    "aws/backup_resources": lambda: answering(
        list_protected_resources={"Results": [protected("a"), protected("b")]}
    ),
    "aws/ssm_instances": lambda: managed_machines(managed("a"), managed("b")),
    "aws/distributions": lambda: distributions(distribution("a"), distribution("b")),
    "aws/ecs_services": lambda: ecs_services(ecs_service("a"), ecs_service("b")),
    "aws/eks_clusters": lambda: clusters(cluster("a"), cluster("b")),
}
"""By collector: two resources that pass whatever is expected of them."""
