"""Athena's table properties for Iceberg tables, and what Iceberg calls them.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
"""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.errors import AwsError, Unsupported

CODECS = {"zstd", "snappy", "gzip", "uncompressed", "none"}
ATHENA_ONLY = {
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
DEFAULTS = {"format-version": "2", "write.format.default": "parquet", "write.parquet.compression-codec": "zstd"}


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
        elif known in {"write_compression", "write.parquet.compression-codec"}:
            if value.lower() not in CODECS:
                raise AwsError("INVALID_TABLE_PROPERTY", f"Unsupported compression for Parquet: {value}")
            result["write.parquet.compression-codec"] = value.lower().replace("none", "uncompressed")
        elif known in ATHENA_ONLY:
            if not value.isdigit():
                raise AwsError("INVALID_TABLE_PROPERTY", f"{name} must be a whole number, not {value}")
            result[ATHENA_ONLY[known]] = value
        else:
            raise AwsError("INVALID_TABLE_PROPERTY", f"Unsupported table property key: {name}")
    return result
