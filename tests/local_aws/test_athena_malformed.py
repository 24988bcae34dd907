"""Whatever bytes lie under a table: the query gives rows, or fails with one of Athena's own errors."""

from __future__ import annotations

import bz2
import gzip
import io
import re
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import orc

from local_aws.server import LocalAws
from tests.local_aws.athena_client import Athena

ACCOUNT = "199999999999"
COLUMNS = "a string, n int, d double, p decimal(9,2), day date, at timestamp, yes boolean, xs array<int>"
HIVE = "org.apache.hadoop.hive"
SERDES = {
    "openx": ("org.openx.data.jsonserde.JsonSerDe", COLUMNS, ""),
    "hcatalog": ("org.apache.hive.hcatalog.data.JsonSerDe", COLUMNS, ""),
    "lazy": (f"{HIVE}.serde2.lazy.LazySimpleSerDe", COLUMNS, "'field.delim' = ','"),
    "csv": (f"{HIVE}.serde2.OpenCSVSerde", COLUMNS.rpartition(",")[0], ""),
    "regex": (f"{HIVE}.serde2.RegexSerDe", "a string, n int", r"'input.regex' = '(\\w*),(.*)'"),
    "parquet": (f"{HIVE}.ql.io.parquet.serde.ParquetHiveSerDe", COLUMNS, ""),
    "orc": (f"{HIVE}.ql.io.orc.OrcSerde", COLUMNS, ""),
    "avro": (f"{HIVE}.serde2.avro.AvroSerDe", COLUMNS, ""),
}
FAILURE = re.compile(r"(HIVE_[A-Z_]+|INVALID_CAST_ARGUMENT|NUMERIC_VALUE_OUT_OF_RANGE): ")
LEAK = re.compile(r"duckdb|pyarrow|arrow|fastavro|Traceback|INTERNAL|Binder Error|Conversion Error|read_parquet", re.I)


def _written(write: Any) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


GOOD = pa.table({"a": ["x", "y"], "n": pa.array([1, 2], pa.int32()), "d": [1.5, None]})
SCHEMA = {"type": "record", "name": "r", "fields": [{"name": "a", "type": "string"}, {"name": "n", "type": "int"}]}
WHOLE = [
    _written(lambda out: pq.write_table(GOOD, out)),
    _written(lambda out: orc.write_table(GOOD, out)),
    _written(lambda out: fastavro.writer(out, SCHEMA, [{"a": "x", "n": 1}])),
    b'{"a":"x","n":1,"d":1.5,"p":"1.50","day":"2010-12-01","at":"2010-12-01 08:26:00","yes":true,"xs":[1,2]}\n',
    b'x,1,1.5,2.50,14000,1291192000000,true\n"a,b",2,,,,,\n',
]


@st.composite
def objects(draw: st.DrawFn) -> tuple[str, bytes]:
    """A key's extension, and bytes: those of a good file, some of them changed or cut, or any at all."""
    data = bytearray(draw(st.one_of(st.sampled_from(WHOLE), st.binary(max_size=200), st.text().map(str.encode))))
    for _ in range(draw(st.integers(0, 3))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    cut = bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)
    suffix, pack = draw(st.sampled_from([("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".gz", bytes)]))
    return suffix, pack(cut)


@pytest.mark.parametrize("serde", SERDES)
def test_no_file_makes_a_query_fail_in_other_than_athenas_words(
    local_aws: LocalAws, shared_athena: Athena, serde: str
) -> None:
    library, columns, properties = SERDES[serde]
    lake = local_aws.app.account(ACCOUNT, "us-east-1").lake
    name, with_properties = f"malformed_{serde}", f"WITH SERDEPROPERTIES ({properties})" if properties else ""
    shared_athena.execute(
        f"""CREATE EXTERNAL TABLE {name} ({columns}) ROW FORMAT SERDE '{library}' {with_properties}
        LOCATION 's3://shared-athena/{name}/'"""
    )

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(objects())
    def holds(found: tuple[str, bytes]) -> None:
        for each in lake.objects.listing("shared-athena", f"{name}/"):
            lake.objects.delete(each.bucket, each.key)
        lake.objects.put("shared-athena", f"{name}/f{found[0]}", found[1])
        ended = shared_athena.wait(shared_athena.start(f"SELECT * FROM {name}"))["Status"]
        if ended["State"] != "SUCCEEDED":
            reason = ended["StateChangeReason"]
            assert FAILURE.match(reason), reason
            assert not LEAK.search(reason), reason

    try:
        holds()
    finally:
        shared_athena.execute(f"DROP TABLE {name}")
