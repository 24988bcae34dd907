"""The Data Catalog's operations on tables and partitions, as Glue clients call them.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html,
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-partitions.html
"""

from __future__ import annotations

import zlib
from typing import Any

from local_aws import partition_filter
from local_aws.errors import AwsError, Unsupported
from local_aws.partition_indexes import new_indexes
from local_aws.services.base import Service
from local_aws.services.glue_shapes import INVALID, each_of, name_test, page, start_of

Shape = dict[str, Any]

PARTITIONS_PAGE = 1000


class CatalogOperations(Service):
    """Tables, their versions and their partitions."""

    # tables
    def create_table(self, params: Shape) -> None:
        if params.get("OpenTableFormatInput"):
            raise Unsupported("CreateTable with OpenTableFormatInput: have Athena create Iceberg tables")
        table_input = params.get("TableInput") or {"Name": params.get("Name")}
        if not table_input.get("Name"):
            raise AwsError(INVALID, "TableInput must name the table.")
        indexes = params.get("PartitionIndexes") or []
        made = new_indexes(indexes, table_input.get("PartitionKeys") or [], [])
        self.lake.catalog.create_table(params["DatabaseName"], table_input)
        if made:
            self.lake.catalog.set_partition_indexes(params["DatabaseName"], table_input["Name"], made)

    def get_table(self, params: Shape) -> Shape:
        return {"Table": self.lake.catalog.table(params["DatabaseName"], params["Name"])}

    def get_tables(self, params: Shape) -> Shape:
        """https://docs.aws.amazon.com/glue/latest/webapi/API_GetTables.html"""
        database, wanted = params["DatabaseName"], name_test(params.get("Expression"))
        members = _members_of(params.get("AttributesToGet"))
        names, token = page([each for each in self.lake.catalog.table_names(database) if wanted(each)], params)
        tables = (self.lake.catalog.find_table(database, name) for name in names)
        found = [each for each in tables if each is not None]
        return {
            "TableList": [{key: each[key] for key in members or each if key in each} for each in found],
            "NextToken": token,
        }

    def update_table(self, params: Shape) -> None:
        """`VersionId`: the change is refused when another has come since; `SkipArchive` forgets the old version."""
        table_input = params.get("TableInput")
        if params.get("UpdateOpenTableFormatInput") or table_input is None:
            raise Unsupported("UpdateTable without TableInput")
        self.lake.catalog.update_table(
            params["DatabaseName"], table_input, params.get("VersionId"), bool(params.get("SkipArchive"))
        )

    def delete_table(self, params: Shape) -> None:
        self.lake.catalog.delete_table(params["DatabaseName"], params["Name"])

    def batch_delete_table(self, params: Shape) -> Shape:
        database = params["DatabaseName"]
        self.lake.catalog.database(database)
        return each_of(
            params["TablesToDelete"],
            lambda name: {"TableName": name},
            lambda name: self.lake.catalog.delete_table(database, name),
        )

    def search_tables(self, params: Shape) -> Shape:
        """`SearchText` in names, descriptions and columns; filters by `DatabaseName`, `Name` and parameters.

        Deviates: text is found anywhere, filters without a comparator match exactly, other comparators and sorting by
        anything but a string member are refused.
        """
        text = (params.get("SearchText") or "").strip('"').lower()
        tables = [
            table
            for database in self.lake.catalog.databases()
            for table in self.lake.catalog.tables(database["Name"])
            if text in _searched(table) and all(_holds(each, table) for each in params.get("Filters") or [])
        ]
        for each in reversed(params.get("SortCriteria") or []):
            field = each.get("FieldName")
            if field not in {"Name", "DatabaseName", "Owner", "TableType"}:
                raise Unsupported(f"SearchTables sorted by {field}")
            tables.sort(key=lambda table, field=field: str(table.get(field) or ""), reverse=each.get("Sort") == "DESC")  # type: ignore[misc]
        found, token = page(tables, params)
        return {"TableList": found, "NextToken": token}

    # versions
    def get_table_version(self, params: Shape) -> Shape:
        versions = self.lake.catalog.versions(params["DatabaseName"], params["TableName"])
        wanted = params.get("VersionId") or versions[0]["VersionId"]
        for each in versions:
            if each["VersionId"] == wanted:
                return {"TableVersion": {"Table": each, "VersionId": wanted}}
        raise AwsError("EntityNotFoundException", f"Version {wanted} not found.")

    def get_table_versions(self, params: Shape) -> Shape:
        """The newest first."""
        versions = self.lake.catalog.versions(params["DatabaseName"], params["TableName"])
        found, token = page([{"Table": each, "VersionId": each["VersionId"]} for each in versions], params)
        return {"TableVersions": found, "NextToken": token}

    def delete_table_version(self, params: Shape) -> None:
        self.lake.catalog.delete_version(params["DatabaseName"], params["TableName"], params["VersionId"])

    def batch_delete_table_version(self, params: Shape) -> Shape:
        database, table = params["DatabaseName"], params["TableName"]
        self.lake.catalog.table(database, table)
        return each_of(
            params["VersionIds"],
            lambda version: {"TableName": table, "VersionId": version},
            lambda version: self.lake.catalog.delete_version(database, table, version),
        )

    # partitions
    def get_partitions(self, params: Shape) -> Shape:
        """Deviates: which segment a partition is in is its own affair; all segments together are all partitions."""
        database, name = params["DatabaseName"], params["TableName"]
        table = self.lake.catalog.table(database, name)
        wanted = partition_filter.matcher(params.get("Expression"), table["PartitionKeys"])
        segment = params.get("Segment")
        number, total = (segment["SegmentNumber"], segment["TotalSegments"]) if segment else (0, 1)
        if number >= total:
            raise AwsError(INVALID, f"Segment number {number} is not below the number of segments, {total}.")

        def chosen(values: list[str]) -> bool:
            return wanted(values) and (total == 1 or zlib.crc32("/".join(values).encode()) % total == number)

        start, size = start_of(params), params.get("MaxResults") or PARTITIONS_PAGE
        found, more = self.lake.catalog.partitions_page(database, name, chosen, start, size)
        if params.get("ExcludeColumnSchema"):
            for each in found:
                each.get("StorageDescriptor", {}).pop("Columns", None)
        return {"Partitions": found, "NextToken": str(start + size) if more else None}

    def get_partition(self, params: Shape) -> Shape:
        values = params["PartitionValues"]
        return {"Partition": self.lake.catalog.partition(params["DatabaseName"], params["TableName"], values)}

    def batch_get_partition(self, params: Shape) -> Shape:
        """Those that are there; those that are not are in no list, as they are no unprocessed keys."""
        database, table = params["DatabaseName"], params["TableName"]
        wanted = {tuple(each["Values"]) for each in params["PartitionsToGet"]}
        found = self.lake.catalog.partitions(database, table, lambda values: tuple(values) in wanted)
        return {"Partitions": found, "UnprocessedKeys": []}

    def create_partition(self, params: Shape) -> None:
        self._create(params["DatabaseName"], params["TableName"], params["PartitionInput"])

    def batch_create_partition(self, params: Shape) -> Shape:
        database, table = params["DatabaseName"], params["TableName"]
        self.lake.catalog.table(database, table)
        return each_of(
            params["PartitionInputList"],
            lambda each: {"PartitionValues": each.get("Values") or []},
            lambda each: self._create(database, table, each),
        )

    def update_partition(self, params: Shape) -> None:
        self._update(params["DatabaseName"], params["TableName"], params)

    def batch_update_partition(self, params: Shape) -> Shape:
        database, table = params["DatabaseName"], params["TableName"]
        self.lake.catalog.table(database, table)
        return each_of(
            params["Entries"],
            lambda each: {"PartitionValueList": each["PartitionValueList"]},
            lambda each: self._update(database, table, each),
        )

    def delete_partition(self, params: Shape) -> None:
        self.lake.catalog.delete_partition(params["DatabaseName"], params["TableName"], params["PartitionValues"])

    def batch_delete_partition(self, params: Shape) -> Shape:
        database, table = params["DatabaseName"], params["TableName"]
        self.lake.catalog.table(database, table)
        return each_of(
            params["PartitionsToDelete"],
            lambda each: {"PartitionValues": each["Values"]},
            lambda each: self.lake.catalog.delete_partition(database, table, each["Values"]),
        )

    def _create(self, database: str, table: str, partition_input: Shape) -> None:
        self._check_values(database, table, partition_input)
        if not self.lake.catalog.create_partitions(database, table, [partition_input]):
            raise AwsError("AlreadyExistsException", "Partition already exists.")

    def _update(self, database: str, table: str, entry: Shape) -> None:
        known, partition_input = entry["PartitionValueList"], entry["PartitionInput"]
        partition_input = {**partition_input, "Values": partition_input.get("Values") or known}
        self._check_values(database, table, partition_input)
        self.lake.catalog.update_partition(database, table, known, partition_input)

    def _check_values(self, database: str, table: str, partition_input: Shape) -> None:
        if len(partition_input.get("Values") or []) != self.lake.catalog.partition_keys(database, table):
            raise AwsError(INVALID, "The number of partition keys do not match the number of partition values")


def _members_of(attributes: list[str] | None) -> list[str]:
    """The members of a table that `AttributesToGet` names; nothing for all.

    :raises AwsError: if the name is not among them.
    """
    if attributes is None:
        return []
    if "NAME" not in attributes:
        raise AwsError(INVALID, "AttributesToGet must include NAME.")
    return ["Name", *(["TableType"] if "TABLE_TYPE" in attributes else [])]


def _searched(table: Shape) -> str:
    columns = [*table["StorageDescriptor"].get("Columns", []), *table["PartitionKeys"]]
    words = [table["Name"], table.get("Description") or ""]
    return "\n".join([*words, *(f"{each['Name']} {each.get('Comment') or ''}" for each in columns)]).lower()


def _holds(criterion: Shape, table: Shape) -> bool:
    key, value = criterion.get("Key") or "", criterion.get("Value") or ""
    if criterion.get("Comparator", "EQUALS") != "EQUALS":
        raise Unsupported(f"SearchTables with the comparator {criterion['Comparator']}")
    own = {each.lower(): text for each, text in table.items() if isinstance(text, str)}
    found = own.get(key.lower(), table["Parameters"].get(key))
    return found is not None and str(found).lower() == value.lower()
