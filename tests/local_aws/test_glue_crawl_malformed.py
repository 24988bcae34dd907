"""A crawl over damaged files ends, and says how: the files that cannot be read make no table and fail no other."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.crawl.test_malformed_files import REAL
from tests.local_aws.glue_helpers import Crawls, columns

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


WHOLE = b"".join(b'{"id": %d, "name": "n%d"}\n' % (number, number * 7919) for number in range(300))
CUT_GZIP = gzip.compress(WHOLE)[:-200]
BROKEN = [
    pytest.param("a.json.gz", CUT_GZIP, id="gzip-cut-off"),
    pytest.param("a.json.gz", gzip.compress(WHOLE)[:6], id="gzip-of-a-header"),
    pytest.param("a.csv.bz2", b"BZh91AY&SY\x00\x00", id="bzip2-of-a-header"),
    pytest.param("a.parquet", b"", id="parquet-of-no-bytes"),
    pytest.param("a.parquet", b"PAR1", id="parquet-of-its-mark"),
    pytest.param("a.parquet", b"PAR1" + b"\0" * 64 + b"\xff\xff\xff\x7fPAR1", id="parquet-with-a-footer-too-long"),
    pytest.param("a.orc", b"ORC", id="orc-of-its-mark"),
    pytest.param("a.avro", b"Obj\x01", id="avro-of-its-mark"),
    pytest.param("a.json", b"\xff\xfe\x00", id="no-text"),
    pytest.param("a.json", b'{"id": 1', id="json-cut-off"),
]


@pytest.mark.parametrize(("name", "body"), BROKEN)
def test_broken_file_makes_no_table_and_stands_in_no_others_way(crawls: Crawls, name: str, body: bytes) -> None:
    crawls.put(f"raw/broken/{name}", body)
    crawls.put_json("raw/whole/a.json", [{"id": 1}])
    crawls.create()
    assert crawls.run()["State"] == "COMPLETED"
    [table] = crawls.tables().values()
    assert columns(table) == {"id": "int"}


@pytest.mark.parametrize(("name", "body"), BROKEN)
def test_broken_file_beside_good_ones_leaves_their_table(crawls: Crawls, name: str, body: bytes) -> None:
    crawls.put_json("raw/day=1/a.json", [{"id": 1}])
    crawls.put_json("raw/day=2/a.json", [{"id": 2}])
    crawls.put(f"raw/day=2/{name}x", body)
    crawls.create()
    assert crawls.run()["State"] == "COMPLETED"
    assert columns(crawls.tables()["raw"]) == {"id": "int"}
    assert set(crawls.partitions("raw")) == {"1", "2"}
