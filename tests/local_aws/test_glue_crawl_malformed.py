"""A crawl over damaged files ends, and says how: the files that cannot be read make no table and fail no other."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.crawl.test_malformed_files import REAL
from tests.local_aws.glue_helpers import Crawls

SEEDS = (1, 2)


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    return Crawls(client, bucket)


def _damaged(data: bytes, pick: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(pick.randrange(4)):
        found[pick.randrange(len(found))] = pick.choice((0, 1, 0x7F, 0x80, 0xFF))
    mark = pick.choice((b"", b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00"))
    return mark + bytes(found[: pick.choice((len(found), pick.randrange(len(found))))])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_crawl_over_damaged_files_completes(crawls: Crawls, seed: int) -> None:
    pick = random.Random(seed)
    crawls.put_json("raw/good/a.json", [{"id": 1}])
    for number, data in enumerate(REAL):
        crawls.put(f"raw/t{number}/damaged", _damaged(data, pick))
        crawls.put(f"raw/m{number % 4}/damaged{number}", _damaged(data, pick))
    crawls.create()
    crawl = crawls.run()
    assert (crawl["State"], crawl.get("ErrorMessage")) == ("COMPLETED", None)
    assert "good" in crawls.tables()
    assert crawls.run()["State"] == "COMPLETED", "and once more, over what it remembers"
