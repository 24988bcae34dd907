"""Readers of files in S3: s3fs and aiobotocore, pandas, polars, pyarrow, DuckDB."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from urllib.parse import urlparse

import duckdb
import duckdb_extension_httpfs
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
import s3fs
from aiobotocore.session import get_session

PACKAGES = ("aiobotocore", "duckdb", "pandas", "polars", "pyarrow", "s3fs")
FRAME = pd.DataFrame({"id": [1, 2, 3], "name": ["a", "b", None]})


@pytest.fixture(scope="module")
def files() -> s3fs.S3FileSystem:
    return s3fs.S3FileSystem()


def test_s3fs_writes_lists_globs_copies_removes(files: s3fs.S3FileSystem, bucket: str) -> None:
    for name in ("a/1.txt", "a/2.txt", "b/3.txt"):
        files.pipe(f"{bucket}/s3fs/{name}", name.encode())
    assert files.cat(f"{bucket}/s3fs/a/1.txt") == b"a/1.txt"
    assert files.glob(f"{bucket}/s3fs/*/*.txt")[-1] == f"{bucket}/s3fs/b/3.txt"
    assert [path.rpartition("/")[2] for path in files.find(f"{bucket}/s3fs")] == ["1.txt", "2.txt", "3.txt"]
    files.mv(f"{bucket}/s3fs/b/3.txt", f"{bucket}/s3fs/c/3.txt")
    assert files.exists(f"{bucket}/s3fs/c/3.txt") and not files.exists(f"{bucket}/s3fs/b/3.txt")
    files.rm(f"{bucket}/s3fs", recursive=True)
    assert not files.exists(f"{bucket}/s3fs")


def test_s3fs_streams_a_large_file_in_parts(files: s3fs.S3FileSystem, bucket: str) -> None:
    data = os.urandom(1 << 20)
    with files.open(f"{bucket}/large", "wb", block_size=5 << 20) as file:
        for _ in range(12):
            file.write(data)
    assert files.size(f"{bucket}/large") == 12 << 20
    with files.open(f"{bucket}/large", "rb") as file:
        file.seek(3 << 20)
        assert file.read(1 << 20) == data


@pytest.mark.parametrize("form", ["parquet", "csv", "json"])
def test_pandas_reads_and_writes(bucket: str, form: str) -> None:
    path = f"s3://{bucket}/pandas/one.{form}"
    written = {"csv": {"index": False}, "json": {"orient": "records", "lines": True}}.get(form, {})
    getattr(FRAME, f"to_{form}")(path, **written)
    found = getattr(pd, f"read_{form}")(path, **({"lines": True} if form == "json" else {}))
    assert found["id"].tolist() == [1, 2, 3]
    assert found["name"].isna().tolist() == [False, False, True]


def test_polars_scans_partitioned_parquet(bucket: str) -> None:
    options = {"aws_allow_http": "true", "aws_endpoint_url": os.environ["AWS_ENDPOINT_URL"]}
    for year in (2023, 2024):
        frame = pl.DataFrame({"id": [year, year + 1]})
        frame.write_parquet(f"s3://{bucket}/polars/year={year}/x.parquet", storage_options=options)
    found = pl.scan_parquet(f"s3://{bucket}/polars/**/*.parquet", storage_options=options, hive_partitioning=True)
    assert found.filter(pl.col("year") == 2024).select("id").collect()["id"].to_list() == [2024, 2025]


def test_aiobotocore_calls_side_by_side(bucket: str) -> None:
    async def run() -> list[bytes]:
        async with get_session().create_client("s3") as s3:
            puts = [s3.put_object(Bucket=bucket, Key=f"aio/{n}", Body=str(n).encode()) for n in range(20)]
            await asyncio.gather(*puts)

            async def get(number: int) -> bytes:
                answer = await s3.get_object(Bucket=bucket, Key=f"aio/{number}")
                async with answer["Body"] as body:
                    return bytes(await body.read())

            return await asyncio.gather(*(get(number) for number in range(20)))

    assert asyncio.run(run()) == [str(number).encode() for number in range(20)]


@pytest.fixture(scope="module")
def arrow() -> pafs.S3FileSystem:
    return pafs.S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"], region="us-east-1")


def test_pyarrow_writes_and_reads_partitioned_datasets(arrow: pafs.S3FileSystem, bucket: str) -> None:
    table = pa.table({"id": list(range(100)), "year": [2023 + number % 2 for number in range(100)]})
    place = f"{bucket}/pyarrow data/ü"
    pq.write_to_dataset(table, place, partition_cols=["year"], filesystem=arrow)
    found = ds.dataset(place, filesystem=arrow, partitioning="hive")
    assert found.count_rows(filter=ds.field("year") == 2024) == 50
    assert sorted(found.to_table()["id"].to_pylist()) == list(range(100))


def test_pyarrow_lists_moves_deletes(arrow: pafs.S3FileSystem, bucket: str) -> None:
    place = f"{bucket}/pyfs"
    data = os.urandom(11 << 20)
    with arrow.open_output_stream(f"{place}/a/large") as out:
        out.write(data)
    arrow.copy_file(f"{place}/a/large", f"{place}/b/copy")
    arrow.move(f"{place}/b/copy", f"{place}/c/moved")
    listed = arrow.get_file_info(pafs.FileSelector(place, recursive=True))
    assert {each.path.removeprefix(f"{place}/") for each in listed if each.is_file} == {"a/large", "c/moved"}
    assert arrow.get_file_info(f"{place}/c/moved").size == len(data)
    with arrow.open_input_file(f"{place}/c/moved") as file:
        file.seek(7 << 20)
        assert file.read(100) == data[7 << 20 : (7 << 20) + 100]
    arrow.delete_dir(place)
    assert arrow.get_file_info(f"{place}/a/large").type == pafs.FileType.NotFound


@pytest.fixture(scope="module")
def duck() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    [extension] = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    connection.execute(f"LOAD '{extension}'")
    key, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    endpoint = urlparse(os.environ["AWS_ENDPOINT_URL"]).netloc
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{key}', SECRET '{secret}', REGION 'us-east-1', ENDPOINT '{endpoint}', "
        "URL_STYLE 'path', USE_SSL false)"
    )
    return connection


def test_duckdb_writes_globs_and_reads(duck: duckdb.DuckDBPyConnection, bucket: str) -> None:
    place = f"s3://{bucket}/duckdb"
    duck.execute(f"COPY (SELECT i, i % 3 AS k FROM range(30000) t(i)) TO '{place}' (FORMAT parquet, PARTITION_BY k)")
    counted = f"SELECT count(*), sum(i) FROM read_parquet('{place}/*/*.parquet', hive_partitioning = true)"
    assert duck.execute(counted).fetchone() == (30000, sum(range(30000)))
    assert duck.execute(f"{counted} WHERE k = 1").fetchone() == (10000, sum(range(1, 30000, 3)))
    assert len(duck.execute(f"FROM glob('{place}/**')").fetchall()) == 3


def test_duckdb_copies_large_files_in_parts(duck: duckdb.DuckDBPyConnection, bucket: str) -> None:
    path = f"s3://{bucket}/large.csv"
    duck.execute(f"COPY (SELECT i, hash(i) AS h, hash(i + 1) AS g FROM range(400000) t(i)) TO '{path}' (HEADER)")
    assert duck.execute(f"SELECT count(*), count(DISTINCT h) FROM '{path}'").fetchone() == (400000, 400000)
