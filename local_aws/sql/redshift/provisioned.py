"""Provisioned clusters as their control plane keeps them: settings, and states that move on the clock.

Evidence: https://docs.aws.amazon.com/redshift/latest/APIReference/API_Cluster.html (states),
https://docs.aws.amazon.com/redshift/latest/mgmt/rs-mgmt-pause-resume-cluster.html
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from local_aws.errors import AwsError

if TYPE_CHECKING:
    from local_aws.lake import Lake

Shape = dict[str, Any]
PORT = 5439
DATABASE = "dev"
AVAILABILITY = {"available": "Available", "modifying": "Modifying", "resizing": "Modifying", "renaming": "Modifying"}
"""`ClusterAvailabilityStatus` of a `ClusterStatus`; all others are `Unavailable`."""


@dataclass(frozen=True)
class Change:
    """A state that passes: what comes after it, when, and which settings it brings."""

    then: str
    due: datetime
    settings: Shape = field(default_factory=dict)


@dataclass
class Cluster:
    """:param key: where its databases lie; it outlives a change of the name.
    :param settings: members of the API's `Cluster` that are kept as they were given.
    """

    identifier: str
    key: str
    namespace: str
    created: datetime
    settings: Shape
    tags: dict[str, str]
    status: str = "creating"
    change: Change | None = None
    resized: Shape | None = None
    """The last resize: target, time, kind."""
    restored: bool = False

    @property
    def database(self) -> str:
        return str(self.settings["DBName"])

    def begin(self, status: str, then: str, due: datetime, settings: Shape | None = None) -> None:
        self.status, self.change = status, Change(then, due, settings or {})

    def settle(self, now: datetime) -> None:
        """Be what is due by now."""
        if self.change is not None and now >= self.change.due:
            settings = dict(self.change.settings)
            self.identifier = settings.pop("ClusterIdentifier", self.identifier)
            self.settings.update(settings)
            self.status, self.change = self.change.then, None


def not_found(identifier: str) -> AwsError:
    return AwsError("ClusterNotFound", f"Cluster {identifier} not found.", 404)


def wrong_state(cluster: Cluster, what: str) -> AwsError:
    """Deviates: AWS does not document the words."""
    return AwsError("InvalidClusterState", f"Cannot {what} cluster {cluster.identifier}: it is {cluster.status}.")


class Clusters:
    """The account's clusters in one region.

    :param pace: how long a passing state (creating, pausing, resizing, …) lasts on the clock. Deviates: no time at all
        unless set; the answer that begins one still shows it, the next shows what it leads to.
    """

    def __init__(self, lake: Lake, pace: timedelta = timedelta(0)) -> None:
        self._lake = lake
        self.lock = threading.RLock()
        self.pace = pace
        self.all: dict[str, Cluster] = {}
        """By the key of their databases."""

    @property
    def due(self) -> datetime:
        """When what begins now is over."""
        return self._lake.clock.now() + self.pace

    def settled(self) -> list[Cluster]:
        """All clusters as they are now, the oldest first."""
        with self.lock:
            now = self._lake.clock.now()
            for cluster in list(self.all.values()):
                cluster.settle(now)
                if cluster.status == "deleted":
                    del self.all[cluster.key]
            return list(self.all.values())

    def find(self, identifier: str) -> Cluster | None:
        """Names are kept in lower case, as the documentation of CreateCluster asks for them."""
        return next((each for each in self.settled() if each.identifier == identifier.lower()), None)

    def get(self, identifier: str) -> Cluster:
        """:raises AwsError: `ClusterNotFound`."""
        found = self.find(identifier)
        if found is None:
            raise not_found(identifier)
        return found

    def in_state(self, identifier: str, what: str, *states: str) -> Cluster:
        """:raises AwsError: `InvalidClusterState`, named by what was to be done."""
        found = self.get(identifier)
        if found.status not in states:
            raise wrong_state(found, what)
        return found

    def add(self, identifier: str, settings: Shape, tags: dict[str, str]) -> Cluster:
        """Begin to create a cluster. :raises AwsError: `ClusterAlreadyExists`."""
        with self.lock:
            if self.find(identifier) is not None:
                raise AwsError("ClusterAlreadyExists", f"Cluster {identifier} already exists.")
            namespace = self._lake.new_id()
            now = self._lake.clock.now()
            made = Cluster(identifier.lower(), f"cluster-{namespace}", namespace, now, settings, tags)
            made.begin("creating", "available", self.due)
            self.all[made.key] = made
            return made

    def host(self, cluster: Cluster) -> str:
        """https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-from-psql.html"""
        return f"{cluster.identifier}.{cluster.namespace[:12]}.{self._lake.region}.redshift.amazonaws.com"

    def arn(self, cluster: Cluster) -> str:
        return self._lake.arn("redshift", f"cluster:{cluster.identifier}")

    def shape(self, cluster: Cluster) -> Shape:
        """The API's `Cluster`."""
        settings = {name: value for name, value in cluster.settings.items() if name not in _OWN}
        pending = dict(cluster.change.settings) if cluster.change is not None else {}
        return {
            **settings,
            "ClusterIdentifier": cluster.identifier,
            "ClusterStatus": cluster.status,
            "ClusterAvailabilityStatus": AVAILABILITY.get(cluster.status, "Unavailable"),
            "Endpoint": None
            if cluster.status == "creating"
            else {"Address": self.host(cluster), "Port": cluster.settings["Port"]},
            "ClusterCreateTime": cluster.created,
            "ClusterNamespaceArn": self._lake.arn("redshift", f"namespace:{cluster.namespace}"),
            "ClusterNodes": _nodes(cluster.settings["NumberOfNodes"]),
            "ClusterSecurityGroups": [],
            "ClusterParameterGroups": [
                {"ParameterGroupName": cluster.settings["ClusterParameterGroupName"], "ParameterApplyStatus": "in-sync"}
            ],
            "VpcSecurityGroups": [
                {"VpcSecurityGroupId": each, "Status": "active"} for each in cluster.settings["VpcSecurityGroupIds"]
            ],
            "IamRoles": [{"IamRoleArn": each, "ApplyStatus": "in-sync"} for each in cluster.settings["IamRoles"]],
            "PendingModifiedValues": {name: pending[name] for name in _PENDING if name in pending},
            "PendingActions": [],
            "RestoreStatus": _restore(cluster) if cluster.restored else None,
            "Tags": [{"Key": key, "Value": value} for key, value in cluster.tags.items()],
        }


_OWN = ("Port", "ClusterParameterGroupName", "VpcSecurityGroupIds", "IamRoles")
_PENDING = ("NodeType", "NumberOfNodes", "ClusterIdentifier", "PubliclyAccessible", "EnhancedVpcRouting")
"""Settings that `PendingModifiedValues` has room for."""


def _nodes(count: int) -> list[Shape]:
    if count == 1:
        return [{"NodeRole": "SHARED"}]
    return [{"NodeRole": "LEADER"}, *({"NodeRole": f"COMPUTE-{number}"} for number in range(count))]


def _restore(cluster: Cluster) -> Shape:
    done = cluster.status != "creating"
    return {"Status": "completed" if done else "restoring", "EstimatedTimeToCompletionInSeconds": 0}
