"""S3's conditional writes, through the real client: of many at a time, one succeeds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

RACES = 10
RACERS = 8


@pytest.mark.parametrize("exists", [False, True], ids=["If-None-Match", "If-Match"])
def test_of_conditional_writes_at_the_same_time_one_succeeds(
    client: Callable[..., Any], bucket: str, exists: bool
) -> None:
    s3 = client("s3")

    def put(key: str, condition: dict[str, str], number: int) -> str:
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=str(number).encode(), **condition)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "written"

    for race in range(RACES):
        key = f"lease-{race}"
        condition = {"IfNoneMatch": "*"}
        if exists:
            condition = {"IfMatch": s3.put_object(Bucket=bucket, Key=key, Body=b"before")["ETag"]}
        with ThreadPoolExecutor(RACERS) as pool:
            ended = sorted(pool.map(partial(put, key, condition), range(RACERS)))
        assert ended == ["PreconditionFailed"] * (RACERS - 1) + ["written"]
