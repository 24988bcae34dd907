"""Readers of files in S3: s3fs and aiobotocore, pandas, polars."""

from __future__ import annotations

import asyncio
import os

import pandas as pd
import polars as pl
import pytest
import s3fs
from aiobotocore.session import get_session

PACKAGES = ("aiobotocore", "pandas", "polars", "s3fs")
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
