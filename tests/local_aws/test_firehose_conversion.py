"""Firehose converts records to Parquet and ORC by the schema of a table, and keeps apart what does not fit it."""

from __future__ import annotations

import base64
import io
import json
from datetime import UTC, datetime
from typing import Any

import pyarrow.orc as po
import pyarrow.parquet as pq
import pytest

from local_aws.delivery import serializers
from tests.local_aws.firehose_world import COLUMNS, NOON, RECORD, ClientError, Deliver, put


@pytest.mark.parametrize(
    ("formats", "text", "expected"),
    [
        pytest.param(["yyyy-MM-dd'T'HH:mm:ssZ"], '"2010-12-01T09:26:00+0100"', datetime(2010, 12, 1, 8, 26), id="zone"),
        pytest.param(["d/M/yyyy h:mm a"], '"1/12/2010 8:26 AM"', datetime(2010, 12, 1, 8, 26), id="half day"),
        pytest.param(["dd MMM yy", "millis"], "1291191960000", datetime(2010, 12, 1, 8, 26), id="millis"),
        pytest.param(["millis", "dd MMM yy"], '"01 Dec 10"', datetime(2010, 12, 1), id="second format"),
        pytest.param(["HHmmss.SSS yyyyDDD"], '"082600.250 2010335"', datetime(2010, 12, 1, 8, 26, 0, 250000), id="S"),
    ],
)
def test_timestamps_are_read_by_the_formats_of_the_hive_deserializer(
    deliver: Deliver, conversion: Any, formats: list[str], text: str, expected: datetime
) -> None:
    conversion["InputFormatConfiguration"] = {"Deserializer": {"HiveJsonSerDe": {"TimestampFormats": formats}}}
    [data] = deliver([b'{"at": %s}' % text.encode()], DataFormatConversionConfiguration=conversion).values()
    [found] = pq.read_table(io.BytesIO(data)).column("at").to_pylist()
    assert found.replace(tzinfo=None) == expected


def test_schema_is_that_of_the_version_asked_for(client: Any, deliver: Deliver, conversion: Any) -> None:
    storage = {"Columns": [{"Name": "other", "Type": "string"}]}
    client("glue").update_table(DatabaseName="lake", TableInput={"Name": "orders", "StorageDescriptor": storage})
    versions = client("glue").get_table_versions(DatabaseName="lake", TableName="orders")["TableVersions"]
    first = min(versions, key=lambda each: int(each["VersionId"]))["VersionId"]
    conversion["SchemaConfiguration"]["VersionId"] = first
    [data] = deliver([b'{"id": 1}'], DataFormatConversionConfiguration=conversion).values()
    assert pq.read_table(io.BytesIO(data)).column_names == [name for name, _ in COLUMNS]


@pytest.mark.parametrize("compression", ["SNAPPY", "GZIP", "UNCOMPRESSED"])
def test_records_become_parquet_by_the_tables_schema(deliver: Deliver, conversion: Any, compression: str) -> None:
    conversion["OutputFormatConfiguration"]["Serializer"]["ParquetSerDe"] = {"Compression": compression}
    found = deliver([RECORD, b'{"id": "2"}{"id": 3}'], Prefix="t/", DataFormatConversionConfiguration=conversion)
    [(name, data)] = found.items()
    assert name == "t/2010/12/01/12/name.parquet"
    file = pq.ParquetFile(io.BytesIO(data))
    assert file.metadata.row_group(0).column(0).compression == compression
    first, second, third = file.read().to_pylist()
    assert (second["id"], third["id"], second["who"]) == (2, 3, None)
    assert str(first["price"]) == "9.99"
    assert first["at"].replace(tzinfo=None) == datetime(2010, 12, 1, 8, 26)
    assert (first["tags"], first["who"], first["note"]) == (["a"], {"name": "Ann", "age": 9}, '{"k": 1}')


