"""Tags and permissions: kept and shown. local_aws has one user, who may do everything.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_UpdateDataSetPermissions.html and its siblings,
API_TagResource.html (200 tags at most).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.errors import AwsError
from local_aws.services.quicksight.resources import Params, Resource, Resources, after, missing

MAX_TAGS = 200


class SharingOperations(Resources):
    def describe_data_source_permissions(self, params: Params) -> Params:
        source = self.mine("data source", params, "DataSourceId")
        return self.answered(DataSourceArn=source.arn, DataSourceId=source.id, Permissions=_listed(source.permissions))

    def update_data_source_permissions(self, params: Params) -> Params:
        source = self.changed("data source", params, "DataSourceId")
        return self.answered(DataSourceArn=source.arn, DataSourceId=source.id)

    def describe_data_set_permissions(self, params: Params) -> Params:
        data_set = self.mine("data set", params, "DataSetId")
        return self.answered(DataSetArn=data_set.arn, DataSetId=data_set.id, Permissions=_listed(data_set.permissions))

    def update_data_set_permissions(self, params: Params) -> Params:
        data_set = self.changed("data set", params, "DataSetId")
        return self.answered(DataSetArn=data_set.arn, DataSetId=data_set.id)

    def describe_dashboard_permissions(self, params: Params) -> Params:
        found = self.mine("dashboard", params, "DashboardId")
        return self._shared(found)

    def update_dashboard_permissions(self, params: Params) -> Params:
        found = self.changed("dashboard", params, "DashboardId")
        granted, revoked = params.get("GrantLinkPermissions"), params.get("RevokeLinkPermissions")
        found.link_permissions = after(found.link_permissions, granted, revoked)
        return self._shared(found)

    def tag_resource(self, params: Params) -> Params:
        found = self._tagged(params)
        new = {**found.tags, **{each["Key"]: each["Value"] for each in params["Tags"]}}
        if len(new) > MAX_TAGS:
            message = f"A resource has {MAX_TAGS} tags at most"
            raise AwsError("LimitExceededException", message, 409, ResourceType="TAG")
        found.tags = new
        return self.answered()

    def untag_resource(self, params: Params) -> Params:
        found = self._tagged(params)
        found.tags = {key: value for key, value in found.tags.items() if key not in params["TagKeys"]}
        return self.answered()

    def list_tags_for_resource(self, params: Params) -> Params:
        tags = self._tagged(params).tags
        return self.answered(Tags=[{"Key": key, "Value": value} for key, value in tags.items()])

    def _shared(self, found: Any) -> Params:
        links = {"Permissions": _listed(found.link_permissions)} if found.link_permissions else None
        return self.answered(
            DashboardArn=found.arn,
            DashboardId=found.id,
            Permissions=_listed(found.permissions),
            LinkSharingConfiguration=links,
        )

    def _tagged(self, params: Params) -> Resource:
        found = self.by_arn(params["ResourceArn"])
        if found is None:
            raise missing("resource", params["ResourceArn"])
        return found


def _listed(held: Mapping[str, Sequence[str]]) -> list[Params]:
    return [{"Principal": principal, "Actions": actions} for principal, actions in held.items()]
