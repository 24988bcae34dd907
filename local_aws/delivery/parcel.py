"""Objects on their way to S3: what one is, in which order they go, and what is measured of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from local_aws.delivery.journal import Segment
from local_aws.metrics import Metrics


@dataclass(frozen=True)
class Parcel:
    """An object on its way. It keeps its name over all attempts, so that a retry cannot deliver twice."""

    bucket: str
    key: str
    payload: bytes
    records: int
    size: int
    oldest: datetime
    segment: Segment
    backup: bool = False
    held_until: datetime | None = None
    """Set for an object that the next one is to overtake: it waits for that one, or until then."""


def in_order(parcels: Iterable[Parcel], now: datetime, everything: bool) -> list[Parcel]:
    """What may go now: an object that is to be overtaken goes after the one that comes after it."""
    going, held = [], []
    for parcel in parcels:
        if parcel.held_until is not None and now < parcel.held_until and not everything:
            held.append(parcel)
        else:
            going += [parcel, *held]
            held = []
    return going


class Samples:
    """The metrics of deliveries: `DeliveryToS3.*` and `BackupToS3.*`.

    Evidence: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._sampled: datetime | None = None

    def tried(self, parcel: Parcel, done: bool) -> None:
        """An object was delivered, or could not be."""
        found: dict[str, float] = {"Success": int(done)}
        if done:
            found |= {"Records": parcel.records, "Bytes": parcel.size}
        self._add(parcel.backup, found)

    def is_due(self, now: datetime) -> bool:
        """Whether this minute's freshness is not sampled yet."""
        return now.replace(second=0, microsecond=0) != self._sampled

    def freshness(self, now: datetime, oldest: dict[bool, list[datetime]], partitions: int) -> None:
        """The age of the oldest record that is not delivered.

        :param oldest: of each kind of destination (whether it is the backup), the arrivals of what waits.
        """
        for backup, waiting in oldest.items():
            age = (now - min(waiting)).total_seconds() if waiting else 0.0
            self._add(backup, {"DataFreshness": max(age, 0.0)})
        if partitions:
            self._metrics.add(PartitionCount=partitions)
        self._sampled = now.replace(second=0, microsecond=0)

    def _add(self, backup: bool, found: dict[str, float]) -> None:
        group = "BackupToS3" if backup else "DeliveryToS3"
        self._metrics.add(**{f"{group}_{name}": value for name, value in found.items()})
