"""Where a delivery stream writes to and how: an S3 destination configuration, checked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local_aws.delivery import prefix as prefixes
from local_aws.delivery.buffer import EXTENSIONS
from local_aws.delivery.conversion import Conversion
from local_aws.delivery.partitioning import Processing
from local_aws.delivery.queries import Keys
from local_aws.errors import AwsError

if TYPE_CHECKING:
    from local_aws.lake import Lake

MIB = 1024 * 1024
DEFAULT_BUFFERING = {"SizeInMBs": 5, "IntervalInSeconds": 300}
LARGE_BUFFERING = {"SizeInMBs": 128, "IntervalInSeconds": 300}
"""With dynamic partitioning or format conversion. https://docs.aws.amazon.com/firehose/latest/dev/buffering-hints.html"""
SMALLEST_LARGE = 64


@dataclass(frozen=True)
class Folder:
    """Where a record goes: by its partition keys, or to the error prefix by the type of its error."""

    keys: Keys = ()
    error: str = ""
    backup: bool = False

    @property
    def fields(self) -> list[Any]:
        """As JSON has it; `of` reads it."""
        return [self.keys, self.error, self.backup]

    @classmethod
    def of(cls, fields: list[Any]) -> Folder:
        return cls(tuple((name, value) for name, value in fields[0]), *fields[1:])


PLAIN = Folder()
BACKUP = Folder(backup=True)


@dataclass(frozen=True)
class S3Destination:
    """An `ExtendedS3DestinationConfiguration` as far as delivery acts on it."""

    bucket: str
    prefix: str | None
    error_prefix: str | None
    compression: str
    buffer_bytes: int
    interval_seconds: int
    processing: Processing
    conversion: Conversion | None
    backup: S3Destination | None
    extension: str
    zone: tzinfo
    config: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, config: dict[str, Any], lake: Lake) -> S3Destination:
        """Read and check a configuration.

        :raises AwsError: `InvalidArgumentException` for one that AWS refuses too.
        :raises Unsupported: for transformation by Lambda, and what of jq and of SerDes is not emulated.
        """
        prefixes.check(config.get("Prefix"), config.get("ErrorOutputPrefix"))
        compression = config.get("CompressionFormat", "UNCOMPRESSED")
        processing = Processing.of(config.get("ProcessingConfiguration", {}))
        conversion = _conversion(config, lake)
        partitioned = _check_partitioning(config, processing)
        large = partitioned or conversion is not None
        hints = {**(LARGE_BUFFERING if large else DEFAULT_BUFFERING), **config.get("BufferingHints", {})}
        if large and hints["SizeInMBs"] < SMALLEST_LARGE:
            feature = "Dynamic Partitioning" if partitioned else "Data Format Conversion"
            message = f"BufferingHints.SizeInMBs must be at least {SMALLEST_LARGE} when {feature} is enabled."
            raise AwsError("InvalidArgumentException", message)
        return cls(
            bucket=config["BucketARN"].rpartition(":::")[2],
            prefix=config.get("Prefix"),
            error_prefix=config.get("ErrorOutputPrefix"),
            compression=compression,
            buffer_bytes=hints["SizeInMBs"] * MIB,
            interval_seconds=hints["IntervalInSeconds"],
            processing=processing,
            conversion=conversion,
            backup=_backup(config, lake),
            extension=config.get("FileExtension") or (f".{conversion.form}" if conversion else EXTENSIONS[compression]),
            zone=_zone(config.get("CustomTimeZone") or "UTC"),
            config=config,
        )

    def renewed(self) -> S3Destination | None:
        """This one with its conversion's schema as it is now; None if that is the same."""
        conversion = self.conversion.renewed() if self.conversion is not None else None
        return None if conversion is None else replace(self, conversion=conversion)

    @property
    def shapes(self) -> bool:
        """Whether each record is looked into before it is buffered."""
        processing = self.processing
        return bool(processing.unpack or processing.queries or processing.split or self.conversion)

    def shape(self, data: bytes) -> Iterator[tuple[Folder, bytes]]:
        """What a record becomes: records for folders. :raises RecordFailed: for the record as a whole."""
        for record in list(self.processing.records(data)):
            folder = Folder(self.processing.keys(record))
            if self.conversion is not None:
                list(self.conversion.rows(record))
                yield folder, record
            else:
                yield folder, record + self.processing.delimiter

    def of_folder(self, folder: Folder) -> S3Destination:
        """Whose bucket, names and buffering a folder has."""
        return self.backup if folder.backup and self.backup is not None else self

    def key(self, stream: str, version: int, oldest: datetime, folder: Folder = PLAIN) -> str:
        """The name of the object whose oldest record arrived at `oldest`.

        Evidence: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
        """
        local = oldest.astimezone(self.zone)
        time = prefixes.format_time(prefixes.SUFFIX_TIME, local)
        name = f"{stream}-{version}-{time}-{uuid.uuid4()}"
        if folder.error:
            prefix = self.prefix if self.error_prefix is None else self.error_prefix
            return f"{prefixes.evaluate(prefix, local, folder.error)}{name}"
        return f"{prefixes.evaluate(self.prefix, local, keys=dict(folder.keys))}{name}{self.extension}"


def _conversion(config: dict[str, Any], lake: Lake) -> Conversion | None:
    given = config.get("DataFormatConversionConfiguration")
    if given is None or not given.get("Enabled", True):
        return None
    if config.get("CompressionFormat", "UNCOMPRESSED") != "UNCOMPRESSED":
        message = "CompressionFormat must be UNCOMPRESSED when Data Format Conversion is enabled."
        raise AwsError("InvalidArgumentException", message)
    return Conversion.of(given, lake)


def _check_partitioning(config: dict[str, Any], processing: Processing) -> bool:
    """Whether dynamic partitioning is on; prefix and query must name the same keys.

    https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-s3bucketprefix.html
    """
    on = bool(config.get("DynamicPartitioningConfiguration", {}).get("Enabled"))
    named, found = prefixes.query_keys(config.get("Prefix")), set(processing.queries.names)
    problem = ""
    if not on and (named or found or processing.split):
        problem = "Dynamic Partitioning must be enabled to use partition keys or record deaggregation."
    elif on and not found and processing.split is None:
        problem = "MetadataExtraction processor is required when Dynamic Partitioning is enabled."
    elif on and named != found:
        problem = f"Prefix and MetadataExtractionQuery must name the same partition keys: {sorted(named ^ found)}"
    elif on and config.get("ErrorOutputPrefix") is None:
        problem = "ErrorOutputPrefix cannot be null when Dynamic Partitioning is enabled."
    if problem:
        raise AwsError("InvalidArgumentException", problem)
    return on


def _backup(config: dict[str, Any], lake: Lake) -> S3Destination | None:
    """Where untransformed records go, too.

    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-source-record-backup.html
    """
    if config.get("S3BackupMode", "Disabled") == "Disabled":
        return None
    if "S3BackupConfiguration" not in config:
        raise AwsError("InvalidArgumentException", "S3BackupConfiguration is required when S3BackupMode is Enabled.")
    return S3Destination.of(config["S3BackupConfiguration"], lake)


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise AwsError("InvalidArgumentException", f"CustomTimeZone {name} is not supported.") from error
