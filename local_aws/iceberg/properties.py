"""Athena's table properties for Iceberg tables, and what Iceberg calls them.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
"""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.errors import AwsError, Unsupported

CODECS = {"zstd", "snappy", "gzip", "uncompressed", "none"}
NUMBERS = {
    "write_target_data_file_size_bytes": "write.target-file-size-bytes",
    "vacuum_max_metadata_files_to_keep": "write.metadata.previous-versions-max",
    "optimize_rewrite_data_file_threshold": "optimize_rewrite_data_file_threshold",
    "optimize_rewrite_delete_file_threshold": "optimize_rewrite_delete_file_threshold",
    "optimize_rewrite_min_data_file_size_bytes": "optimize_rewrite_min_data_file_size_bytes",
    "optimize_rewrite_max_data_file_size_bytes": "optimize_rewrite_max_data_file_size_bytes",
    "vacuum_min_snapshots_to_keep": "vacuum_min_snapshots_to_keep",
    "vacuum_max_snapshot_age_seconds": "vacuum_max_snapshot_age_seconds",
}
"""Whole numbers all; the ones that Iceberg has a name for go by that."""
COMPRESSION = "write.parquet.compression-codec"
DEFAULTS = {"format-version": "2", "write.format.default": "parquet", COMPRESSION: "zstd"}


def from_athena(properties: Mapping[str, str]) -> dict[str, str]:
    """The properties of a new table, from `TBLPROPERTIES`.

    :raises AwsError: `INVALID_TABLE_PROPERTY` for a name or a value that Athena does not take.
    """
    return DEFAULTS | changes(properties)


def changes(properties: Mapping[str, str]) -> dict[str, str]:
    """Iceberg's words for some of Athena's properties."""
    result: dict[str, str] = {}
    for name, value in properties.items():
        known = name.lower()
        if known == "table_type":
            if value.upper() != "ICEBERG":
                raise AwsError("INVALID_TABLE_PROPERTY", f"table_type must be ICEBERG, not {value}")
        elif known == "format":
            if value.lower() != "parquet":
                raise Unsupported(f"Iceberg tables in the format {value}")
        elif known in {"write_compression", COMPRESSION}:
            if value.lower() not in CODECS:
                raise AwsError("INVALID_TABLE_PROPERTY", f"Unsupported compression for Parquet: {value}")
            result[COMPRESSION] = value.lower().replace("none", "uncompressed")
        elif known in NUMBERS:
            if not value.isdigit():
                raise AwsError("INVALID_TABLE_PROPERTY", f"{name} must be a whole number, not {value}")
            result[NUMBERS[known]] = value
        else:
            raise AwsError("INVALID_TABLE_PROPERTY", f"Unsupported table property key: {name}")
    return result


def iceberg_name(property_name: str) -> str:
    """What Iceberg calls one of Athena's properties."""
    known = property_name.lower()
    return COMPRESSION if known == "write_compression" else NUMBERS.get(known, known)
