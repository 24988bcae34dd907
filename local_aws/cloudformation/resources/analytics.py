"""Glue crawlers and Athena workgroups."""

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
)


class Crawler(ResourceType):
    type = "AWS::Glue::Crawler"
    name_property = "Name"
    required = frozenset({"Role", "Targets"})
    properties = frozenset(
        {
            "Name",
            "Role",
            "DatabaseName",
            "Targets",
            "TablePrefix",
            "Description",
            "SchemaChangePolicy",
            "Configuration",
            "RecrawlPolicy",
            "Schedule",
            "Classifiers",
            "Tags",
        }
    )
    create_only = frozenset({"Name"})

    def create(self, api: Api, properties: Properties) -> str:
        call(api, "glue", "CreateCrawler", self._params(properties))
        return str(properties["Name"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        if "Tags" in changed(old, new):
            raise ResourceError("local_aws does not change the tags of a crawler")
        params = self._params({key: value for key, value in new.items() if key != "Tags"})
        call(api, "glue", "UpdateCrawler", {**params, "Name": physical_id})

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "glue", "DeleteCrawler", {"Name": physical_id})

    @staticmethod
    def _params(properties: Properties) -> Properties:
        params = dict(properties)
        if "Schedule" in params:
            params["Schedule"] = params["Schedule"]["ScheduleExpression"]
        return params


class WorkGroup(ResourceType):
    type = "AWS::Athena::WorkGroup"
    name_property = "Name"
    properties = frozenset({"Name", "Description", "State", "WorkGroupConfiguration", "RecursiveDeleteOption", "Tags"})
    create_only = frozenset({"Name"})
    attributes = frozenset({"CreationTime"})

    def create(self, api: Api, properties: Properties) -> str:
        params = picked(properties, "Name", "Description", "Tags")
        if "WorkGroupConfiguration" in properties:
            params["Configuration"] = properties["WorkGroupConfiguration"]
        call(api, "athena", "CreateWorkGroup", params)
        if properties.get("State") == "DISABLED":
            call(api, "athena", "UpdateWorkGroup", {"WorkGroup": properties["Name"], "State": "DISABLED"})
        return str(properties["Name"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        if "Tags" in changed(old, new):
            raise ResourceError("local_aws does not change the tags of a workgroup")
        params = {"WorkGroup": physical_id, **picked(new, "Description", "State")}
        updates = dict(new.get("WorkGroupConfiguration", {}))
        if "ResultConfiguration" in updates:
            updates["ResultConfigurationUpdates"] = updates.pop("ResultConfiguration")
        if "BytesScannedCutoffPerQuery" in old.get("WorkGroupConfiguration", {}).keys() - updates.keys():
            updates["RemoveBytesScannedCutoffPerQuery"] = True
        call(api, "athena", "UpdateWorkGroup", {**params, "ConfigurationUpdates": updates})

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        option = picked(properties, "RecursiveDeleteOption")
        delete(api, "athena", "DeleteWorkGroup", {"WorkGroup": physical_id, **option})

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        found = call(api, "athena", "GetWorkGroup", {"WorkGroup": physical_id})["WorkGroup"]
        return {"CreationTime": str(found.get("CreationTime", ""))}


TYPES = (Crawler(), WorkGroup())
