"""Firehose's requests and answers, without state: which destination and source are asked for, and what is described."""

from __future__ import annotations

import copy
from typing import Any

from local_aws.delivery.destination import DEFAULT_BUFFERING
from local_aws.errors import AwsError, Unsupported
from local_aws.wire import Params


def s3_configuration(params: Params) -> Params:
    if params.get("DeliveryStreamEncryptionConfigurationInput"):
        raise Unsupported("server-side encryption of a delivery stream")
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


def described(config: Params) -> Params:
    defaults: dict[str, Any] = {
        "Prefix": "",
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": {"Enabled": False},
        "ProcessingConfiguration": {"Enabled": False, "Processors": []},
        "S3BackupMode": "Disabled",
    }
    hints = {**DEFAULT_BUFFERING, **config.get("BufferingHints", {})}
    return {**defaults, **config, "BufferingHints": hints}
