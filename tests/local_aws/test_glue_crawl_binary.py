"""Avro files and Snappy in its three forms, crawled."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import cramjam
import fastavro
import pytest

from tests.local_aws.glue_helpers import Crawls, columns

LINES = b"".join(b'{"id": %d, "name": "n%d"}\n' % (n, n) for n in range(500))
ORDER = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "Id", "type": "long"},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "tags", "type": {"type": "map", "values": "int"}},
        {
            "name": "lines",
            "type": {
                "type": "array",
                "items": {"type": "record", "name": "Line", "fields": [{"name": "sku", "type": ["null", "string"]}]},
            },
        },
        {"name": "gift", "type": ["null", "Line"]},
    ],
}


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    return Crawls(client, bucket)


def _avro(codec: str) -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, ORDER, [], codec=codec)
    return out.getvalue()


def _hadoop(data: bytes, block: int = 4096) -> bytes:
    out = b""
    for start in range(0, len(data), block):
        plain = data[start : start + block]
        packed = bytes(cramjam.snappy.compress_raw(plain))
        out += len(plain).to_bytes(4, "big") + len(packed).to_bytes(4, "big") + packed
    return out


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy"])
def test_avro_schema_becomes_the_columns(crawls: Crawls, codec: str) -> None:
    out = io.BytesIO()
    schema = fastavro.parse_schema({"type": "record", "name": "R", "fields": [{"name": "Id", "type": "long"}]})
    fastavro.writer(out, schema, [{"Id": n} for n in range(7)], codec=codec)
    crawls.put("raw/a.avro", out.getvalue())
    crawls.create()
    assert crawls.run()["State"] == "COMPLETED"
    table = crawls.tables()["raw"]
    assert columns(table) == {"id": "bigint"}
    assert (table["Parameters"]["classification"], table["Parameters"]["recordCount"]) == ("avro", "7")
    serde = table["StorageDescriptor"]["SerdeInfo"]
    assert serde["SerializationLibrary"].endswith("AvroSerDe")
    assert '"long"' in serde["Parameters"]["avro.schema.literal"]


def test_avro_logical_and_nested_types(crawls: Crawls) -> None:
    crawls.put("raw/a.avro", _avro("null"))
    crawls.create()
    crawls.run()
    assert columns(crawls.tables()["raw"]) == {
        "id": "bigint",
        "day": "date",
        "at": "timestamp",
        "price": "decimal(9,2)",
        "tags": "map<string,int>",
        "lines": "array<struct<sku:string>>",
        "gift": "struct<sku:string>",
    }


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(lambda data: bytes(cramjam.snappy.compress(data)), id="framed"),
        pytest.param(lambda data: bytes(cramjam.snappy.compress_raw(data)), id="raw"),
        pytest.param(_hadoop, id="Hadoop"),
    ],
)
def test_snappy_is_known_in_every_form(crawls: Crawls, pack: Callable[[bytes], bytes]) -> None:
    crawls.put("raw/a.snappy", pack(LINES))
    crawls.create()
    crawls.run()
    table = crawls.tables()["raw"]
    assert columns(table) == {"id": "int", "name": "string"}
    shown = table["Parameters"]
    assert (shown["compressionType"], shown["classification"], shown["recordCount"]) == ("snappy", "json", "500")
