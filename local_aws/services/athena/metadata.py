"""Data catalogs, databases and tables as Athena lists them: those of the Glue Data Catalog.

Evidence: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetTableMetadata.html
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from local_aws.errors import AwsError
from local_aws.services.athena import pages
from local_aws.services.athena.workgroups import WorkGroups

Params = dict[str, Any]
CATALOG = "AwsDataCatalog"


class Metadata(WorkGroups):
    """The operations that list what can be queried."""

    def _in_catalog(self, params: Params) -> None:
        name = str(params.get("CatalogName") or params.get("Name") or CATALOG)
        if name.lower() != CATALOG.lower():
            raise self.invalid_request(f"Data catalog {name} was not found")

    def _found(self, call: Any) -> Any:
        """What the catalog answers; its errors wrapped as Athena wraps them: clients look for `Error Code: …`.

        Evidence: https://github.com/DyfanJones/noctua/issues/205, which quotes such a message.
        """
        try:
            return call()
        except AwsError as error:
            said = f"Status Code: {error.status}; Error Code: {error.code}; Request ID: {uuid.uuid4()}; Proxy: null"
            raise AwsError("MetadataException", f"{error.message} (Service: AmazonDataCatalog; {said})") from error

    def list_data_catalogs(self, params: Params) -> Params:
        rows = [{"CatalogName": CATALOG, "Type": "GLUE", "Status": "CREATE_COMPLETE"}]
        return pages.paged("DataCatalogsSummary", rows, params, 50)

    def get_data_catalog(self, params: Params) -> Params:
        self._in_catalog(params)
        return {"DataCatalog": {"Name": CATALOG, "Type": "GLUE", "Parameters": {"catalog-id": self.lake.account_id}}}

    def create_data_catalog(self, params: Params) -> Params:
        """Refused: the account's own Glue Data Catalog is there from the start, under its one name.

        Evidence: https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateDataCatalog.html
        """
        name, kind = params["Name"], params["Type"]
        if name.lower() == CATALOG.lower():
            raise self.invalid_request(f"DataCatalog {name} already exists")
        what = {"GLUE": "a further name for a Glue Data Catalog"}.get(kind, f"data catalogs of the type {kind}")
        raise self.invalid_request(f"local_aws does not support {what}: {name}")

    def list_databases(self, params: Params) -> Params:
        self._in_catalog(params)
        rows = [self._database(each) for each in self.lake.catalog.databases()]
        return pages.paged("DatabaseList", rows, params, 50)

    def get_database(self, params: Params) -> Params:
        self._in_catalog(params)
        return {"Database": self._database(self._found(lambda: self.lake.catalog.database(params["DatabaseName"])))}

    @staticmethod
    def _database(found: Params) -> Params:
        return {key: found.get(key) for key in ("Name", "Description", "Parameters")}

    def list_table_metadata(self, params: Params) -> Params:
        self._in_catalog(params)
        tables = self._found(lambda: self.lake.catalog.tables(params["DatabaseName"]))
        try:
            wanted = re.compile(params.get("Expression", ".*"))
        except re.error as error:
            raise self.invalid_request(f"The expression is no pattern: {error}") from error
        rows = [self._table(each) for each in tables if wanted.fullmatch(each["Name"])]
        return pages.paged("TableMetadataList", sorted(rows, key=lambda each: str(each["Name"])), params, 50)

    def get_table_metadata(self, params: Params) -> Params:
        self._in_catalog(params)
        found = self._found(lambda: self.lake.catalog.table(params["DatabaseName"], params["TableName"]))
        return {"TableMetadata": self._table(found)}

    @staticmethod
    def _table(found: Params) -> Params:
        storage = found["StorageDescriptor"]
        described = {
            "location": storage.get("Location"),
            "inputformat": storage.get("InputFormat"),
            "outputformat": storage.get("OutputFormat"),
            "serde.serialization.lib": (storage.get("SerdeInfo") or {}).get("SerializationLibrary"),
        }
        return {
            "Name": found["Name"],
            "CreateTime": found.get("CreateTime"),
            "TableType": found.get("TableType"),
            "Columns": [_column(each) for each in storage.get("Columns", [])],
            "PartitionKeys": [_column(each) for each in found["PartitionKeys"]],
            "Parameters": {**found["Parameters"], **{key: text for key, text in described.items() if text}},
        }


def _column(found: Params) -> Params:
    return {"Name": found["Name"], "Type": found.get("Type", "string"), "Comment": found.get("Comment")}
