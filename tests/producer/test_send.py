"""Arrivals through boto3 into a real endpoint, and what is sent again when it refuses some."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from producer import Arrival, DestinationError, Kind, Retry, SendResult, UnsentError, send
from producer.order import digest, event_id
from producer.sender import MAX_RECORD_BYTES

MORNING = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
FAST = Retry(base=0.0)


def arrivals(count: int, *, minutes: int = 0, size: int = 0) -> Iterator[Arrival]:
    for number in range(count):
        data = f'{{"n":{number}}}'.encode().ljust(size)
        yield Arrival(MORNING + timedelta(minutes=minutes * number), data, f"key-{number}")


def test_every_record_is_in_the_stream_and_counted(stream: Any) -> None:
    seen: list[int] = []
    result = send(stream.client(), stream.name, arrivals(1201), progress=seen.append)
    assert sorted(stream.payloads()) == sorted(a.payload for a in arrivals(1201))
    assert (result.records, result.requests, result.retried) == (1201, 3, 0)
    assert result.bytes == sum(len(a.payload) for a in arrivals(1201))
    assert seen == [500, 500, 201]
    assert result.kinds == {Kind.ORDER: 1201}


def test_requests_stay_below_the_size_limit(stream: Any, refusing: Any) -> None:
    send(stream.client(refusing.url), stream.name, arrivals(12, size=900_000))
    assert [len(request) for request in refusing.requests] == [5, 5, 2]
    assert len(stream.payloads()) == 12


def test_only_refused_records_are_sent_again(stream: Any, refusing: Any) -> None:
    refusing.refuse = lambda request, position: request < 2 and position % 7 == 3
    result = send(stream.client(refusing.url), stream.name, arrivals(100), retry=FAST)
    first, second, third = refusing.requests
    assert second == [data for position, data in enumerate(first) if position % 7 == 3]
    assert third == [data for position, data in enumerate(second) if position % 7 == 3]
    assert sorted(stream.payloads()) == sorted(a.payload for a in arrivals(100)), "none lost, none twice"
    assert (result.records, result.retried) == (100, len(second) + len(third))


def test_server_error_sends_the_whole_request_again(stream: Any, refusing: Any) -> None:
    refusing.fail = lambda request: 500 if request < 2 else None
    result = send(stream.client(refusing.url), stream.name, arrivals(30), retry=FAST)
    assert [len(request) for request in refusing.requests] == [30, 30, 30]
    assert len(stream.payloads()) == result.records == 30


def test_gives_up_after_tries_in_vain_and_says_how_many_are_unsent(stream: Any, refusing: Any) -> None:
    refusing.refuse = lambda request, position: request > 0
    with pytest.raises(UnsentError, match=r"refused 120 records 4 times in a row \(slow down\); 500 records") as error:
        send(stream.client(refusing.url), stream.name, arrivals(620), retry=Retry(tries=4, base=0.0))
    assert (error.value.sent, error.value.unsent) == (500, 120)
    assert len(refusing.requests) == 1 + 4
    assert len(stream.payloads()) == 500


def test_a_shard_that_takes_one_record_at_a_time_is_progress(stream: Any, refusing: Any) -> None:
    refusing.refuse = lambda request, position: position > 0
    result = send(stream.client(refusing.url), stream.name, arrivals(15), retry=Retry(tries=2, base=0.0))
    assert result.records == len(stream.payloads()) == 15


def test_waits_grow_and_are_capped(stream: Any, refusing: Any) -> None:
    refusing.refuse = lambda request, position: request < 5
    waits: list[float] = []
    retry = Retry(base=0.1, cap=0.5, sleep=waits.append, random=lambda: 1.0)
    send(stream.client(refusing.url), stream.name, arrivals(1), retry=retry)
    assert waits == [0.2, 0.4, 0.5, 0.5, 0.5]


def test_earlier_records_are_in_the_stream_when_the_hour_is_announced(stream: Any) -> None:
    announced: list[tuple[datetime, int]] = []
    send(
        stream.client(),
        stream.name,
        arrivals(10, minutes=20),  # 8:26, 8:46, 9:06, 9:26, 9:46, 10:06 …
        on_arrival=lambda moment: announced.append((moment, len(stream.payloads()))),
    )
    at = [MORNING + timedelta(minutes=minutes) for minutes in (0, 40, 100, 160)]
    assert announced == list(zip(at, [0, 2, 5, 8], strict=True))


def test_speed_sleeps_by_the_difference_of_arrivals(stream: Any) -> None:
    slept: list[float] = []
    retry = Retry(sleep=slept.append)
    send(stream.client(), stream.name, arrivals(4, minutes=60), speed=3600, retry=retry)
    assert slept == pytest.approx([1, 2, 3], abs=0.5), "sleep does not pass the time here: each is from the start"


def test_missing_stream_fails_at_once_and_names_it(stream: Any) -> None:
    with pytest.raises(DestinationError, match="no stream nowhere at http"):
        send(stream.client(), "nowhere", arrivals(3))


def test_a_record_over_the_limit_is_refused_before_it_is_sent(stream: Any) -> None:
    with pytest.raises(UnsentError, match="over the limit"):
        send(stream.client(), stream.name, arrivals(1, size=MAX_RECORD_BYTES))
    assert stream.payloads() == []


def test_event_ids_as_partition_keys_spread_over_the_shards(stream: Any) -> None:
    keys = (Arrival(MORNING, b"x", event_id(digest([str(n)]), 1)) for n in range(1000))
    send(stream.client(), stream.name, keys)
    assert all(400 < len(shard) < 600 for shard in stream.by_shard())


def test_results_of_several_days_add_up() -> None:
    one = SendResult(records=2, bytes=20, requests=1, first_arrival=MORNING, last_arrival=MORNING)
    later = MORNING + timedelta(days=1)
    other = SendResult(records=3, bytes=30, requests=1, retried=1, first_arrival=later, last_arrival=later)
    total = sum([one, other], SendResult())
    assert (total.records, total.bytes, total.requests, total.retried) == (5, 50, 2, 1)
    assert (total.first_arrival, total.last_arrival) == (MORNING, later)
