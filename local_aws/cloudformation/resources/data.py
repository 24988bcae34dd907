"""The Glue catalog: databases and tables."""

from __future__ import annotations

from local_aws.api import Api
from local_aws.cloudformation.resources.base import Properties, ResourceError, ResourceType, call, delete


class Database(ResourceType):
    type = "AWS::Glue::Database"
    properties = frozenset({"CatalogId", "DatabaseInput", "DatabaseName"})
    required = frozenset({"CatalogId", "DatabaseInput"})
    create_only = frozenset({"CatalogId", "DatabaseName"})

    def create(self, api: Api, properties: Properties) -> str:
        given = properties["DatabaseInput"]
        name = properties.get("DatabaseName") or given.get("Name")
        if not name:
            raise ResourceError("Property DatabaseInput/Name cannot be empty.")
        call(api, "glue", "CreateDatabase", {"DatabaseInput": {**given, "Name": name}})
        return str(name)

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        given = new["DatabaseInput"]
        if given.get("Name", physical_id) != physical_id:
            raise ResourceError("local_aws does not rename a database: give the new one another logical id")
        call(api, "glue", "UpdateDatabase", {"Name": physical_id, "DatabaseInput": {**given, "Name": physical_id}})

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "glue", "DeleteDatabase", {"Name": physical_id})


class Table(ResourceType):
    type = "AWS::Glue::Table"
    properties = frozenset({"CatalogId", "DatabaseName", "TableInput"})
    required = frozenset({"CatalogId", "DatabaseName", "TableInput"})
    create_only = frozenset({"CatalogId", "DatabaseName"})

    def create(self, api: Api, properties: Properties) -> str:
        call(api, "glue", "CreateTable", {key: properties[key] for key in ("DatabaseName", "TableInput")})
        return str(properties["TableInput"]["Name"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        if new["TableInput"]["Name"] != physical_id:
            raise ResourceError("local_aws does not rename a table: give the new one another logical id")
        call(api, "glue", "UpdateTable", {key: new[key] for key in ("DatabaseName", "TableInput")})

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "glue", "DeleteTable", {"DatabaseName": properties["DatabaseName"], "Name": physical_id})


TYPES = (Database(), Table())
