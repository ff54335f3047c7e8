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
    _database_clusters(account)
    _logs(account)
    _database_snapshots(account)
    _balancers(account)
    _classic_balancers(account)
    _distributions(account)
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


def _database_snapshots(account: Builder) -> None:
    """One kept to the account, one that everybody and a stranger may restore; one of a cluster."""
    rds = account.client("rds")
    for name, of in (("before-upgrade", "billing"), ("reports-for-audit", "reports-old")):
        rds.create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=of)
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="reports-for-audit",
        AttributeName="restore",
        ValuesToAdd=["all", "999988887777"],
    )
    rds.create_db_cluster_snapshot(
        DBClusterSnapshotIdentifier="ledger-year-end", DBClusterIdentifier="ledger"
    )


def _database_clusters(account: Builder) -> None:
    """Clusters without members of their own; the server counts a replica as a standby."""
    from moto.rds.models import rds_backends

    rds = account.client("rds")
    for name, right in (("ledger", True), ("ledger-old", False)):
        group = f"{name}-cluster"
        rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=group,
            DBParameterGroupFamily="aurora-postgresql16",
            Description=group,
        )
        forced = {"ParameterName": "rds.force_ssl", "ParameterValue": "1" if right else "0"}
        rds.modify_db_cluster_parameter_group(
            DBClusterParameterGroupName=group, Parameters=[forced | {"ApplyMethod": "immediate"}]
        )
        rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine="aurora-postgresql",
            MasterUsername="demo",
            MasterUserPassword="Demo-only-0000",
            DBSubnetGroupName="databases",
            DBClusterParameterGroupName=group,
            StorageEncrypted=right,
            PubliclyAccessible=not right,
            BackupRetentionPeriod=14 if right else 1,
            DeletionProtection=right,
            EnableCloudwatchLogsExports=["postgresql"] if right else [],
        )
    kept = rds_backends[account.account][account.region].clusters
    kept["ledger"].read_replica_identifiers.append("ledger-copy")


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


def _classic_balancers(account: Builder) -> None:
    """One that speaks new TLS only, one that takes old TLS and plain HTTP too, one without TLS."""
    balancing, certificate = account.client("elb"), _certificate_of_classics(account)
    for name, spoken, right in (
        ("till", ("HTTPS",), True),
        ("till-old", ("HTTP", "HTTPS"), False),
        ("till-plain", ("HTTP",), False),
    ):
        listeners = [_classic_listener(protocol, certificate) for protocol in spoken]
        balancing.create_load_balancer(
            LoadBalancerName=name,
            Listeners=listeners,
            Subnets=_front(account),
            SecurityGroups=[account.groups["web"]],
            Scheme="internet-facing",
        )
        log = {"Enabled": right, "S3BucketName": "cn-access-logs", "EmitInterval": 60}
        balancing.modify_load_balancer_attributes(
            LoadBalancerName=name, LoadBalancerAttributes={"AccessLog": log}
        )
        if "HTTPS" in spoken:
            _negotiate(balancing, name, ("TLSv1.2",) if right else ("TLSv1", "TLSv1.2"))


def _certificate_of_classics(account: Builder) -> str:
    made = account.client("iam").upload_server_certificate(
        ServerCertificateName="till", CertificateBody="demo", PrivateKey="demo"
    )
    return str(made["ServerCertificateMetadata"]["Arn"])


def _classic_listener(protocol: str, certificate: str) -> dict[str, Any]:
    if protocol == "HTTP":
        return {"Protocol": protocol, "LoadBalancerPort": 80, "InstancePort": 8080}
    tls = {"SSLCertificateId": certificate}
    return {"Protocol": protocol, "LoadBalancerPort": 443, "InstancePort": 8080, **tls}


def _negotiate(balancing: Any, name: str, protocols: tuple[str, ...]) -> None:
    known = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2")
    balancing.create_load_balancer_policy(
        LoadBalancerName=name,
        PolicyName="tls",
        PolicyTypeName="SSLNegotiationPolicyType",
        PolicyAttributes=[
            {
                "AttributeName": f"Protocol-{one}",
                "AttributeValue": "true" if one in protocols else "false",
            }
            for one in known
        ],
    )
    balancing.set_load_balancer_policies_of_listener(
        LoadBalancerName=name, LoadBalancerPort=443, PolicyNames=["tls"]
    )


def _distributions(account: Builder) -> None:
    """One behind a firewall and new TLS, one open to plain HTTP and old TLS."""
    edge = account.client("cloudfront")
    for name, right in (("www", True), ("downloads", False)):
        tls = "TLSv1.2_2021" if right else "TLSv1"
        edge.create_distribution(
            DistributionConfig={
                "CallerReference": name,
                "Comment": name,
                "Enabled": True,
                "Aliases": {"Quantity": 1, "Items": [f"{name}.example.cn"]},
                "Origins": {
                    "Quantity": 1,
                    "Items": [
                        {
                            "Id": "origin",
                            "DomainName": "origin.example.cn",
                            "CustomOriginConfig": {
                                "HTTPPort": 80,
                                "HTTPSPort": 443,
                                "OriginProtocolPolicy": "https-only",
                            },
                        }
                    ],
                },
                "DefaultCacheBehavior": {
                    "TargetOriginId": "origin",
                    "ViewerProtocolPolicy": "redirect-to-https" if right else "allow-all",
                    "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
                    "MinTTL": 0,
                },
                "ViewerCertificate": {
                    "IAMCertificateId": "demo",
                    "SSLSupportMethod": "sni-only",
                    "MinimumProtocolVersion": tls,
                },
                "WebACLId": "demo-web-acl" if right else "",
            }
        )


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
    """One firewall that stops and logs, one that only counts, and one that is blank."""
    firewall = account.client("wafv2")
    common = {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}
    for name, acts in (("pay", "None"), ("trial", "Count"), ("blank", "")):
        seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True}
        rule = {
            "Name": "common",
            "Priority": 0,
            "Statement": {"ManagedRuleGroupStatement": common},
            "OverrideAction": {acts: {}},
            "VisibilityConfig": seen | {"MetricName": "common"},
        }
        made = firewall.create_web_acl(
            Name=name,
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig=seen | {"MetricName": name},
            Rules=[rule] if acts else [],
        )["Summary"]
        if name == "pay":
            firewall.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=balancer)
            log = [account.arn("logs", "log-group:aws-waf-logs-pay")]
            firewall.put_logging_configuration(
                LoggingConfiguration={"ResourceArn": made["ARN"], "LogDestinationConfigs": log}
            )


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
