"""QuickSight data sources."""

from __future__ import annotations

from typing import Any

from local_aws.api import Api
from local_aws.cloudformation.resources.base import (
    Properties,
    ResourceError,
    ResourceType,
    call,
    changed,
    delete,
    picked,
    settle,
)


class DataSource(ResourceType):
    type = "AWS::QuickSight::DataSource"
    required = frozenset({"Name", "Type"})
    properties = frozenset(
        {
            "AwsAccountId",
            "DataSourceId",
            "Name",
            "Type",
            "DataSourceParameters",
            "Credentials",
            "VpcConnectionProperties",
            "SslProperties",
            "Permissions",
            "Tags",
        }
    )
    create_only = frozenset({"AwsAccountId", "DataSourceId", "Type"})
    attributes = frozenset({"Arn", "Status", "CreatedTime", "LastUpdatedTime"})

    def create(self, api: Api, properties: Properties) -> str:
        source = {"AwsAccountId": properties.get("AwsAccountId", api.account_id)}
        source["DataSourceId"] = properties.get("DataSourceId") or properties["Name"]
        call(api, "quicksight", "CreateDataSource", {**properties, **source})
        physical_id = f"{source['AwsAccountId']}|{source['DataSourceId']}"
        self._made(api, physical_id)
        return physical_id

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        source, different = self._source(physical_id), changed(old, new)
        if "Tags" in different:
            raise ResourceError("local_aws does not change the tags of a data source")
        kept = ("Name", "DataSourceParameters", "Credentials", "VpcConnectionProperties", "SslProperties")
        call(api, "quicksight", "UpdateDataSource", {**source, **picked(new, *kept)})
        self._made(api, physical_id)
        if "Permissions" in different:
            before, after = old.get("Permissions", []), new.get("Permissions", [])
            params = {
                "GrantPermissions": after,
                "RevokePermissions": [each for each in before if each not in after],
            }
            given = {key: value for key, value in params.items() if value}
            call(api, "quicksight", "UpdateDataSourcePermissions", {**source, **given})

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "quicksight", "DeleteDataSource", self._source(physical_id))

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        source = call(api, "quicksight", "DescribeDataSource", self._source(physical_id))["DataSource"]
        return {name: str(source[name]) for name in self.attributes if name in source}

    def _made(self, api: Api, physical_id: str) -> None:
        settle(lambda: not self.read(api, physical_id, {})["Status"].endswith("_IN_PROGRESS"))
        status = self.read(api, physical_id, {})["Status"]
        if not status.endswith("_SUCCESSFUL"):
            raise ResourceError(f"the data source ended in {status}")

    @staticmethod
    def _source(physical_id: str) -> Properties:
        account_id, _, data_source_id = physical_id.partition("|")
        return {"AwsAccountId": account_id, "DataSourceId": data_source_id}


TYPES = (DataSource(),)
