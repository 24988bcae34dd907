"""The append log of a shard against a plain list, and the delivery buffer against a clock that nobody ticks."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_aws.clock import Clock
from local_aws.delivery.destination import S3Destination
from local_aws.delivery.hose import Hose
from local_aws.delivery.journal import Journal
from local_aws.metrics import Metrics
from local_aws.objects import ObjectStore
from local_aws.server import LocalAws
from local_aws.streams import shard
from local_aws.streams.shard import ShardLog

START = datetime(2010, 12, 1, tzinfo=UTC)
RECORDS = st.lists(st.tuples(st.text(min_size=1, max_size=5), st.binary(max_size=40)), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(
    batches=st.lists(RECORDS, max_size=12),
    horizon=st.integers(0, 14),
    position=st.integers(0, 60),
    limit=st.integers(1, 30),
)
def test_log_reads_like_a_list_that_forgets(
    batches: list[list[tuple[str, bytes]]], horizon: int, position: int, limit: int
) -> None:
    kept: list[tuple[int, datetime, str, bytes]] = []
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setattr(shard, "SEGMENT_BYTES", 100)
        log = ShardLog(Path(directory) / "shard")
        for hour, batch in enumerate(batches):
            arrived = START + timedelta(hours=hour)
            first = log.append(batch, arrived)
            kept += [(first + index, arrived, key, data) for index, (key, data) in enumerate(batch)]
        log.trim(START + timedelta(hours=horizon))
        kept = [each for each in kept if each[1] >= START + timedelta(hours=horizon)]
        assert [tuple(each) for each in log.read(0, 10_000, 10**9)] == kept
        assert [tuple(each) for each in log.read(position, limit, 10**9)] == [x for x in kept if x[0] >= position][
            :limit
        ]
        unread = [each[1] for each in kept if each[0] >= position]
        assert log.oldest_after(position) == (unread[0] if unread else None)
        if not kept:
            assert [path.stat().st_size for path in (Path(directory) / "shard").glob("[0-9]*")] in ([], [0])
        log.close()
        again = ShardLog(Path(directory) / "shard")
        assert [tuple(each) for each in again.read(0, 10_000, 10**9)] == kept
        assert again.next_position == sum(len(batch) for batch in batches)
        again.close()


def test_records_trimmed_within_a_segment_stay_so_when_the_log_is_opened_again(tmp_path: Path) -> None:
    log = ShardLog(tmp_path / "shard")
    for hour, data in enumerate([b"old", b"kept", b"new"]):
        log.append([("k", data)], START + timedelta(hours=hour))
    log.trim(START + timedelta(minutes=30))
    log.close()
    again = ShardLog(tmp_path / "shard")
    assert [(each.position, each.data) for each in again.read(0, 10, 10**6)] == [(1, b"kept"), (2, b"new")]
    again.close()


def test_half_a_batch_of_a_killed_process_is_dropped_and_the_log_goes_on(tmp_path: Path) -> None:
    log = ShardLog(tmp_path / "shard")
    log.append([("k", b"one"), ("k", b"two")], START)
    log.append([("k", b"torn")], START)
    log.close()
    [file] = (tmp_path / "shard").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    again = ShardLog(tmp_path / "shard")
    assert again.append([("k", b"three")], START + timedelta(hours=1)) == 2
    again.close()
    third = ShardLog(tmp_path / "shard")
    assert [each.data for each in third.read(0, 10, 10**6)] == [b"one", b"two", b"three"]
    assert third.position_at(START + timedelta(minutes=1)) == 2
    third.close()


def test_writing_gives_back_the_disk_of_records_past_their_retention(local_aws: LocalAws, account_id: str) -> None:
    lake = local_aws.app.account(account_id, "us-east-1").lake
    lake.api.client("kinesis").create_stream(StreamName="s", ShardCount=1)

    def files() -> list[str]:
        return [path.name for path in (lake.directory / "kinesis").rglob("[0-9]*") if path.is_file()]

    try:
        local_aws.clock.set(START)
        lake.api.client("kinesis").put_record(StreamName="s", Data=b"old", PartitionKey="k")
        assert files() == [f"{0:020d}"]
        local_aws.clock.set(START + timedelta(days=2))
        lake.api.client("kinesis").put_record(StreamName="s", Data=b"new", PartitionKey="k")
        assert files() == [f"{1:020d}"]
    finally:
        local_aws.clock.set(datetime.now(UTC))


def test_put_after_the_interval_delivers_first_even_if_no_tick_came(local_aws: LocalAws, account_id: str) -> None:
    lake = local_aws.app.account(account_id, "us-east-1").lake
    lake.api.client("s3").create_bucket(Bucket=f"late-{account_id}")
    destination = S3Destination.of({"BucketARN": f"arn:aws:s3:::late-{account_id}"}, lake)
    metrics = Metrics(account_id, "us-east-1", Clock(), "AWS/Firehose", {"DeliveryStreamName": "h"})
    hose = Hose(
        "h", destination, Journal(lake.directory / "journal"), ObjectStore(account_id, "us-east-1"), Clock(), metrics
    )
    hose.put([b"day 1"], START)
    hose.put([b"day 2"], START + timedelta(days=1))
    hose.flush()
    listed = lake.objects.listing(f"late-{account_id}")
    assert {each.key[:10]: each.path.read_bytes() for each in listed} == {
        "2010/12/01": b"day 1",
        "2010/12/02": b"day 2",
    }
    assert hose.pending == 0
