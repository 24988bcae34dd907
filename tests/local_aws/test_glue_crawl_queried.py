"""What a crawl makes of files can be queried: each format's rows come back through Athena."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import cramjam
import fastavro
import pyarrow as pa
import pytest
from pyarrow import orc, parquet

from tests.local_aws.athena_client import Athena
from tests.local_aws.glue_helpers import Crawls

ROWS = [{"id": n, "name": None if n == 2 else f"n{n}", "price": n / 4} for n in range(4)]
TOLD = [("0", "n0", "0.0"), ("1", "n1", "0.25"), ("2", None, "0.5"), ("3", "n3", "0.75")]
SCHEMA = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "price", "type": "double"},
    ],
}
LINES = "".join(json.dumps(each) + "\n" for each in ROWS).encode()


def _avro(codec: str) -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, SCHEMA, ROWS, codec=codec)
    return out.getvalue()


def _columnar(write: Callable[..., Any], **options: Any) -> bytes:
    out = io.BytesIO()
    write(pa.Table.from_pylist(ROWS), out, **options)
    return out.getvalue()


def _hadoop_snappy(data: bytes) -> bytes:
    packed = bytes(cramjam.snappy.compress_raw(data))
    return len(data).to_bytes(4, "big") + len(packed).to_bytes(4, "big") + packed


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "avro": ("a.avro", lambda: _avro("null")),
    "avro, deflate": ("a.avro", lambda: _avro("deflate")),
    "avro, snappy": ("a.avro", lambda: _avro("snappy")),
    "orc": ("a.orc", lambda: _columnar(orc.write_table)),
    "orc, snappy": ("a.orc", lambda: _columnar(orc.write_table, compression="snappy")),
    "parquet, snappy": ("a.parquet", lambda: _columnar(parquet.write_table, compression="snappy")),
    "json, hadoop snappy": ("a.json.snappy", lambda: _hadoop_snappy(LINES)),
}


@pytest.mark.parametrize("kind", FILES)
def test_rows_of_a_crawled_format_come_back_through_athena(client: Callable[..., Any], bucket: str, kind: str) -> None:
    crawls, (name, make) = Crawls(client, bucket), FILES[kind]
    for day in ("1", "2"):
        crawls.put(f"raw/day={day}/{name}", make())
    crawls.create()
    assert crawls.run()["State"] == "COMPLETED"
    athena = Athena(client("athena"), f"s3://{bucket}/results/", database="orderlogs")
    assert athena.rows("SELECT id, name, price FROM raw WHERE day = '2' ORDER BY id") == TOLD
    assert athena.rows("SELECT day, count(*), sum(id) FROM raw GROUP BY day ORDER BY day") == [
        ("1", "4", "6"),
        ("2", "4", "6"),
    ]


NAMES = [
    "a b.json",
    "ä ö.json",
    "日本.json",
    "x=1.json",
    "100%.json",
    "a+b&c.json",
    "it's.json",
    '"q".json',
    "a#b?.json",
]


@pytest.mark.parametrize("folder", ["day=1/", "day=a b/", "day=ü=2/", "day=it's 100%25/"])
def test_odd_names_of_files_and_folders_are_read(client: Callable[..., Any], bucket: str, folder: str) -> None:
    crawls = Crawls(client, bucket)
    for number, name in enumerate(NAMES):
        crawls.put_json(f"raw/{folder}{name}", [{"id": number}])
    crawls.create()
    crawls.run()
    assert crawls.tables()["raw"]["Parameters"]["objectCount"] == str(len(NAMES))
    athena = Athena(client("athena"), f"s3://{bucket}/results/", "orderlogs")
    total = sum(range(len(NAMES)))
    value = folder.partition("=")[2].rstrip("/")
    quoted = value.replace("'", "''")
    sql = f"SELECT count(*), sum(id), count(DISTINCT \"$path\"), min(day) FROM raw WHERE day = '{quoted}'"
    assert athena.rows(sql) == [(str(len(NAMES)), str(total), str(len(NAMES)), value)]
