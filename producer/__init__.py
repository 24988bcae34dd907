"""The store: replays order files, or simulates a store, into a Kinesis data stream.

    client = kinesis_client(region="us-east-1", endpoint_url=None, profile=None)
    for day, arrivals in by_day(Replay("orders/", first_day=date(2010, 12, 1), days=31)):
        result = send(client, "CadabraOrders", arrivals)

`Replay` and `Simulation` are sources of `Arrival`s, lazily and in order of arrival; `send` returns when the
stream has accepted them, with counts by `Kind`.
"""

from producer.arrival import Arrival, Kind, by_day
from producer.destination import check_stream, follow_clock, kinesis_client
from producer.errors import DestinationError, OrderFileError, ProducerError, UnsentError
from producer.replay import Replay
from producer.sender import Retry, SendResult, send
from producer.simulate import Shares, Simulation

__all__ = [
    "Arrival",
    "DestinationError",
    "Kind",
    "OrderFileError",
    "ProducerError",
    "Replay",
    "Retry",
    "SendResult",
    "Shares",
    "Simulation",
    "UnsentError",
    "by_day",
    "check_stream",
    "follow_clock",
    "kinesis_client",
    "send",
]
