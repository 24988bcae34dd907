"""S3 buckets and their policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local_aws.api import Api
from local_aws.cloudformation.resources.base import Properties, ResourceError, ResourceType, call, changed, delete


def _lifecycle_rule(rule: Properties) -> Properties:
    """A rule of the template in the API's shape: `ExpirationInDays` is `Expiration.Days`, `Prefix` is a `Filter`."""
    shaped: Properties = {key: rule[key] for key in ("Id", "Status", "AbortIncompleteMultipartUpload") if key in rule}
    shaped["Filter"] = {"Prefix": rule.get("Prefix", "")}
    for key, name in (("ExpirationInDays", "Days"), ("ExpirationDate", "Date")):
        if key in rule:
            shaped.setdefault("Expiration", {})[name] = rule[key]
    if "NoncurrentVersionExpiration" in rule:
        shaped["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    if "Transitions" in rule:
        shaped["Transitions"] = [
            {"StorageClass": each["StorageClass"], "Days": each["TransitionInDays"]} for each in rule["Transitions"]
        ]
    known = {"Id", "Status", "AbortIncompleteMultipartUpload", "Prefix", "ExpirationInDays", "ExpirationDate"}
    unknown = sorted(set(rule) - known - {"NoncurrentVersionExpiration", "Transitions"})
    if unknown:
        raise ResourceError(f"Encountered unsupported property LifecycleConfiguration/Rules/{unknown[0]}")
    return shaped


def _encryption(value: Properties) -> Properties:
    rules = [
        {
            **({"BucketKeyEnabled": rule["BucketKeyEnabled"]} if "BucketKeyEnabled" in rule else {}),
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return {"Rules": rules}


_PARTS: dict[str, tuple[str, str, Callable[[Any], Any], str | None]] = {
    "BucketEncryption": (
        "PutBucketEncryption",
        "ServerSideEncryptionConfiguration",
        _encryption,
        "DeleteBucketEncryption",
    ),
    "PublicAccessBlockConfiguration": (
        "PutPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        lambda value: value,
        "DeletePublicAccessBlock",
    ),
    "LifecycleConfiguration": (
        "PutBucketLifecycleConfiguration",
        "LifecycleConfiguration",
        lambda value: {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]},
        "DeleteBucketLifecycle",
    ),
    "OwnershipControls": (
        "PutBucketOwnershipControls",
        "OwnershipControls",
        lambda value: value,
        "DeleteBucketOwnershipControls",
    ),
    "VersioningConfiguration": ("PutBucketVersioning", "VersioningConfiguration", lambda value: value, None),
    "Tags": ("PutBucketTagging", "Tagging", lambda value: {"TagSet": value}, "DeleteBucketTagging"),
}
"""Property → operation that sets it, the operation's parameter, the shape of its value, operation that removes it."""


class Bucket(ResourceType):
    type = "AWS::S3::Bucket"
    name_property = "BucketName"
    properties = frozenset({"BucketName", *_PARTS})
    create_only = frozenset({"BucketName"})
    attributes = frozenset({"Arn", "DomainName", "RegionalDomainName"})

    def create(self, api: Api, properties: Properties) -> str:
        name = str(properties["BucketName"])
        where = {} if api.region == "us-east-1" else {"LocationConstraint": api.region}
        existing = {each["Name"] for each in call(api, "s3", "ListBuckets", {})["Buckets"]}
        if name in existing:
            raise ResourceError(f"{name} already exists")
        params = {"Bucket": name, **({"CreateBucketConfiguration": where} if where else {})}
        call(api, "s3", "CreateBucket", params)
        try:
            self._configure(api, name, properties, set(properties))
        except ResourceError:
            delete(api, "s3", "DeleteBucket", {"Bucket": name})
            raise
        return name

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        different = changed(old, new)
        self._configure(api, physical_id, new, different)
        for part in different - set(new):
            removal = _PARTS[part][3]
            if removal is None:
                raise ResourceError(f"{part} cannot be removed from a bucket; suspend it instead")
            call(api, "s3", removal, {"Bucket": physical_id})

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "s3", "DeleteBucket", {"Bucket": physical_id})

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        return {
            "Arn": f"arn:aws:s3:::{physical_id}",
            "DomainName": f"{physical_id}.s3.amazonaws.com",
            "RegionalDomainName": f"{physical_id}.s3.{api.region}.amazonaws.com",
        }

    @staticmethod
    def _configure(api: Api, bucket: str, properties: Properties, parts: set[str]) -> None:
        for part in _PARTS:
            if part in parts and part in properties:
                operation, parameter, shape, _ = _PARTS[part]
                call(api, "s3", operation, {"Bucket": bucket, parameter: shape(properties[part])})


class BucketPolicy(ResourceType):
    type = "AWS::S3::BucketPolicy"
    properties = required = frozenset({"Bucket", "PolicyDocument"})
    create_only = frozenset({"Bucket"})

    def create(self, api: Api, properties: Properties) -> str:
        self._put(api, properties)
        return str(properties["Bucket"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        self._put(api, new)

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "s3", "DeleteBucketPolicy", {"Bucket": physical_id})

    @staticmethod
    def _put(api: Api, properties: Properties) -> None:
        policy = json.dumps(properties["PolicyDocument"])
        call(api, "s3", "PutBucketPolicy", {"Bucket": properties["Bucket"], "Policy": policy})


TYPES = (Bucket(), BucketPolicy())
