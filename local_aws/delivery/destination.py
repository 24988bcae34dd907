"""Where a delivery stream writes to and how: an S3 destination configuration, checked."""

from __future__ import annotations

import codecs
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local_aws.delivery import prefix as prefixes
from local_aws.delivery.buffer import EXTENSIONS, check_compression
from local_aws.errors import AwsError, Unsupported

MIB = 1024 * 1024
DEFAULT_BUFFERING = {"SizeInMBs": 5, "IntervalInSeconds": 300}


@dataclass(frozen=True)
class S3Destination:
    """An `ExtendedS3DestinationConfiguration` as far as delivery acts on it."""

    bucket: str
    prefix: str | None
    compression: str
    buffer_bytes: int
    interval_seconds: int
    delimiter: bytes
    extension: str
    zone: tzinfo

    @classmethod
    def of(cls, config: dict[str, Any]) -> S3Destination:
        """Read and check a configuration.

        :raises AwsError: `InvalidArgumentException` for one that AWS refuses too.
        :raises Unsupported: for transformation, format conversion, dynamic partitioning, backup, Snappy.
        """
        _refuse(config)
        prefixes.check(config.get("Prefix"), config.get("ErrorOutputPrefix"))
        compression = config.get("CompressionFormat", "UNCOMPRESSED")
        check_compression(compression)
        hints = {**DEFAULT_BUFFERING, **config.get("BufferingHints", {})}
        return cls(
            bucket=config["BucketARN"].rpartition(":::")[2],
            prefix=config.get("Prefix"),
            compression=compression,
            buffer_bytes=hints["SizeInMBs"] * MIB,
            interval_seconds=hints["IntervalInSeconds"],
            delimiter=_delimiter(config.get("ProcessingConfiguration", {})),
            extension=config.get("FileExtension") or EXTENSIONS[compression],
            zone=_zone(config.get("CustomTimeZone") or "UTC"),
        )

    def key(self, stream: str, version: int, oldest: datetime) -> str:
        """The name of the object whose oldest record arrived at `oldest`.

        Evidence: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
        """
        local = oldest.astimezone(self.zone)
        time = prefixes.format_time(prefixes.SUFFIX_TIME, local)
        return f"{prefixes.evaluate(self.prefix, local)}{stream}-{version}-{time}-{uuid.uuid4()}{self.extension}"


def _refuse(config: dict[str, Any]) -> None:
    if config.get("DynamicPartitioningConfiguration", {}).get("Enabled"):
        raise Unsupported("dynamic partitioning of Firehose")
    conversion = config.get("DataFormatConversionConfiguration")
    if conversion is not None and conversion.get("Enabled", True):
        raise Unsupported("data format conversion of Firehose")
    if config.get("S3BackupMode") == "Enabled":
        raise Unsupported("source record backup (S3BackupMode) of Firehose")


def _delimiter(processing: dict[str, Any]) -> bytes:
    """What the processor `AppendDelimiterToRecord` appends to each record; nothing without it.

    Evidence: https://docs.aws.amazon.com/firehose/latest/dev/create-destination.html (new line delimiter)
    """
    delimiter = b""
    for processor in processing.get("Processors", []) if processing.get("Enabled") else []:
        if processor["Type"] != "AppendDelimiterToRecord":
            raise Unsupported(f"the processor {processor['Type']} of Firehose")
        given = {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters", [])}
        delimiter += codecs.decode(given.get("Delimiter", "\\n"), "unicode_escape").encode()
    return delimiter


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise AwsError("InvalidArgumentException", f"CustomTimeZone {name} is not supported.") from error
