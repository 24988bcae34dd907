"""Firehose looks into records: dynamic partitioning, de-aggregation, logs, and what fails there."""

from __future__ import annotations

import base64
import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.local_aws.firehose_world import NEWLINE, NOON, ClientError, Deliver

ERRORS = "errors/!{firehose:error-output-type}/"


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
