"""Builds one account of the demo through the same interface that anyone would use."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

Rule = tuple[str, int, int, str]
"""Protocol, first port, last port, and who: a network, or a group's name."""


class Builder:
    """One account, and the words to fill it; what is not said is done right."""

    def __init__(
        self,
        session: Any,
        url: str,
        account: str,
        *,
        partition: str,
        region: str,
        now: datetime,
    ) -> None:
        """Enter the account through a role, as its owner would."""
        self.account = account
        self.partition = partition
        self.region = region
        self._session = session
        self._url = url
        self.now = now
        self._clients: dict[str, Any] = {}
        self._keys = ("demo", "demo", "")
        lent = self.client("sts").assume_role(
            RoleArn=self.arn("iam", "role/owner"), RoleSessionName="builder"
        )["Credentials"]
        self._clients.clear()
        self._keys = (lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"])
        self.vpc = ""
        self.subnet = ""
        self.groups: dict[str, str] = {}

    def arn(self, service: str, rest: str) -> str:
        """A name of this account; IAM's have no region."""
        region = "" if service in {"iam", "s3"} else self.region
        owner = "" if service == "s3" else self.account
        return f"arn:{self.partition}:{service}:{region}:{owner}:{rest}"

    def client(self, service: str) -> Any:
        """A boto3 client that speaks to the demo's server."""
        if service not in self._clients:
            from botocore.config import Config

            key, secret, token = self._keys
            self._clients[service] = self._session.client(
                service,
                region_name=self.region,
                endpoint_url=self._url,
                config=Config(proxies={}),
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                aws_session_token=token or None,
            )
        return self._clients[service]

    def bucket(
        self,
        name: str,
        *,
        tags: dict[str, str] | None = None,
        blocked: bool = True,
        encrypted: bool = True,
        versions: bool = True,
        tls_only: bool = True,
        logs_to: str = "",
        public_policy: bool = False,
        public_list: bool = False,
        keeps_logs: bool = False,
        locked: bool = False,
        expires_after_days: int = 0,
    ) -> None:
        """A bucket."""
        s3 = self.client("s3")
        s3.create_bucket(
            Bucket=name,
            CreateBucketConfiguration={"LocationConstraint": self.region},
            ObjectLockEnabledForBucket=locked,
        )
        if tags:
            tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_set})
        if encrypted:
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            s3.put_bucket_encryption(
                Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]}
            )
        if versions:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        if locked:
            retention = {"Mode": "COMPLIANCE", "Days": 200}
            s3.put_object_lock_configuration(
                Bucket=name,
                ObjectLockConfiguration={
                    "ObjectLockEnabled": "Enabled",
                    "Rule": {"DefaultRetention": retention},
                },
            )
        if public_list:
            s3.put_bucket_acl(Bucket=name, ACL="public-read")
        statements = self._statements(name, tls_only, public_policy, keeps_logs)
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            s3.put_bucket_policy(Bucket=name, Policy=policy)
        if blocked:
            s3.put_public_access_block(
                Bucket=name, PublicAccessBlockConfiguration=_everything_blocked()
            )
        if expires_after_days:
            rule = {
                "ID": "expire",
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "Expiration": {"Days": expires_after_days},
            }
            s3.put_bucket_lifecycle_configuration(
                Bucket=name, LifecycleConfiguration={"Rules": [rule]}
            )
        if logs_to:
            s3.put_bucket_logging(
                Bucket=name,
                BucketLoggingStatus={
                    "LoggingEnabled": {"TargetBucket": logs_to, "TargetPrefix": f"{name}/"}
                },
            )

    def _statements(
        self, name: str, tls_only: bool, public: bool, keeps_logs: bool
    ) -> list[dict[str, Any]]:
        bucket, objects = self.arn("s3", name), self.arn("s3", f"{name}/*")
        found: list[dict[str, Any]] = []
        if tls_only:
            found.append(
                {
                    "Effect": "Deny",
                    "Principal": {"AWS": "*"},
                    "Action": "s3:*",
                    "Resource": [bucket, objects],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            )
        if public:
            found.append(
                {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": objects}
            )
        writers = ("cloudtrail", "logging.s3") if keeps_logs else ()
        found += [
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{writer}.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": objects,
            }
            for writer in writers
        ]
        return found

    def block_public_access(self) -> None:
        """The four blocks for the whole account."""
        from zicha.sources.aws_wire import keep_address

        control = self.client("s3control")
        control.meta.events.register("before-sign", keep_address)
        control.put_public_access_block(
            AccountId=self.account, PublicAccessBlockConfiguration=_everything_blocked()
        )

    def password_policy(self, **settings: Any) -> None:
        """The account's password policy."""
        self.client("iam").update_account_password_policy(
            **{
                "MinimumPasswordLength": 12,
                "RequireSymbols": True,
                "RequireNumbers": True,
                "RequireUppercaseCharacters": True,
                "RequireLowercaseCharacters": True,
                "AllowUsersToChangePassword": True,
                "MaxPasswordAge": 90,
                "PasswordReusePrevention": 5,
            }
            | settings
        )

    def group(self, name: str, policy: str) -> None:
        """A group of users with one policy."""
        iam = self.client("iam")
        iam.create_group(GroupName=name)
        iam.attach_group_policy(GroupName=name, PolicyArn=self.arn("iam", f"policy/{policy}"))

    def policy(self, name: str, *actions: str, resource: str = "*") -> None:
        """A customer-managed policy."""
        self.client("iam").create_policy(
            PolicyName=name, PolicyDocument=_allowing(actions, resource)
        )

    def user(
        self,
        name: str,
        *,
        group: str = "",
        console: bool = False,
        second_factor: bool = True,
        made_days_ago: int = 30,
        seen_days_ago: int = 1,
        keys_days_old: Sequence[int] = (),
        keys_used_days_ago: int | None = 1,
        inline: Sequence[str] = (),
        attached: str = "",
    ) -> None:
        """A user; a password counts as set on the day the user was made."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        if group:
            iam.add_user_to_group(GroupName=group, UserName=name)
        if console:
            iam.create_login_profile(UserName=name, Password="Demo-only-0000")
            if second_factor:
                device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
                serial = device["VirtualMFADevice"]["SerialNumber"]
                iam.enable_mfa_device(
                    UserName=name,
                    SerialNumber=serial,
                    AuthenticationCode1="000000",
                    AuthenticationCode2="000001",
                )
        for _ in keys_days_old:
            iam.create_access_key(UserName=name)
        if inline:
            iam.put_user_policy(
                UserName=name, PolicyName="own", PolicyDocument=_allowing(inline, "*")
            )
        if attached:
            iam.attach_user_policy(UserName=name, PolicyArn=self.arn("iam", f"policy/{attached}"))
        self._date_back(name, made_days_ago, seen_days_ago, keys_days_old, keys_used_days_ago)

    def _date_back(
        self, name: str, made: int, seen: int, keys: Sequence[int], used: int | None
    ) -> None:
        """No interface sets these moments: they are set where the server keeps them."""
        from moto.iam.models import iam_backends

        user = iam_backends[self.account][self.partition].users[name]
        user.create_date = self.now - timedelta(days=made)
        if user.password:
            user.password_last_used = self.now - timedelta(days=seen)
        for key, age in zip(user.access_keys, keys, strict=True):
            key.create_date = self.now - timedelta(days=age)
            key.last_used = None if used is None else self.now - timedelta(days=used)

    def role(self, name: str, trust: dict[str, Any], *actions: str, **condition: Any) -> None:
        """A role that a principal may assume, with one inline policy."""
        iam = self.client("iam")
        statement = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
        if condition:
            statement["Condition"] = condition
        iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [statement]}
            ),
        )
        if actions:
            iam.put_role_policy(
                RoleName=name, PolicyName="own", PolicyDocument=_allowing(actions, "*")
            )

    def federated_role(self, name: str, provider: str, *actions: str) -> None:
        """A role for whoever an identity provider vouches for."""
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": self.arn("iam", f"oidc-provider/{provider}")},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{provider}:aud": "sts.amazonaws.com"}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam = self.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=_allowing(actions, "*"))

    def date_back_role(self, name: str, made: int, used: int) -> None:
        """No interface sets these moments either."""
        from moto.iam.models import iam_backends

        role = iam_backends[self.account][self.partition].get_role(name)
        role.create_date = self.now - timedelta(days=made)
        role.last_used = self.now - timedelta(days=used)

    def disable_key(self, user: str) -> None:
        """Switch a user's only key off, and leave it."""
        iam = self.client("iam")
        (key,) = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")

    def network(self, logs_to: str) -> None:
        """One network instead of the one that every account is born with, its traffic recorded."""
        from demo.aws_networks import only_network

        self.vpc, self.subnet, self.groups["default"] = only_network(self, logs_to)

    def security_group(self, name: str, *rules: Rule, worn: bool = True) -> None:
        """A security group, worn by an interface of its own."""
        ec2 = self.client("ec2")
        if name not in self.groups:
            self.groups[name] = ec2.create_security_group(
                GroupName=name, Description=name, VpcId=self.vpc
            )["GroupId"]
        for protocol, first, last, who in rules:
            permission: dict[str, Any] = {"IpProtocol": protocol}
            if protocol != "-1":
                permission |= {"FromPort": first, "ToPort": last}
            if who in self.groups:
                permission["UserIdGroupPairs"] = [{"GroupId": self.groups[who]}]
            elif ":" in who:
                permission["Ipv6Ranges"] = [{"CidrIpv6": who}]
            else:
                permission["IpRanges"] = [{"CidrIp": who}]
            ec2.authorize_security_group_ingress(
                GroupId=self.groups[name], IpPermissions=[permission]
            )
        if worn:
            ec2.create_network_interface(SubnetId=self.subnet, Groups=[self.groups[name]])

    def trail(
        self,
        name: str,
        bucket: str,
        *,
        everywhere: bool = True,
        recording: bool = True,
        validated: bool = True,
        own_key: bool = True,
        records: str = "All",
    ) -> None:
        """A trail."""
        cloudtrail = self.client("cloudtrail")
        settings: dict[str, Any] = {
            "Name": name,
            "S3BucketName": bucket,
            "IsMultiRegionTrail": everywhere,
            "IncludeGlobalServiceEvents": everywhere,
            "EnableLogFileValidation": validated,
        }
        if own_key:
            settings["KmsKeyId"] = self.arn("kms", "key/0f0e0d0c-demo")
        cloudtrail.create_trail(**settings)
        selector = {"ReadWriteType": records, "IncludeManagementEvents": True}
        cloudtrail.put_event_selectors(TrailName=name, EventSelectors=[selector])
        if recording:
            cloudtrail.start_logging(Name=name)


def _everything_blocked() -> dict[str, bool]:
    return dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )


def _allowing(actions: Sequence[str], resource: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
