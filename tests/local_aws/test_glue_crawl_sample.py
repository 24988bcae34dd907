"""`SampleSize`: how many files of each leaf folder a crawl reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.glue_helpers import Crawls, columns


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    return Crawls(client, bucket)


def _target(crawls: Crawls, **options: Any) -> dict[str, Any]:
    return {"S3Targets": [{"Path": f"s3://{crawls.bucket}/raw/", **options}]}


@pytest.mark.parametrize(
    ("sample", "found"),
    [(None, {"a", "b", "c"}), (3, {"a", "b", "c"}), (2, {"a", "b"}), (1, {"a"})],
    ids=["all", "more than there are", "two", "one"],
)
def test_a_sample_of_each_leaf_folder_gives_the_schema_and_every_folder_is_a_partition(
    crawls: Crawls, sample: int | None, found: set[str]
) -> None:
    for day in "12":
        for number in range(1, 4):  # 1.json has a, 2.json a and b, 3.json all three
            crawls.put_json(f"raw/day={day}/{number}.json", [dict.fromkeys("abc"[:number], 1)])
    crawls.create(Targets=_target(crawls, **({} if sample is None else {"SampleSize": sample})))
    crawls.run()
    assert set(columns(crawls.tables()["raw"])) == found
    assert set(crawls.partitions("raw")) == {"1", "2"}


@pytest.mark.parametrize("size", [0, 250, -1])
def test_a_sample_beyond_the_documented_bounds_is_invalid_input(crawls: Crawls, size: int) -> None:
    with pytest.raises(ClientError, match="SampleSize must be between 1 and 249"):
        crawls.create(Targets=_target(crawls, SampleSize=size))
