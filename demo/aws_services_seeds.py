"""Databases, logs, certificates, balancers and watchers of the demo's accounts, partly wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.aws_account_builder import Builder

NEW, OLD = "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"


def billing(account: Builder) -> None:
    """The billing account's services: old and new side by side."""
    _databases(account)
    _logs(account)
    _balancers(account)
    _backups(account)


def _databases(account: Builder) -> None:
    rds = account.client("rds")
    _network_of_databases(account)
    for group, forced in (("strict", "1"), ("lax", "0")):
        rds.create_db_parameter_group(
            DBParameterGroupName=group, DBParameterGroupFamily="postgres16", Description=group
        )
        rds.modify_db_parameter_group(
            DBParameterGroupName=group,
            Parameters=[
                {
                    "ParameterName": "rds.force_ssl",
                    "ParameterValue": forced,
                    "ApplyMethod": "immediate",
                }
            ],
        )
    for name, right in (("billing", True), ("reports-old", False)):
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="demo",
            MasterUserPassword="Demo-only-0000",
            DBSubnetGroupName="databases",
            VpcSecurityGroupIds=[account.groups["database"]],
            DBParameterGroupName="strict" if right else "lax",
            StorageEncrypted=right,
            PubliclyAccessible=not right,
            AutoMinorVersionUpgrade=right,
            BackupRetentionPeriod=14 if right else 1,
            MultiAZ=right,
            DeletionProtection=right,
            EnableCloudwatchLogsExports=["postgresql"] if right else [],
        )


def _backups(account: Builder) -> None:
    from moto.backup.models import backup_backends

    backup = account.client("backup")
    backup.create_backup_vault(BackupVaultName="near")
    far = {"DestinationBackupVaultArn": account.arn("backup", "backup-vault:far")}
    for name, days in (("daily", 90), ("leftover", 3), ("blank", 0)):
        rule: dict[str, Any] = {
            "RuleName": name,
            "TargetBackupVaultName": "near",
            "Lifecycle": {"DeleteAfterDays": days},
            **({"CopyActions": [far]} if name == "daily" else {}),
        }
        backup.create_backup_plan(
            BackupPlan={"BackupPlanName": name, "Rules": [rule] if days else []}
        )
    backup_backends[account.account][account.region].protected = [
        {
            "ResourceArn": account.arn("rds", f"db:{name}"),
            "ResourceType": "RDS",
            "LastBackupTime": (account.now - timedelta(days=days)).timestamp(),
        }
        for name, days in (("billing", 1), ("reports-old", 60))
    ]


def _network_of_databases(account: Builder) -> None:
    account.client("rds").create_db_subnet_group(
        DBSubnetGroupName="databases",
        DBSubnetGroupDescription="databases",
        SubnetIds=[account.subnet],
    )


def _logs(account: Builder) -> None:
    logs = account.client("logs")
    own = account.arn("kms", "key/0f0e0d0c-demo")
    logs.create_log_group(logGroupName="/billing/app", kmsKeyId=own)
    logs.put_retention_policy(logGroupName="/billing/app", retentionInDays=365)
    logs.create_log_group(logGroupName="/billing/batch", kmsKeyId=own)
    logs.put_retention_policy(logGroupName="/billing/batch", retentionInDays=90)
    logs.create_log_group(logGroupName="/billing/forgotten")


def _balancers(account: Builder) -> None:
    certificate = _certificates(account)
    redirect = {
        "Type": "redirect",
        "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"},
    }
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    for name, right in (("pay", True), ("legacy", False), ("plain", False)):
        arn = _balancer(account, name, switched=right)
        _listener(account, arn, redirect if right else answer)
        if name != "plain":
            tls = {"Certificates": [{"CertificateArn": certificate}]}
            _listener(account, arn, answer, **tls, SslPolicy=NEW if right else OLD)
        if right:
            _guard(account, arn)


def _front(account: Builder) -> list[str]:
    """Subnets of the account's network in two zones."""
    found = account.client("ec2").describe_subnets(
        Filters=[{"Name": "vpc-id", "Values": [account.vpc]}]
    )["Subnets"]
    return [one["SubnetId"] for one in found]


def _balancer(account: Builder, name: str, *, switched: bool) -> str:
    balancing = account.client("elbv2")
    made = balancing.create_load_balancer(
        Name=name, Subnets=_front(account), Scheme="internet-facing", Type="application"
    )
    arn = str(made["LoadBalancers"][0]["LoadBalancerArn"])
    said = "true" if switched else "false"
    balancing.modify_load_balancer_attributes(
        LoadBalancerArn=arn,
        Attributes=[
            {"Key": key, "Value": said}
            for key in (
                "access_logs.s3.enabled",
                "routing.http.drop_invalid_header_fields.enabled",
            )
        ],
    )
    return arn


def _listener(account: Builder, balancer: str, action: dict[str, Any], **tls: Any) -> None:
    account.client("elbv2").create_listener(
        LoadBalancerArn=balancer,
        Port=443 if tls else 80,
        Protocol="HTTPS" if tls else "HTTP",
        DefaultActions=[action],
        **tls,
    )


def _guard(account: Builder, balancer: str) -> None:
    firewall = account.client("wafv2")
    seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "pay"}
    made = firewall.create_web_acl(
        Name="pay",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=seen,
        Rules=[],
    )["Summary"]
    firewall.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=balancer)


def _certificates(account: Builder) -> str:
    """One that ACM renews, and an imported one that ended, with a short key; both in use."""
    from moto.acm.models import acm_backends

    acm = account.client("acm")
    asked = acm.request_certificate(DomainName="pay.example.com", ValidationMethod="DNS")
    key, certificate = _signed_by_itself("old.example.com", account)
    brought = acm.import_certificate(Certificate=certificate, PrivateKey=key)
    kept = acm_backends[account.account][account.region]._certificates  # noqa: SLF001
    for made, state in ((asked, "ISSUED"), (brought, "EXPIRED")):
        one = kept[made["CertificateArn"]]
        one.status, one.in_use_by = state, ["demo"]
    return str(asked["CertificateArn"])


def _signed_by_itself(name: str, account: Builder) -> tuple[bytes, bytes]:
    """A key of 1024 bits and its certificate, which ends in ten days."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the fault that is planted
    called = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(account.now - timedelta(days=300))
        .not_valid_after(account.now + timedelta(days=10))
        .sign(key, hashes.SHA256())
    )
    spelt = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return spelt, made.public_bytes(serialization.Encoding.PEM)
