"""Tags and permissions: kept and shown. local_aws has one user, who may do everything.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_UpdateDataSetPermissions.html and its siblings,
API_TagResource.html (200 tags at most).
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError
from local_aws.services.quicksight.resources import Params, Resource, Resources, missing, refuse

MAX_TAGS = 200


class SharingOperations(Resources):
    def describe_data_source_permissions(self, params: Params) -> Params:
        source = self._mine("data source", params, "DataSourceId")
        return self.answered(DataSourceArn=source.arn, DataSourceId=source.id, Permissions=_listed(source))

    def update_data_source_permissions(self, params: Params) -> Params:
        source = self._changed("data source", params, "DataSourceId")
        return self.answered(DataSourceArn=source.arn, DataSourceId=source.id)

    def describe_data_set_permissions(self, params: Params) -> Params:
        data_set = self._mine("data set", params, "DataSetId")
        return self.answered(DataSetArn=data_set.arn, DataSetId=data_set.id, Permissions=_listed(data_set))

    def update_data_set_permissions(self, params: Params) -> Params:
        data_set = self._changed("data set", params, "DataSetId")
        return self.answered(DataSetArn=data_set.arn, DataSetId=data_set.id)

    def describe_dashboard_permissions(self, params: Params) -> Params:
        found = self._mine("dashboard", params, "DashboardId")
        return self.answered(DashboardArn=found.arn, DashboardId=found.id, Permissions=_listed(found))

    def update_dashboard_permissions(self, params: Params) -> Params:
        refuse(params, "GrantLinkPermissions", "RevokeLinkPermissions")
        found = self._changed("dashboard", params, "DashboardId")
        return self.answered(DashboardArn=found.arn, DashboardId=found.id, Permissions=_listed(found))

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

    def _tagged(self, params: Params) -> Resource:
        found = self.by_arn(params["ResourceArn"])
        if found is None:
            raise missing("resource", params["ResourceArn"])
        return found

    def _mine(self, kind: str, params: Params, key: str) -> Any:
        self.own(params)
        return self.find(kind, params[key])

    def _changed(self, kind: str, params: Params, key: str) -> Any:
        found = self._mine(kind, params, key)
        for grant in params.get("GrantPermissions") or ():
            actions = found.permissions.setdefault(grant["Principal"], [])
            actions.extend(action for action in grant["Actions"] if action not in actions)
        for revoked in params.get("RevokePermissions") or ():
            kept = [a for a in found.permissions.get(revoked["Principal"], ()) if a not in revoked["Actions"]]
            found.permissions[revoked["Principal"]] = kept
        found.permissions = {principal: actions for principal, actions in found.permissions.items() if actions}
        return found


def _listed(found: Resource) -> list[Params]:
    return [{"Principal": principal, "Actions": actions} for principal, actions in found.permissions.items()]
