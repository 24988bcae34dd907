"""Tags of Redshift's resources, and how its lists are filtered by them and paged.

Evidence: https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateTags.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_aws import base
from local_aws.errors import AwsError
from local_aws.services.redshift_settings import invalid, tags_of

if TYPE_CHECKING:
    from local_aws.lake import Lake
    from local_aws.sql.redshift.provisioned import Clusters
    from local_aws.sql.redshift.snapshots import Snapshots

Params = dict[str, Any]
PAGE = 100


class TagOperations:
    """Clusters and snapshots are ours, groups are the base's."""

    lake: Lake
    clusters: Clusters
    snapshots: Snapshots

    def create_tags(self, params: Params) -> Params:
        fresh = tags_of(params["Tags"])
        if (own := self._own(params["ResourceName"])) is not None:
            own.update(fresh)
            return {}
        self._base_resource(params["ResourceName"]).create_tags([{"Key": k, "Value": v} for k, v in fresh.items()])
        return {}

    def delete_tags(self, params: Params) -> Params:
        if (own := self._own(params["ResourceName"])) is not None:
            for key in params["TagKeys"]:
                own.pop(key, None)
            return {}
        self._base_resource(params["ResourceName"]).delete_tags(params["TagKeys"])
        return {}

    def describe_tags(self, params: Params) -> Params:
        name, kind = params.get("ResourceName"), (params.get("ResourceType") or "").lower()
        if name and kind:
            raise invalid("ResourceName and ResourceType cannot be given together.")
        found = [
            {"ResourceName": arn, "ResourceType": kind_of, "Tag": {"Key": key, "Value": value}}
            for arn, kind_of, tags in self._all()
            if name in {None, arn} and kind in {"", kind_of}
            for key, value in tags.items()
            if tagged({key: value}, params)
        ]
        if name and not found and self._own(name) is None:
            self._base_resource(name)
        return page("TaggedResources", found, params)

    def _all(self) -> list[tuple[str, str, dict[str, str]]]:
        """ARN, type and tags of everything."""
        found = [(self.clusters.arn(each), "cluster", each.tags) for each in self.clusters.settled()]
        found += [(self.snapshots.arn(each), "snapshot", each.tags) for each in self.snapshots.settled()]
        known = base.backend("redshift", self.lake.account_id, self.lake.region)
        for kind in ("parametergroup", "securitygroup", "subnetgroup"):
            resources = known.RESOURCE_TYPE_MAP[kind].values()
            found += [(each.arn, kind, tags_of(each.tags)) for each in resources]
        return found

    def _own(self, arn: str) -> dict[str, str] | None:
        """The tags of a cluster or snapshot of ours; None for other resources.

        :raises AwsError: `ResourceNotFoundFault` for one that is not there.
        """
        if arn.split(":")[5:6] not in (["cluster"], ["snapshot"]):
            return None
        found = next((tags for each, _, tags in self._all() if each == arn), None)
        if found is None:
            raise _missing(arn)
        return found

    def _base_resource(self, arn: str) -> Any:
        known = base.backend("redshift", self.lake.account_id, self.lake.region)
        for resources in known.RESOURCE_TYPE_MAP.values():
            for each in resources.values():
                if each.arn == arn:
                    return each
        raise _missing(arn)


def _missing(arn: str) -> AwsError:
    return AwsError("ResourceNotFoundFault", f"Resource {arn} not found.", 404)


def tagged(tags: dict[str, str], params: Params) -> bool:
    """Whether a resource has any of the keys and values that a list is asked for."""
    keys, values = params.get("TagKeys") or [], params.get("TagValues") or []
    return not (keys or values) or any(key in keys or value in values for key, value in tags.items())


def page(member: str, found: list[Params], params: Params) -> Params:
    """`MaxRecords` (20 to 100) and `Marker`, as all of Redshift's lists take them."""
    size, marker = params.get("MaxRecords") or PAGE, params.get("Marker") or "0"
    if not 20 <= size <= PAGE:
        raise invalid(f"Invalid value {size} for MaxRecords. Must be between 20 and {PAGE}.")
    if not marker.isdigit():
        raise invalid("Marker is not valid.")
    start = int(marker)
    following = str(start + size) if start + size < len(found) else None
    return {member: found[start : start + size], "Marker": following}
