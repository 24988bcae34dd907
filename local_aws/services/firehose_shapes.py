"""Firehose's requests and answers, without state: which destination and source are asked for, and what is described."""

from __future__ import annotations

import copy
from typing import Any

from local_aws.delivery.destination import DEFAULT_BUFFERING
from local_aws.errors import AwsError, Unsupported
from local_aws.wire import Params

_NO_PROCESSING: Params = {"Enabled": False, "Processors": []}


def s3_configuration(params: Params) -> Params:
    return one_of(
        params, "ExtendedS3DestinationConfiguration", "S3DestinationConfiguration", suffix="DestinationConfiguration"
    )


def one_of(params: Params, *supported: str, suffix: str) -> Params:
    """The one destination of a request. :raises Unsupported: for a destination other than S3."""
    given = [name for name in params if name.endswith(suffix)]
    for name in given:
        if name not in supported:
            raise Unsupported(f"Firehose's {name}")
    if len(given) != 1:
        raise AwsError("InvalidArgumentException", f"Exactly one destination is supported for a Firehose, not {given}")
    return copy.deepcopy(dict(params[given[0]]))


def source_of(kind: str, params: Params) -> Params | None:
    if kind not in {"DirectPut", "KinesisStreamAsSource"}:
        raise Unsupported(f"the Firehose source {kind}")
    source: Params | None = params.get("KinesisStreamSourceConfiguration")
    if (kind == "KinesisStreamAsSource") != (source is not None):
        message = (
            "KinesisStreamSourceConfiguration is given with the DeliveryStreamType KinesisStreamAsSource, and only then"
        )
        raise AwsError("InvalidArgumentException", message)
    return source


def encryption_of(kind: str, given: Params) -> Params:
    """The description of a delivery stream's encryption once it is started. Deviates: no key is asked for.

    Evidence: https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html
    """
    if kind != "DirectPut":
        message = "Server-side encryption can only be enabled for a delivery stream that uses DirectPut as its source."
        raise AwsError("InvalidArgumentException", message)
    key_type = given.get("KeyType", "AWS_OWNED_CMK")
    if (key_type == "CUSTOMER_MANAGED_CMK") != ("KeyARN" in given):
        raise AwsError(
            "InvalidArgumentException", "KeyARN is given with the KeyType CUSTOMER_MANAGED_CMK, and only then."
        )
    return {**given, "KeyType": key_type, "Status": "ENABLED"}


def updated(config: Params, update: Params) -> Params:
    """A configuration after an `UpdateDestination`.

    Evidence: https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationUpdate.html
    :raises AwsError: for what AWS decides once and for all.
    """
    backup = update.pop("S3BackupUpdate", None)
    found = {**config, **update}
    if backup is not None:
        found["S3BackupConfiguration"] = {**config.get("S3BackupConfiguration", {}), **backup}
    wanted, given = (each.get("DynamicPartitioningConfiguration", {}) for each in (found, config))
    if bool(wanted.get("Enabled")) != bool(given.get("Enabled")):
        message = "Dynamic Partitioning can only be enabled when a new delivery stream is created."
        raise AwsError("InvalidArgumentException", message)
    if config.get("S3BackupMode") == "Enabled" and found["S3BackupMode"] != "Enabled":
        raise AwsError("InvalidArgumentException", "S3BackupMode cannot be disabled once it is enabled.")
    return found


def described(config: Params) -> Params:
    plain = {name: value for name, value in config.items() if name != "S3BackupConfiguration"}
    if "S3BackupConfiguration" in config:
        plain["S3BackupDescription"] = _defaults(config["S3BackupConfiguration"])
    return {"ProcessingConfiguration": _NO_PROCESSING, "S3BackupMode": "Disabled", **_defaults(plain)}


def _defaults(config: Params) -> Params:
    defaults: dict[str, Any] = {
        "Prefix": "",
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": {"Enabled": False},
    }
    hints = {**DEFAULT_BUFFERING, **config.get("BufferingHints", {})}
    return {**defaults, **config, "BufferingHints": hints}
