"""Firehose looks into records: dynamic partitioning, de-aggregation, conversion to Parquet, and what fails there."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import botocore.exceptions
import pyarrow as pa
import pyarrow.orc as po
import pyarrow.parquet as pq
import pytest

from local_aws.delivery import serializers
from local_aws.server import LocalAws

ClientError = botocore.exceptions.ClientError
NOON = datetime(2010, 12, 1, 12, 0, 30, tzinfo=UTC)
NAME = re.compile(r"out-1-2010-12-01-12-\d\d-\d\d-[0-9a-f-]{36}")
ERRORS = "errors/!{firehose:error-output-type}/"
NEWLINE = {"Type": "AppendDelimiterToRecord", "Parameters": []}
OPEN_X = {"Deserializer": {"OpenXJsonSerDe": {}}}


@pytest.fixture
def clock(local_aws: LocalAws) -> Iterator[Any]:
    local_aws.clock.set(NOON)
    yield local_aws.clock
    local_aws.clock.set(datetime.now(UTC))


Deliver = Callable[..., dict[str, bytes]]


@pytest.fixture
def deliver(client: Callable[..., Any], bucket: str, account_id: str, clock: Any) -> Deliver:
    """Put records through a delivery stream so configured; give what lies in the bucket, names without their ids."""

    def delivered(records: list[bytes], **destination: Any) -> dict[str, bytes]:
        firehose, s3 = client("firehose"), client("s3")
        config = {"RoleARN": f"arn:aws:iam::{account_id}:role/firehose", "BucketARN": f"arn:aws:s3:::{bucket}"}
        firehose.create_delivery_stream(
            DeliveryStreamName="out", ExtendedS3DestinationConfiguration={**config, **destination}
        )
        if records:
            answer = firehose.put_record_batch(DeliveryStreamName="out", Records=[{"Data": each} for each in records])
            assert answer["FailedPutCount"] == 0
        firehose.delete_delivery_stream(DeliveryStreamName="out")
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {NAME.sub("name", key): s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    return delivered


def partitioned(query: str, prefix: str, *more: dict[str, Any]) -> dict[str, Any]:
    parameters = {"MetadataExtractionQuery": query, "JsonParsingEngine": "JQ-1.6"}
    processor = {
        "Type": "MetadataExtraction",
        "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()],
    }
    return {
        "Prefix": prefix,
        "ErrorOutputPrefix": ERRORS,
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "ProcessingConfiguration": {"Enabled": True, "Processors": [*more, processor, NEWLINE]},
    }


BY_KIND = "kind=!{partitionKeyFromQuery:kind}/!{timestamp:yyyy}/"


def test_records_lie_under_the_keys_that_the_query_takes_from_them(deliver: Deliver) -> None:
    records = [b'{"a":{"kind":"x"},"n":[7]}', b'{"a":{"kind":"y"},"n":[8]}', b'{"a":{"kind":"x"},"n":[7]}']
    options = partitioned(
        '{kind: .a.kind, "n": .n[0]}', "kind=!{partitionKeyFromQuery:kind}/n=!{partitionKeyFromQuery:n}/"
    )
    assert deliver(records, **options) == {
        "kind=x/n=7/name": records[0] + b"\n" + records[2] + b"\n",
        "kind=y/n=8/name": records[1] + b"\n",
    }


@pytest.mark.parametrize("record", [b"no json", b'{"kind":null}', b'{"kind":{}}', b"{}"])
def test_record_without_a_key_is_kept_under_the_error_prefix(deliver: Deliver, record: bytes) -> None:
    found = deliver([record, b'{"kind":"x"}'], **partitioned("{kind: .kind}", BY_KIND))
    assert sorted(found) == ["errors/processing-failed/name", "kind=x/2010/name"]
    document = json.loads(found["errors/processing-failed/name"])
    assert base64.b64decode(document["rawData"]) == record
    assert document["errorCode"] == "DynamicPartitioning.MetadataExtractionFailed"
    assert 0 <= document["arrivalTimestamp"] // 1000 - int(NOON.timestamp()) < 60


SPLITS = [
    ("JSON", {}, b'{"kind":"x"}{"kind":"y"}\n{"kind":"x"}'),
    ("DELIMITED", {"Delimiter": base64.b64encode(b"#").decode()}, b'{"kind":"x"}#{"kind":"y"}#{"kind":"x"}'),
]


@pytest.mark.parametrize(("kind", "more", "record"), SPLITS, ids=[each[0] for each in SPLITS])
def test_aggregated_records_are_told_apart(deliver: Deliver, kind: str, more: dict[str, str], record: bytes) -> None:
    parameters = {"SubRecordType": kind, **more}
    processor = {
        "Type": "RecordDeAggregation",
        "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()],
    }
    found = deliver([record], **partitioned("{kind: .kind}", BY_KIND, processor))
    assert found == {"kind=x/2010/name": b'{"kind":"x"}\n{"kind":"x"}\n', "kind=y/2010/name": b'{"kind":"y"}\n'}


def test_more_than_500_partitions_at_once_go_to_the_errors(client: Any, deliver: Deliver, bucket: str) -> None:
    records = [b"".join(b'{"kind":%d}' % n for n in range(start, start + 50)) for start in range(0, 550, 50)]
    processor = {
        "Type": "RecordDeAggregation",
        "Parameters": [{"ParameterName": "SubRecordType", "ParameterValue": "JSON"}],
    }
    found = deliver(records, **partitioned("{kind: .kind}", BY_KIND, processor))
    document = json.loads(found["errors/processing-failed/name"])
    assert document["errorCode"] == "DynamicPartitioning.ActivePartitionLimitExceeded"
    assert len(found) == 501


COLUMNS = [
    ("id", "bigint"),
    ("price", "decimal(8,2)"),
    ("at", "timestamp"),
    ("tags", "array<string>"),
    ("who", "struct<name:string,age:int>"),
    ("note", "string"),
]


@pytest.fixture
def conversion(client: Callable[..., Any]) -> dict[str, Any]:
    """Format conversion by the table `lake.orders`."""
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    storage = {"Columns": [{"Name": name, "Type": kind} for name, kind in COLUMNS]}
    glue.create_table(DatabaseName="lake", TableInput={"Name": "orders", "StorageDescriptor": storage})
    return {
        "Enabled": True,
        "SchemaConfiguration": {"DatabaseName": "lake", "TableName": "orders", "RoleARN": "arn:aws:iam::1:role/r"},
        "InputFormatConfiguration": OPEN_X,
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
    }


RECORD = (
    b'{"ID": 1, "price": 9.99, "at": "2010-12-01 08:26:00", "tags": ["a"], "who": {"name": "Ann", "age": 9}, '
    b'"note": {"k": 1}, "extra": 1}'
)


QUERIES = [
    pytest.param("{kind: .kind}", "x", id="path"),
    pytest.param("{kind}", "x", id="short"),
    pytest.param('{kind: .at | strftime("%Y-%m")}', "2010-12", id="strftime"),
    pytest.param('{kind: (.none // "other")}', "other", id="alternative"),
    pytest.param('{"kind": .url | split("/")[1]}', "b", id="split"),
    pytest.param('{kind: (if .n > 2 then "big" else "small" end)}', "big", id="if"),
    pytest.param("{kind: .kind | ascii_upcase}", "X", id="function"),
    pytest.param("{kind: .input}", "in", id="field named as a function"),
]


@pytest.mark.parametrize(("query", "kind"), QUERIES)
def test_partition_keys_are_what_jq_says(deliver: Deliver, query: str, kind: str) -> None:
    record = b'{"kind":"x","at":1291204800,"url":"a/b","n":3,"input":"in"}'
    assert list(deliver([record], **partitioned(query, BY_KIND))) == [f"kind={kind}/2010/name"]


def log_record(*messages: str, kind: str = "DATA_MESSAGE") -> bytes:
    events = [{"id": str(n), "timestamp": n, "message": text} for n, text in enumerate(messages)]
    return gzip.compress(json.dumps({"messageType": kind, "logGroup": "g", "logEvents": events}).encode())


DECOMPRESSION = {
    "Type": "Decompression",
    "Parameters": [{"ParameterName": "CompressionFormat", "ParameterValue": "GZIP"}],
}
EXTRACTION = {
    "Type": "CloudWatchLogProcessing",
    "Parameters": [{"ParameterName": "DataMessageExtraction", "ParameterValue": "true"}],
}


def test_log_records_are_unpacked(deliver: Deliver) -> None:
    processing = {"Enabled": True, "Processors": [DECOMPRESSION, NEWLINE]}
    [data] = deliver([log_record("one")], ProcessingConfiguration=processing).values()
    assert json.loads(data)["logEvents"][0]["message"] == "one"


def test_messages_of_log_records_are_extracted_and_what_is_no_log_record_is_kept_apart(deliver: Deliver) -> None:
    processing = {"Enabled": True, "Processors": [DECOMPRESSION, EXTRACTION, NEWLINE]}
    records = [log_record("one", "two"), log_record("hello", kind="CONTROL_MESSAGE"), b"plain", log_record("three")]
    found = deliver(records, Prefix="logs/", ErrorOutputPrefix="bad/", ProcessingConfiguration=processing)
    assert found.pop("logs/2010/12/01/12/name") == b"one\ntwo\nthree\n"
    [(name, document)] = found.items()
    assert name == "bad/decompression-failed/2010/12/01/12/name"
    assert base64.b64decode(json.loads(document)["rawData"]) == b"plain"


def test_messages_of_log_records_are_converted(deliver: Deliver, conversion: Any) -> None:
    processing = {"Enabled": True, "Processors": [DECOMPRESSION, EXTRACTION]}
    options = {"ProcessingConfiguration": processing, "DataFormatConversionConfiguration": conversion}
    [data] = deliver([log_record('{"id": 1}', '{"id": 2}')], **options).values()
    assert pq.read_table(io.BytesIO(data)).column("id").to_pylist() == [1, 2]


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


def test_hadoop_snappy_is_blocks_with_their_lengths(deliver: Deliver) -> None:
    [(name, data)] = deliver([b"abc"], CompressionFormat="HADOOP_SNAPPY").items()
    assert name.endswith(".hsnappy")
    plain, packed = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    assert packed == len(data) - 8
    assert pa.decompress(data[8:], decompressed_size=plain, codec="snappy", asbytes=True) == b"abc"


GOOD = partitioned("{kind: .kind}", BY_KIND)
LAMBDA = "!{partitionKeyFromLambda:k}/"
SMALL = {"SizeInMBs": 5, "IntervalInSeconds": 60}
ON = {"Enabled": True}
REFUSED = [
    pytest.param(partitioned("{kind: .a | nosuch}", BY_KIND), "not a jq expression", id="jq unknown function"),
    pytest.param(partitioned("{kind: now}", BY_KIND), "does not support now in the jq", id="jq clock"),
    pytest.param(partitioned("{kind: $ENV.HOME}", BY_KIND), "ENV in the jq", id="jq environment"),
    pytest.param(partitioned("{(.a): .b}", BY_KIND), "a computed key", id="jq computed key"),
    pytest.param(partitioned(".kind", BY_KIND), "must be one JSON object", id="jq without object"),
    pytest.param(partitioned("{other: .a}", BY_KIND), "must name the same partition keys", id="other keys"),
    pytest.param({**GOOD, "BufferingHints": SMALL}, "must be at least 64", id="size"),
    pytest.param({**GOOD, "DynamicPartitioningConfiguration": {"Enabled": False}}, "must be enabled", id="off"),
    pytest.param({"DynamicPartitioningConfiguration": ON}, "MetadataExtraction processor", id="no query"),
    pytest.param({"Prefix": LAMBDA, "ErrorOutputPrefix": "e/"}, "partitionKeyFromLambda", id="lambda"),
    pytest.param({"DataFormatConversionConfiguration": {"Enabled": True}}, "are all required", id="conversion"),
]


@pytest.mark.parametrize(("destination", "message"), REFUSED)
def test_what_cannot_be_done_is_refused_by_name(deliver: Deliver, destination: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        deliver([], **destination)
    assert refused.value.response["Error"]["Code"] == "InvalidArgumentException"


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
