"""Snapshots of a cluster's databases: copies of their files, from which another cluster begins.

Evidence: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-snapshots.html. Deviates: automated snapshots
are not taken.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from local_aws.errors import AwsError
from local_aws.sql.redshift.provisioned import Cluster

if TYPE_CHECKING:
    from local_aws.lake import Lake
    from local_aws.sql.redshift.engine import RedshiftEngine

Shape = dict[str, Any]
ATTEMPTS = 200
PAUSE = 0.05
KEPT = (
    "AvailabilityZone",
    "ClusterVersion",
    "DBName",
    "Encrypted",
    "EnhancedVpcRouting",
    "KmsKeyId",
    "MaintenanceTrackName",
    "MasterUsername",
    "NodeType",
    "NumberOfNodes",
    "Port",
    "VpcId",
)
"""Settings of the cluster that its snapshot remembers."""


@dataclass
class Snapshot:
    """:param settings: the cluster's at that time."""

    identifier: str
    cluster: str
    cluster_created: datetime
    created: datetime
    settings: Shape
    retention: int
    tags: dict[str, str]
    due: datetime
    size: int = 0
    roles: list[str] = field(default_factory=list)

    def status(self, now: datetime) -> str:
        return "available" if now >= self.due else "creating"

    def remaining(self, now: datetime) -> int:
        """Days until it goes; -1 for one that is kept until it is deleted."""
        if self.retention < 0:
            return -1
        return max(0, (self.created + timedelta(days=self.retention) - now).days)


class Snapshots:
    """The account's snapshots in one region, by identifier."""

    def __init__(self, lake: Lake, engine: RedshiftEngine) -> None:
        self._lake = lake
        self._engine = engine
        self._directory = lake.directory / "redshift" / "snapshots"
        self.all: dict[str, Snapshot] = {}

    def settled(self) -> list[Snapshot]:
        """All that are still kept, the oldest first: one whose retention has passed is removed."""
        now = self._lake.clock.now()
        for each in list(self.all.values()):
            if each.retention >= 0 and now >= each.created + timedelta(days=each.retention):
                self.delete(each.identifier)
        return list(self.all.values())

    def get(self, identifier: str, cluster: str | None = None) -> Snapshot:
        """:raises AwsError: `ClusterSnapshotNotFound`."""
        found = next((each for each in self.settled() if each.identifier == identifier.lower()), None)
        if found is None or (cluster and found.cluster != cluster.lower()):
            raise AwsError("ClusterSnapshotNotFound", f"Snapshot {identifier} not found.", 404)
        return found

    def check_free(self, identifier: str) -> None:
        """:raises AwsError: `ClusterSnapshotAlreadyExists`."""
        if any(each.identifier == identifier.lower() for each in self.settled()):
            raise AwsError(
                "ClusterSnapshotAlreadyExists", f"Cannot create the snapshot {identifier}: it exists already."
            )

    def take(self, cluster: Cluster, identifier: str, retention: int, tags: dict[str, str], due: datetime) -> Snapshot:
        """Copy the cluster's databases as they are now.

        :raises AwsError: `ClusterSnapshotAlreadyExists`; `InvalidClusterState` where writers leave no moment for it.
        """
        self.check_free(identifier)
        place = self._place(identifier)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        size = sum(self._copy(cluster, name, place / f"{name}.duckdb") for name in self._engine.opened(cluster))
        settings = {name: cluster.settings[name] for name in KEPT if name in cluster.settings}
        made = Snapshot(
            identifier.lower(),
            cluster.identifier,
            cluster.created,
            self._lake.clock.now(),
            settings,
            retention,
            tags,
            due,
            size,
            list(cluster.settings["IamRoles"]),
        )
        self.all[made.identifier] = made
        return made

    def delete(self, identifier: str) -> None:
        self.all.pop(identifier.lower(), None)
        shutil.rmtree(self._place(identifier), ignore_errors=True)

    def restore(self, snapshot: Snapshot, cluster: Cluster) -> None:
        """Lay the snapshot's databases where the cluster will look for them."""
        shutil.copytree(self._place(snapshot.identifier), self._engine.folder(cluster.key), dirs_exist_ok=True)

    def arn(self, snapshot: Snapshot) -> str:
        return self._lake.arn("redshift", f"snapshot:{snapshot.cluster}/{snapshot.identifier}")

    def shape(self, snapshot: Snapshot) -> Shape:
        """The API's `Snapshot`."""
        now, megabytes = self._lake.clock.now(), round(snapshot.size / 2**20, 3)
        settings = {name: value for name, value in snapshot.settings.items() if value is not None}
        return {
            **settings,
            "SnapshotIdentifier": snapshot.identifier,
            "SnapshotArn": self.arn(snapshot),
            "ClusterIdentifier": snapshot.cluster,
            "ClusterCreateTime": snapshot.cluster_created,
            "SnapshotCreateTime": snapshot.created,
            "SnapshotRetentionStartTime": snapshot.created,
            "Status": snapshot.status(now),
            "SnapshotType": "manual",
            "OwnerAccount": self._lake.account_id,
            "ManualSnapshotRetentionPeriod": snapshot.retention,
            "ManualSnapshotRemainingDays": snapshot.remaining(now),
            "TotalBackupSizeInMegaBytes": megabytes,
            "ActualIncrementalBackupSizeInMegaBytes": megabytes,
            "BackupProgressInMegaBytes": megabytes,
            "EstimatedSecondsToCompletion": 0,
            "ElapsedTimeInSeconds": 0,
            "EncryptedWithHSM": False,
            "Tags": [{"Key": key, "Value": value} for key, value in snapshot.tags.items()],
        }

    def _place(self, identifier: str) -> Path:
        return self._directory / identifier.lower()

    def _copy(self, cluster: Cluster, name: str, target: Path) -> int:
        """The database's file, copied while nothing is written to it: all is in the file, and it does not change.

        DuckDB writes commits to a log beside the file and moves them into it at a checkpoint, so that a file without a
        log, before and after, is one state of the database. https://duckdb.org/docs/stable/sql/statements/checkpoint
        """
        source = self._engine.folder(cluster.key) / f"{name}.duckdb"
        log = source.with_name(f"{source.name}.wal")
        for _ in range(ATTEMPTS):
            if self._engine.checkpoint(cluster, name) and not _size(log):
                before = source.stat()
                shutil.copyfile(source, target)
                after = source.stat()
                if not _size(log) and (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size):
                    return target.stat().st_size
            time.sleep(PAUSE)
        message = f"Cannot snapshot cluster {cluster.identifier}: statements write to it all the time."
        raise AwsError("InvalidClusterState", message)


def checkpointed(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Whether all that is committed is in the database's file now; not so while a transaction writes."""
    try:
        cursor.execute("CHECKPOINT")
    except duckdb.TransactionException:
        return False
    finally:
        cursor.close()
    return True


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
