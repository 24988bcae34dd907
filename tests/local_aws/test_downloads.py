"""Objects of several megabytes, as clients read them: whole, in ranges, under conditions, while they are replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
CONTENT = bytes(range(256)) * (3 * 2**20 // 256) + b"the end"


@pytest.fixture
def s3(client: Client, bucket: str) -> Any:
    made = client("s3")
    made.put_object(Bucket=bucket, Key="large", Body=CONTENT, ContentType="text/plain", Metadata={"kind": "test"})
    return made


RANGES = [
    pytest.param("bytes=0-", 0, len(CONTENT), id="all"),
    pytest.param("bytes=10-19", 10, 20, id="a few bytes"),
    pytest.param("bytes=1048570-2097200", 1048570, 2097201, id="more than a piece"),
    pytest.param("bytes=-7", len(CONTENT) - 7, len(CONTENT), id="the last bytes"),
    pytest.param(f"bytes=5-{len(CONTENT) * 2}", 5, len(CONTENT), id="beyond the end"),
]


def test_large_object_is_read_whole(s3: Any, bucket: str) -> None:
    found = s3.get_object(Bucket=bucket, Key="large")
    assert (found["ContentLength"], found["ContentType"], found["Metadata"]) == (
        len(CONTENT),
        "text/plain",
        {"kind": "test"},
    )
    assert found["Body"].read() == CONTENT


@pytest.mark.parametrize(("asked", "start", "end"), RANGES)
def test_range_of_a_large_object(s3: Any, bucket: str, asked: str, start: int, end: int) -> None:
    found = s3.get_object(Bucket=bucket, Key="large", Range=asked)
    assert found["ContentRange"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert found["ContentLength"] == end - start
    assert found["Body"].read() == CONTENT[start:end]


def test_range_behind_a_large_object_is_refused(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={len(CONTENT)}-")


def test_unchanged_large_object_is_not_sent(s3: Any, bucket: str) -> None:
    tag = s3.head_object(Bucket=bucket, Key="large")["ETag"]
    with pytest.raises(ClientError, match="304"):
        s3.get_object(Bucket=bucket, Key="large", IfNoneMatch=tag)


def test_object_that_is_replaced_while_it_is_read_is_read_to_its_end(s3: Any, bucket: str) -> None:
    body = s3.get_object(Bucket=bucket, Key="large")["Body"]
    first = body.read(1000)
    s3.put_object(Bucket=bucket, Key="large", Body=b"another")
    assert first + body.read() == CONTENT
