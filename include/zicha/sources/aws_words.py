"""AWS's own words: which permission a call needs, and what its error codes mean to us."""

from __future__ import annotations

from zicha.model.errors import (
    AccessDeniedError,
    MalformedAnswerError,
    SourceError,
    ThrottledError,
    UnreachableError,
)
from zicha.model.verdict import Reason

# Where the permission is not simply `service:CallName`.
_ACTIONS = {
    ("s3", "list_buckets"): "s3:ListAllMyBuckets",
    ("s3", "get_bucket_encryption"): "s3:GetEncryptionConfiguration",
    ("s3", "get_public_access_block"): "s3:GetBucketPublicAccessBlock",
    ("s3", "get_object_lock_configuration"): "s3:GetBucketObjectLockConfiguration",
    ("s3", "get_bucket_lifecycle_configuration"): "s3:GetLifecycleConfiguration",
    ("s3control", "get_public_access_block"): "s3:GetAccountPublicAccessBlock",
    ("resourcegroupstaggingapi", "get_resources"): "tag:GetResources",
    ("iam", "list_mfa_devices"): "iam:ListMFADevices",
    ("rds", "describe_db_cluster_parameters"): "rds:DescribeDBClusterParameters",
    ("rds", "describe_db_cluster_snapshot_attributes"): "rds:DescribeDBClusterSnapshotAttributes",
    ("rds", "describe_db_cluster_snapshots"): "rds:DescribeDBClusterSnapshots",
    ("rds", "describe_db_clusters"): "rds:DescribeDBClusters",
    ("rds", "describe_db_instances"): "rds:DescribeDBInstances",
    ("rds", "describe_db_parameters"): "rds:DescribeDBParameters",
    ("rds", "describe_db_snapshot_attributes"): "rds:DescribeDBSnapshotAttributes",
    ("rds", "describe_db_snapshots"): "rds:DescribeDBSnapshots",
    ("elbv2", "describe_ssl_policies"): "elasticloadbalancing:DescribeSSLPolicies",
    ("wafv2", "get_web_acl"): "wafv2:GetWebACL",
    ("wafv2", "list_resources_for_web_acl"): "wafv2:ListResourcesForWebACL",
    ("wafv2", "list_web_acls"): "wafv2:ListWebACLs",
    ("wafv2", "get_web_acl_for_resource"): "wafv2:GetWebACLForResource",
}

# Where the service's name in permissions is another than boto3's.
_SERVICES = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}

# "Not configured", said by the provider, is an answer: by call and code, so that the same code
# elsewhere (a user who does not exist) is not mistaken for one.
NOT_CONFIGURED = {
    "get_bucket_encryption": ("ServerSideEncryptionConfigurationNotFoundError",),
    "get_public_access_block": ("NoSuchPublicAccessBlockConfiguration",),
    "get_bucket_policy": ("NoSuchBucketPolicy",),
    "get_bucket_policy_status": ("NoSuchBucketPolicy",),
    "get_object_lock_configuration": ("ObjectLockConfigurationNotFoundError",),
    "get_bucket_lifecycle_configuration": ("NoSuchLifecycleConfiguration",),
    "get_bucket_tagging": ("NoSuchTagSet",),
    "get_account_password_policy": ("NoSuchEntity",),
    # A user who is not there, and one without a password.
    "get_user": ("NoSuchEntity",),
    "get_login_profile": ("NoSuchEntity",),
    "describe_organization": ("AWSOrganizationsNotInUseException",),
    "get_function_url_config": ("ResourceNotFoundException",),
    "get_policy": ("ResourceNotFoundException",),
    "get_logging_configuration": ("WAFNonexistentItemException",),
    # A partition that does not offer a kind of resource does not know its name either.
    "list_resources_for_web_acl": ("WAFInvalidParameterException",),
    # Without a subscription Security Hub answers nothing else.
    "describe_hub": ("InvalidAccessException", "ResourceNotFoundException"),
    # A region or partition that does not offer the block does not know the call either.
    "get_image_block_public_access_state": ("InvalidAction", "UnsupportedOperation"),
    "get_snapshot_block_public_access_state": ("InvalidAction", "UnsupportedOperation"),
}

_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedOperation",
    "Forbidden",
    "UnauthorizedAccess",
    "UnauthorizedOperation",
    "403",
}
_NOT_BELIEVED = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
}
_THROTTLED = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
}
_OPTED_OUT = {"OptInRequired", "SubscriptionRequiredException"}


class RefusedCredentialError(SourceError):
    """The provider does not believe who we are: no permission helps, a new credential does."""

    reason = Reason.REFUSED


def action_of(service: str, call: str) -> str:
    """The IAM action that allows a call (`s3:ListAllMyBuckets` for `list_buckets`)."""
    spelt = "".join(word.capitalize() for word in call.split("_"))
    return _ACTIONS.get((service, call), f"{_SERVICES.get(service, service)}:{spelt}")


def translated(said: str, code: str, status: int, permission: str) -> SourceError:
    """Our own error for an error code of AWS; `said` names the account and the call."""
    if code in _THROTTLED or status == 429:  # noqa: PLR2004 - HTTP's own number
        return ThrottledError(f"{said} was throttled ({code}): collect again later")
    if code in _DENIED:
        return AccessDeniedError(said, permission)
    if code in _NOT_BELIEVED | _OPTED_OUT:
        return RefusedCredentialError(
            f"{said}: the region is not enabled ({code}): enable it or leave it out of the scope"
            if code in _OPTED_OUT
            else f"{said}: the credential is not accepted ({code}): renew it, check this clock"
        )
    # A body that cannot be read leaves only the status, which botocore also sets to 500 itself.
    if status >= 500 and code != "500":  # noqa: PLR2004 - HTTP's own number
        return UnreachableError(f"{said} failed on the provider's side ({code}): collect again")
    if not code or code.isdigit():
        return MalformedAnswerError(f"{said} answered {status} without a reason: collect again")
    return SourceError(f"{said} was not possible ({code}): collect again, then report it")