@pytest.mark.parametrize("compression", ["SNAPPY", "ZLIB", "NONE"])
def test_records_become_orc_by_the_tables_schema(deliver: Deliver, conversion: Any, compression: str) -> None:
    conversion["OutputFormatConfiguration"]["Serializer"] = {"OrcSerDe": {"Compression": compression}}
    found = deliver([RECORD, b'{"id": "2"}'], Prefix="t/", DataFormatConversionConfiguration=conversion)
    [(name, data)] = found.items()
    assert name == "t/2010/12/01/12/name.orc"
    file = po.ORCFile(io.BytesIO(data))
    assert file.compression.replace("UNCOMPRESSED", "NONE") == compression
    first, second = file.read().to_pylist()
    assert (first["id"], str(first["price"]), first["tags"], second["id"]) == (1, "9.99", ["a"], 2)
    assert (first["who"], second["who"]) == ({"name": "Ann", "age": 9}, None)


CONVERSION_DOCUMENT = {
    "attemptsMade",
    "arrivalTimestamp",
    "lastErrorCode",
    "lastErrorMessage",
    "attemptEndingTimestamp",
    "rawData",
    "sequenceNumber",
    "subSequenceNumber",
    "dataCatalogTable",
}


BAD = [
    b"no json",
    b"[1]",
    b'{"id": "x"}',
    b'{"id": 1.5}',
    b'{"tags": "a"}',
    b'{"price": 12345678.9}',
    b'{"at": "soon"}',
]


@pytest.mark.parametrize("record", BAD)
def test_record_that_does_not_fit_the_schema_is_kept_apart(deliver: Deliver, conversion: Any, record: bytes) -> None:
    options = {"Prefix": "t/", "ErrorOutputPrefix": "bad/", "DataFormatConversionConfiguration": conversion}
    found = deliver([record, b'{"id": 1}'], **options)
    assert sorted(found) == ["bad/format-conversion-failed/2010/12/01/12/name", "t/2010/12/01/12/name.parquet"]
    document = json.loads(found["bad/format-conversion-failed/2010/12/01/12/name"])
    assert base64.b64decode(document["rawData"]) == record
    assert document["dataCatalogTable"]["tableName"] == "orders"
    kind = "ParseError" if record == b"no json" else "MalformedData"
    assert document["lastErrorCode"] == f"DataFormatConversion.{kind}"
    assert document["attemptsMade"] == 1 and document["lastErrorMessage"]
    arrived = datetime.fromtimestamp(document["arrivalTimestamp"] / 1000, UTC)
    assert arrived.replace(second=0, microsecond=0) == NOON.replace(second=0)
    assert document["attemptEndingTimestamp"] >= document["arrivalTimestamp"]
    assert set(document) == CONVERSION_DOCUMENT
    place = {"databaseName": "lake", "region": "us-east-1", "versionId": "LATEST", "catalogArn": None}
    assert place.items() <= document["dataCatalogTable"].items()


def test_parquet_is_written_as_its_serializer_says(deliver: Deliver, conversion: Any) -> None:
    given = {"PageSizeBytes": 65536, "BlockSizeBytes": 67108864, "WriterVersion": "V2"}
    conversion["OutputFormatConfiguration"]["Serializer"]["ParquetSerDe"] = given
    plain = b"".join(b'{"id": %d, "note": "%s"}' % (n, b"x" * 1000) for n in range(900))
    [data] = deliver([plain], DataFormatConversionConfiguration=conversion).values()
    [encodings] = {pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0).encodings}
    assert "RLE_DICTIONARY" not in encodings and "PLAIN_DICTIONARY" not in encodings


@pytest.mark.parametrize("block", [67108864, 268435456])
def test_a_row_group_holds_as_many_rows_as_fit_its_block(block: int) -> None:
    assert serializers.parquet_options({"BlockSizeBytes": block}, 1000, 4 * 67108864)["row_group_size"] == (
        1000 * block // (4 * 67108864)
    )


def test_orc_is_written_as_its_serializer_says(deliver: Deliver, conversion: Any) -> None:
    given = {"FormatVersion": "V0_11", "RowIndexStride": 1000, "StripeSizeBytes": 8388608, "BlockSizeBytes": 67108864}
    conversion["OutputFormatConfiguration"]["Serializer"] = {"OrcSerDe": given}
    [data] = deliver([b'{"id": 1}'], DataFormatConversionConfiguration=conversion).values()
    file = po.ORCFile(io.BytesIO(data))
    assert (file.file_version, file.row_index_stride) == ("0.11", 1000)


