"""How Firehose's serializers write their files: the options of `ParquetSerDe` and `OrcSerDe`, as pyarrow names them.

Evidence: https://docs.aws.amazon.com/firehose/latest/APIReference/API_ParquetSerDe.html and
https://docs.aws.amazon.com/firehose/latest/APIReference/API_OrcSerDe.html, also for the defaults. Without padding the
`BlockSizeBytes` of `OrcSerDe` and `PaddingTolerance` mean nothing: they tell how a file lies in HDFS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.errors import Unsupported

_BLOCK_BYTES = 256 * 1024 * 1024
_PAGE_BYTES = 1024 * 1024
_STRIPE_BYTES = 64 * 1024 * 1024
_ROW_INDEX_STRIDE = 10_000
_DICTIONARY_THRESHOLD = 0.8
_NOT_WRITTEN = ("MaxPaddingBytes", "EnablePadding", "BloomFilterColumns")


def check(given: Mapping[str, Any]) -> None:
    """:raises Unsupported: for an option that pyarrow's writers do not have."""
    for name in _NOT_WRITTEN:
        if given.get(name):
            raise Unsupported(f"the {name} of Firehose's serializers")


def parquet_options(given: Mapping[str, Any], rows: int, size: int) -> dict[str, Any]:
    """:param size: of the rows in memory: a row group gets as many of them as `BlockSizeBytes` holds."""
    return {
        "compression": {"UNCOMPRESSED": "none"}.get(given.get("Compression", ""), given.get("Compression", "SNAPPY")),
        "use_dictionary": bool(given.get("EnableDictionaryCompression", False)),
        "data_page_size": given.get("PageSizeBytes", _PAGE_BYTES),
        "data_page_version": {"V1": "1.0", "V2": "2.0"}[given.get("WriterVersion", "V1")],
        "row_group_size": max(rows * given.get("BlockSizeBytes", _BLOCK_BYTES) // max(size, 1), 1),
    }


def orc_options(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "compression": {"NONE": "uncompressed"}.get(given.get("Compression", ""), given.get("Compression", "SNAPPY")),
        "file_version": given.get("FormatVersion", "V0_12").removeprefix("V").replace("_", "."),
        "stripe_size": given.get("StripeSizeBytes", _STRIPE_BYTES),
        "row_index_stride": given.get("RowIndexStride", _ROW_INDEX_STRIDE),
        "dictionary_key_size_threshold": given.get("DictionaryKeyThreshold", _DICTIONARY_THRESHOLD),
    }
