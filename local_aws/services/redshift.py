"""Redshift's control plane: provisioned clusters, their snapshots, temporary credentials, tags.

Evidence: https://docs.aws.amazon.com/redshift/latest/APIReference/API_Operations.html. Deviates: passing states last no
time unless `Clusters.pace` is set: the answer that begins one shows it, the next shows what it leads to. Subnet groups,
parameter groups and security groups are the base's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake
from local_aws.services import redshift_settings as settings
from local_aws.services.base import Service
from local_aws.services.redshift_tags import TagOperations, page, tagged
from local_aws.sql.redshift.engine import RedshiftEngine
from local_aws.sql.redshift.provisioned import Cluster, not_found
from local_aws.sql.redshift.snapshots import Snapshot

Params = dict[str, Any]
STEADY = ("available", "paused")


class Redshift(TagOperations, Service):
    name: ClassVar[str] = "redshift"
    whole: ClassVar[bool] = False
    invalid: ClassVar[str] = "ValidationError"
    unsupported: ClassVar[str] = "UnsupportedOperation"

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        engine = lake.engines["REDSHIFT"]
        assert isinstance(engine, RedshiftEngine)
        self._engine, self.clusters, self.snapshots = engine, engine.clusters, engine.snapshots

    def kept_maps(self) -> tuple[tuple[str, dict[Any, Any]], ...]:
        return (("clusters", self.clusters.all), ("snapshots", self.snapshots.all))

    # clusters
    def create_cluster(self, params: Params) -> Params:
        made = settings.created(self.lake, params)
        return self._shown(self.clusters.add(params["ClusterIdentifier"], made, settings.tags_of(params.get("Tags"))))

    def describe_clusters(self, params: Params) -> Params:
        identifier = params.get("ClusterIdentifier")
        found = [self.clusters.get(identifier)] if identifier else self.clusters.settled()
        chosen = [each for each in found if tagged(each.tags, params)]
        return page("Clusters", [self.clusters.shape(each) for each in chosen], params)

    def modify_cluster(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyCluster.html: another identifier or other
        nodes come when the passing state ends."""
        settings.refuse(params)
        with self.clusters.lock:
            cluster = self.clusters.in_state(params["ClusterIdentifier"], "modify", "available")
            if params.get("MasterUserPassword"):
                settings.check_password(params["MasterUserPassword"])
            wanted = {name: params[name] for name in settings.CHANGEABLE if params.get(name) is not None}
            settings.check_groups(self.lake, wanted)
            if any(params.get(name) for name in ("NodeType", "NumberOfNodes", "ClusterType")):
                return self._resize(cluster, params, wanted, "ClassicResize")
            if params.get("NewClusterIdentifier"):
                fresh = settings.check_identifier(params["NewClusterIdentifier"])
                if self.clusters.find(fresh) is not None:
                    raise AwsError("ClusterAlreadyExists", f"Cluster {fresh} already exists.")
                cluster.begin("renaming", "available", self.clusters.due, {**wanted, "ClusterIdentifier": fresh})
            else:
                cluster.begin("modifying", "available", self.clusters.due, wanted)
            return self._shown(cluster)

    def modify_cluster_iam_roles(self, params: Params) -> Params:
        with self.clusters.lock:
            cluster = self.clusters.in_state(params["ClusterIdentifier"], "modify the roles of", "available")
            removed = set(params.get("RemoveIamRoles") or [])
            roles = [each for each in cluster.settings["IamRoles"] if each not in removed]
            roles += [each for each in params.get("AddIamRoles") or [] if each not in roles]
            default = params.get("DefaultIamRoleArn")
            if default and default not in roles:
                raise settings.invalid("The default IAM role must be associated with the cluster.")
            cluster.settings |= {"IamRoles": roles, **({"DefaultIamRoleArn": default} if default else {})}
            return self._shown(cluster)

    def delete_cluster(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_DeleteCluster.html"""
        final = params.get("FinalClusterSnapshotIdentifier")
        if not final and not params.get("SkipFinalClusterSnapshot"):
            message = "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is specified."
            raise settings.combination(message)
        if final and params.get("SkipFinalClusterSnapshot"):
            raise settings.combination("A final snapshot cannot be both named and skipped.")
        with self.clusters.lock:
            states = ("available",) if final else STEADY
            cluster = self.clusters.in_state(params["ClusterIdentifier"], "delete", *states)
            if final:
                self._take(cluster, final, params.get("FinalClusterSnapshotRetentionPeriod"), {})
            cluster.begin("final-snapshot" if final else "deleting", "deleted", self.clusters.due)
            self._engine.stop(cluster)
            self._engine.forget(cluster.key)
            return self._shown(cluster)

    def pause_cluster(self, params: Params) -> Params:
        """Its data stays; statements are refused until it is resumed."""
        return self._pass(params, "pause", "available", "pausing", "paused")

    def resume_cluster(self, params: Params) -> Params:
        return self._pass(params, "resume", "paused", "resuming", "available")

    def reboot_cluster(self, params: Params) -> Params:
        """Sessions end, data stays."""
        return self._pass(params, "reboot", "available", "rebooting", "available")

    def _pass(self, params: Params, what: str, state: str, passing: str, then: str) -> Params:
        with self.clusters.lock:
            cluster = self.clusters.in_state(params["ClusterIdentifier"], what, state)
            cluster.begin(passing, then, self.clusters.due)
            self._engine.stop(cluster)
            return self._shown(cluster)

    def _shown(self, cluster: Cluster) -> Params:
        return {"Cluster": self.clusters.shape(cluster)}

    # nodes
    def resize_cluster(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_ResizeCluster.html"""
        settings.refuse(params)
        with self.clusters.lock:
            cluster = self.clusters.in_state(params["ClusterIdentifier"], "resize", "available")
            return self._resize(cluster, params, {}, "ClassicResize" if params.get("Classic") else "ElasticResize")

    def _resize(self, cluster: Cluster, params: Params, wanted: Params, kind: str) -> Params:
        now, due = self.lake.clock.now(), self.clusters.due
        node_type = params.get("NodeType") or cluster.settings["NodeType"]
        target = settings.nodes(params, node_type, cluster.settings["NumberOfNodes"])
        cluster.resized = {**target, "kind": kind, "began": now, "due": due}
        cluster.begin("resizing", "available", due, {**wanted, **target})
        return self._shown(cluster)

    def describe_resize(self, params: Params) -> Params:
        cluster = self.clusters.get(params["ClusterIdentifier"])
        if cluster.resized is None:
            raise AwsError("ResizeNotFound", f"No resize of cluster {cluster.identifier} was found.", 404)
        target, now = cluster.resized, self.lake.clock.now()
        done = now >= target["due"]
        return {
            "TargetNodeType": target["NodeType"],
            "TargetNumberOfNodes": target["NumberOfNodes"],
            "TargetClusterType": "multi-node" if target["NumberOfNodes"] > 1 else "single-node",
            "Status": "SUCCEEDED" if done else "IN_PROGRESS",
            "ResizeType": target["kind"],
            "ElapsedTimeInSeconds": int((min(now, target["due"]) - target["began"]).total_seconds()),
            "EstimatedTimeToCompletionInSeconds": max(0, int((target["due"] - now).total_seconds())),
        }

    # snapshots
    def create_cluster_snapshot(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateClusterSnapshot.html"""
        with self.clusters.lock:
            cluster = self.clusters.in_state(params["ClusterIdentifier"], "snapshot", "available")
            tags = settings.tags_of(params.get("Tags"))
            made = self._take(cluster, params["SnapshotIdentifier"], params.get("ManualSnapshotRetentionPeriod"), tags)
        return {"Snapshot": {**self.snapshots.shape(made), "Status": "creating"}}

    def _take(self, cluster: Cluster, identifier: str, days: int | None, tags: dict[str, str]) -> Snapshot:
        if not settings.IDENTIFIER.fullmatch(identifier.lower()[:63]) or len(identifier) > 255:
            raise settings.invalid(f"Invalid snapshot identifier {identifier!r}.")
        kept = settings.retention(cluster.settings["ManualSnapshotRetentionPeriod"] if days is None else days)
        return self.snapshots.take(cluster, identifier, kept, tags, self.clusters.due)

    def describe_cluster_snapshots(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeClusterSnapshots.html"""
        if params.get("SnapshotIdentifier"):
            found = [self.snapshots.get(params["SnapshotIdentifier"], params.get("ClusterIdentifier"))]
        else:
            found = self.snapshots.settled()
        cluster, kind = (params.get("ClusterIdentifier") or "").lower(), params.get("SnapshotType") or "manual"
        if cluster and params.get("ClusterExists") and self.clusters.find(cluster) is None:
            raise not_found(cluster)
        chosen = [
            each
            for each in found
            if cluster in {"", each.cluster}
            and kind == "manual"
            and params.get("SnapshotArn") in {None, self.snapshots.arn(each)}
            and params.get("OwnerAccount") in {None, self.lake.account_id}
            and _within(each.created, params)
            and tagged(each.tags, params)
        ]
        for sorting in params.get("SortingEntities") or []:
            keys = {"SOURCE_TYPE": lambda each: "manual", "TOTAL_SIZE": lambda each: each.size}
            newest_last = sorting.get("SortOrder") == "DESC"
            chosen.sort(key=keys.get(sorting["Attribute"], lambda each: each.created), reverse=newest_last)
        return page("Snapshots", [self.snapshots.shape(each) for each in chosen], params)

    def delete_cluster_snapshot(self, params: Params) -> Params:
        found = self.snapshots.get(params["SnapshotIdentifier"], params.get("SnapshotClusterIdentifier"))
        if found.status(self.lake.clock.now()) != "available":
            message = f"The snapshot {found.identifier} is still being created."
            raise AwsError("InvalidClusterSnapshotState", message)
        shape = self.snapshots.shape(found)
        self.snapshots.delete(found.identifier)
        return {"Snapshot": {**shape, "Status": "deleted"}}

    def restore_from_cluster_snapshot(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_RestoreFromClusterSnapshot.html"""
        arn = params.get("SnapshotArn")
        if bool(arn) == bool(params.get("SnapshotIdentifier")):
            raise settings.combination("Give either SnapshotIdentifier or SnapshotArn.")
        name = params.get("SnapshotIdentifier") or str(arn).rpartition("/")[2]
        with self.clusters.lock:
            found = self.snapshots.get(name, params.get("SnapshotClusterIdentifier"))
            if found.status(self.lake.clock.now()) != "available":
                raise AwsError("InvalidClusterSnapshotState", f"The snapshot {found.identifier} is not available yet.")
            wanted = settings.restored(self.lake, params, found.settings, found.roles)
            made = self.clusters.add(params["ClusterIdentifier"], wanted, {})
            made.restored = True
            self.snapshots.restore(found, made)
            return self._shown(made)

    # credentials
    def get_cluster_credentials(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html

        Deviates: the wire protocol that the password is for is not served.
        """
        prefix = "IAMA" if params.get("AutoCreate") else "IAM"
        return self._credentials(params, f"{prefix}:{params['DbUser']}")

    def get_cluster_credentials_with_iam(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentialsWithIAM.html

        Deviates: the wire protocol that the password is for is not served; the identity is always the root's.
        """
        found = self._credentials(params, "IAM:root")
        seconds = params.get("DurationSeconds") or 900
        return {**found, "NextRefreshTime": self.lake.clock.now() + timedelta(seconds=seconds // 2)}

    def _credentials(self, params: Params, user: str) -> Params:
        if not params.get("ClusterIdentifier"):
            raise Unsupported("Redshift credentials by CustomDomainName")
        self.clusters.get(params["ClusterIdentifier"])
        seconds = params.get("DurationSeconds") or 900
        if not 900 <= seconds <= 3600:
            raise settings.invalid("Token duration must be between 900 and 3600 seconds")
        expires = self.lake.clock.now() + timedelta(seconds=seconds)
        return {"DbUser": user, "DbPassword": self.lake.new_id().replace("-", ""), "Expiration": expires}

    # what the base would answer without knowing our clusters
    def describe_logging_status(self, params: Params) -> Params:
        self.clusters.get(params["ClusterIdentifier"])
        return {"LoggingEnabled": False}

    def enable_logging(self, params: Params) -> Params:
        raise Unsupported("Redshift audit logging (EnableLogging)")

    def disable_logging(self, params: Params) -> Params:
        return self.describe_logging_status(params)

    def enable_snapshot_copy(self, params: Params) -> Params:
        raise Unsupported("Redshift snapshot copies to another region (EnableSnapshotCopy)")

    disable_snapshot_copy = modify_snapshot_copy_retention_period = enable_snapshot_copy


def _within(moment: datetime, params: Params) -> bool:
    start, end = params.get("StartTime"), params.get("EndTime")
    return (start is None or moment >= start) and (end is None or moment <= end)
