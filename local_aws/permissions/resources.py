"""What a request does, in IAM's words: its actions, and the ARNs of what it does it to.

Evidence: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
from typing import Any

from local_aws import query, wire
from local_aws.errors import AwsError
from local_aws.faults import identify
from local_aws.faults.identify import Call
from local_aws.permissions import named

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
    name = named.RESOURCES.get(service)
    params = _params(call, environ) if name is not None else None
    if name is None or params is None:
        return [None]
    place = f"{region}:{account_id}:"
    found = name(params, call.action, place)
    return [each if each.startswith("arn:") else f"arn:aws:{service}:{place}{each}" for each in found] or [None]


def _params(call: Call, environ: dict[str, Any]) -> dict[str, Any] | None:
    """The parameters of a request, as far as they can be read; None where they cannot."""
    body, text = identify.body_of(environ), environ.get("QUERY_STRING", "")
    try:
        if call.protocol == "query":
            return query.parse(call.service.operation_model(call.action), query.fields_of(body, text))
        found = json.loads(body or b"{}")
        if call.protocol == "rest-json" and isinstance(found, dict):
            asked = wire.Request(environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"), text, {}, body)
            operation = wire.rest_operation(call.service.service_name, asked)
            return found | (operation[1] if operation else {})
    except (AwsError, ValueError):
        return None
    return found if isinstance(found, dict) and call.protocol in {"json", "rest-json"} else None


def _s3_arn(call: Call, environ: dict[str, Any]) -> str | None:
    bucket, key = identify.object_of(environ)
    if call.action == "DeleteObjects":
        return f"arn:aws:s3:::{bucket}/*"
    return f"arn:aws:s3:::{bucket}{'/' if key else ''}{key}" if bucket else None