def test_mapped_and_dotted_keys_find_their_columns(deliver: Deliver, conversion: Any) -> None:
    conversion["InputFormatConfiguration"] = {
        "Deserializer": {
            "OpenXJsonSerDe": {"ColumnToJsonKeyMappings": {"id": "key"}, "ConvertDotsInJsonKeysToUnderscores": True}
        }
    }
    [data] = deliver([b'{"key": 5, "no.te": "x"}'], DataFormatConversionConfiguration=conversion).values()
    assert pq.read_table(io.BytesIO(data)).column("id").to_pylist() == [5]


REFUSED_CONVERSIONS = [
    (
        "both",
        {"OutputFormatConfiguration": {"Serializer": {"OrcSerDe": {}, "ParquetSerDe": {}}}},
        "Exactly one of ParquetSerDe and OrcSerDe",
    ),
    ("bloom", {"OutputFormatConfiguration": {"Serializer": {"OrcSerDe": {"BloomFilterColumns": ["id"]}}}}, "Bloom"),
    (
        "version",
        {"SchemaConfiguration": {"DatabaseName": "lake", "TableName": "orders", "VersionId": "77"}},
        "version 77 was not found",
    ),
    (
        "format",
        {"InputFormatConfiguration": {"Deserializer": {"HiveJsonSerDe": {"TimestampFormats": ["yyyy-ww"]}}}},
        "the letter w",
    ),
    ("orc padding", {"OutputFormatConfiguration": {"Serializer": {"OrcSerDe": {"EnablePadding": True}}}}, "EnablePadd"),
    (
        "parquet padding",
        {"OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"MaxPaddingBytes": 1}}}},
        "MaxPaddingBytes",
    ),
    ("table", {"SchemaConfiguration": {"DatabaseName": "lake", "TableName": "gone"}}, "Invalid SchemaConfiguration"),
]


@pytest.mark.parametrize(
    ("change", "message"), [r[1:] for r in REFUSED_CONVERSIONS], ids=[r[0] for r in REFUSED_CONVERSIONS]
)
def test_conversion_that_cannot_be_done_is_refused(
    deliver: Deliver, conversion: Any, change: Any, message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        deliver([], DataFormatConversionConfiguration={**conversion, **change})


def test_a_change_of_the_table_is_picked_up(
    client: Any, firehose: Any, create: Any, objects: Any, conversion: Any
) -> None:
    """Records that were taken before are written by the schema of then, in an object of their own."""
    create(DataFormatConversionConfiguration=conversion)
    put(firehose, b'{"id": 1, "colour": "red"}')
    storage = {"Columns": [{"Name": "id", "Type": "int"}, {"Name": "colour", "Type": "string"}]}
    client("glue").update_table(DatabaseName="lake", TableInput={"Name": "orders", "StorageDescriptor": storage})
    put(firehose, b'{"id": 2, "colour": "blue"}')
    client("glue").delete_table(DatabaseName="lake", Name="orders")
    put(firehose, b'{"id": 3, "colour": "green"}')
    firehose.delete_delivery_stream(DeliveryStreamName="out")
    tables = sorted((pq.read_table(io.BytesIO(each)) for each in objects().values()), key=lambda each: each.num_rows)
    assert [each.column_names for each in tables] == [[name for name, _ in COLUMNS], ["id", "colour"]]
    assert tables[1].to_pylist() == [{"id": 2, "colour": "blue"}, {"id": 3, "colour": "green"}]


def test_a_version_that_is_asked_for_stays(
    client: Any, firehose: Any, create: Any, objects: Any, conversion: Any
) -> None:
    conversion["SchemaConfiguration"]["VersionId"] = "0"
    create(DataFormatConversionConfiguration=conversion)
    storage = {"Columns": [{"Name": "other", "Type": "string"}]}
    client("glue").update_table(DatabaseName="lake", TableInput={"Name": "orders", "StorageDescriptor": storage})
    put(firehose, b'{"id": 1}')
    firehose.delete_delivery_stream(DeliveryStreamName="out")
    [data] = objects().values()
    assert pq.read_table(io.BytesIO(data)).column_names == [name for name, _ in COLUMNS]
