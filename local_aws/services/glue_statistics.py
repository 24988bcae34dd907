"""Column statistics of tables and partitions: what clients store is what they get; nothing is computed.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-column-statistics.html
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError
from local_aws.services.base import Service

Shape = dict[str, Any]


class ColumnStatisticsOperations(Service):
    """Get, Update and Delete, for tables and for partitions."""

    def update_column_statistics_for_table(self, params: Shape) -> Shape:
        return self._store(params, None)

    def update_column_statistics_for_partition(self, params: Shape) -> Shape:
        return self._store(params, params["PartitionValues"])

    def get_column_statistics_for_table(self, params: Shape) -> Shape:
        return self._read(params, None)

    def get_column_statistics_for_partition(self, params: Shape) -> Shape:
        return self._read(params, params["PartitionValues"])

    def delete_column_statistics_for_table(self, params: Shape) -> None:
        self._forget(params, None)

    def delete_column_statistics_for_partition(self, params: Shape) -> None:
        self._forget(params, params["PartitionValues"])

    def _kept(self, params: Shape, values: list[str] | None) -> dict[str, Shape]:
        return self.lake.catalog.column_statistics(params["DatabaseName"], params["TableName"], values)

    def _replace(self, params: Shape, values: list[str] | None, kept: dict[str, Shape]) -> None:
        self.lake.catalog.set_column_statistics(params["DatabaseName"], params["TableName"], values, kept)

    def _store(self, params: Shape, values: list[str] | None) -> Shape:
        kept, known, errors = self._kept(params, values), self._columns(params), []
        for each in params["ColumnStatisticsList"]:
            if each["ColumnName"].lower() in known:
                kept[each["ColumnName"].lower()] = each
            else:
                detail = _missing(each["ColumnName"])
                errors.append({"ColumnStatistics": each, "Error": detail})
        self._replace(params, values, kept)
        return {"Errors": errors}

    def _read(self, params: Shape, values: list[str] | None) -> Shape:
        kept, names = self._kept(params, values), params["ColumnNames"]
        errors = [{"ColumnName": name, "Error": _missing(name)} for name in names if name.lower() not in kept]
        found = [kept[name.lower()] for name in names if name.lower() in kept]
        return {"ColumnStatisticsList": found, "Errors": errors}

    def _forget(self, params: Shape, values: list[str] | None) -> None:
        kept = self._kept(params, values)
        if kept.pop(params["ColumnName"].lower(), None) is None:
            raise AwsError("EntityNotFoundException", f"Column statistics of {params['ColumnName']} not found.")
        self._replace(params, values, kept)

    def _columns(self, params: Shape) -> set[str]:
        table = self.lake.catalog.table(params["DatabaseName"], params["TableName"])
        columns = [*table["StorageDescriptor"].get("Columns", []), *table["PartitionKeys"]]
        return {each["Name"].lower() for each in columns}


def _missing(name: str) -> Shape:
    return {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Column {name} not found."}
