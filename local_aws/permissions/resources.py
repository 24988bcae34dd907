"""What a request does, in IAM's words: its actions, and the ARNs of what it does it to.

Evidence: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
from typing import Any

from local_aws.faults import identify
from local_aws.faults.identify import Call

_S3_ACTIONS = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "DeleteObjects": "DeleteObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
}
"""Operation → action, where they are not of one name: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""
_PREFIXES = {"cloudwatch": "cloudwatch", "redshift-data": "redshift-data"}


def actions_of(call: Call) -> list[str]:
    """The actions that an operation needs, such as `s3:ListBucket`."""
    service = call.service
    if service.service_name == "s3":
        return [f"s3:{_S3_ACTIONS.get(call.action, call.action)}"]
    prefix = _PREFIXES.get(service.service_name, str(service.signing_name))
    return [f"{prefix}:{call.action}"]


def resources_of(call: Call, account_id: str, region: str, environ: dict[str, Any]) -> list[str | None]:
    """The ARNs that an operation touches, each of which has to be allowed; `[None]` where they cannot be told."""
    service = call.service.service_name
    if service == "s3":
        return [_s3_arn(call, environ)]
    if call.protocol != "json":
        return [None]
    try:
        params = json.loads(identify.body_of(environ) or b"{}")
    except ValueError:
        return [None]
    if not isinstance(params, dict):
        return [None]
    found = _NAMED[service](params) if service in _NAMED else []
    place = f"{region}:{account_id}:"
    return [each if each.startswith("arn:") else f"arn:aws:{service}:{place}{each}" for each in found] or [None]


def _s3_arn(call: Call, environ: dict[str, Any]) -> str | None:
    bucket, key = identify.object_of(environ)
    if call.action == "DeleteObjects":
        return f"arn:aws:s3:::{bucket}/*"
    return f"arn:aws:s3:::{bucket}{'/' if key else ''}{key}" if bucket else None


def _athena(params: dict[str, Any]) -> list[str]:
    if name := params.get("WorkGroup"):
        return [f"workgroup/{name}"]
    return ["workgroup/primary"] if "QueryString" in params else []


def _glue(params: dict[str, Any]) -> list[str]:
    """A table needs leave for its database and the catalog too.

    Evidence: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
    """
    given = params.get("DatabaseInput") or {}
    database = params.get("DatabaseName") or given.get("Name")
    table = params.get("TableName") or (params.get("TableInput") or {}).get("Name")
    if "DatabaseName" not in params and not given:
        return []
    if table is None and "DatabaseName" in params:
        table = params.get("Name")
    found = ["catalog", f"database/{database}"]
    return [*found, f"table/{database}/{table}"] if table else found


def _firehose(params: dict[str, Any]) -> list[str]:
    name = params.get("DeliveryStreamName")
    return [f"deliverystream/{name}"] if name else []


def _kinesis(params: dict[str, Any]) -> list[str]:
    if arn := params.get("StreamARN"):
        return [str(arn)]
    return [f"stream/{params['StreamName']}"] if "StreamName" in params else []


def _secrets(params: dict[str, Any]) -> list[str]:
    """A secret that is named without its ARN has six characters at its end that only the base knows.

    Evidence: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
    """
    name = params.get("SecretId") or params.get("Name")
    if not name:
        return []
    return [str(name)] if str(name).startswith("arn:") else [f"secret:{name}-??????"]


def _logs(params: dict[str, Any]) -> list[str]:
    name = params.get("logGroupName")
    return [f"log-group:{name}"] if name else []


_NAMED = {
    "athena": _athena,
    "firehose": _firehose,
    "glue": _glue,
    "kinesis": _kinesis,
    "logs": _logs,
    "secretsmanager": _secrets,
}
