"""The Glue Data Catalog from the inside: the same databases, tables and partitions that Glue clients see.

Shapes are those of the Glue API (`Database`, `Table`, `Partition`, and their `…Input`), as plain dicts.
"""

from __future__ import annotations

import copy
import threading
from typing import Any

from local_aws import base
from local_aws.errors import AwsError

Shape = dict[str, Any]


def _missing(kind: str, name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"{kind} {name} not found.")


class Catalog:
    """The account's Data Catalog in one region. Names are looked up in lower case, as Glue stores them.

    Every method that names a database or table raises `AwsError("EntityNotFoundException")` if it is not there.
    Evidence: https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html
    """

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region
        self._lock = threading.RLock()

    @property
    def _backend(self) -> Any:
        return base.backend("glue", self._account_id, self._region)

    # databases
    def databases(self) -> list[Shape]:
        return [self._database(found) for found in self._backend.databases.values()]

    def database(self, name: str) -> Shape:
        found = self._backend.databases.get(name.lower())
        if found is None:
            raise _missing("Database", name)
        return self._database(found)

    def create_database(self, database_input: Shape) -> None:
        name = database_input["Name"].lower()
        with self._lock:
            if name in self._backend.databases:
                raise AwsError("AlreadyExistsException", "Database already exists.")
            self._backend.create_database(name, {**database_input, "Name": name})

    def delete_database(self, name: str) -> None:
        self.database(name)
        self._backend.delete_database(name.lower())

    # tables
    def tables(self, database: str) -> list[Shape]:
        self.database(database)
        return [self._table(found) for found in tuple(self._backend.databases[database.lower()].tables.values())]

    def table(self, database: str, name: str) -> Shape:
        return self._table(self._found(database, name))

    def find_table(self, database: str, name: str) -> Shape | None:
        """The table, or None; a missing database is an error still."""
        self.database(database)
        found = self._backend.databases[database.lower()].tables.get(name.lower())
        return None if found is None else self._table(found)

    def create_table(self, database: str, table_input: Shape) -> None:
        self.database(database)
        name = table_input["Name"].lower()
        with self._lock:
            if name in self._backend.databases[database.lower()].tables:
                raise AwsError("AlreadyExistsException", "Table already exists.")
            self._backend.create_table(database.lower(), name, {**copy.deepcopy(table_input), "Name": name})

    def update_table(self, database: str, table_input: Shape, expected_version: str | None = None) -> None:
        """Replace a table's definition; the old one stays as a version.

        :param expected_version: the `VersionId` that the change is based on; when another has come since, nothing
            is changed and `ConcurrentModificationException` is raised (UpdateTable's `VersionId`, which Iceberg
            commits rely on).
        """
        name = table_input["Name"].lower()
        with self._lock:
            found = self._found(database, name)
            if expected_version is not None and found.as_dict()["VersionId"] != expected_version:
                raise AwsError(
                    "ConcurrentModificationException", "Update table failed due to concurrent modifications."
                )
            found.update({**copy.deepcopy(table_input), "Name": name})

    def delete_table(self, database: str, name: str) -> None:
        self._found(database, name)
        self._backend.delete_table(database.lower(), name.lower())

    # partitions
    def partitions(self, database: str, table: str) -> list[Shape]:
        """All partitions, in the order of their creation; `Values` are strings, as Glue keeps them."""
        found = self._found(database, table)
        return [self._partition(each) for each in tuple(found.partitions.values())]

    def create_partitions(self, database: str, table: str, inputs: list[Shape]) -> list[list[str]]:
        """Add partitions; those that exist stay as they are. Returns the `Values` of the added ones."""
        found = self._found(database, table)
        added = []
        with self._lock:
            for each in inputs:
                if str(each["Values"]) not in found.partitions:
                    found.create_partition(copy.deepcopy(each))
                    added.append(each["Values"])
        return added

    def update_partition(self, database: str, table: str, values: list[str], partition_input: Shape) -> None:
        self._found(database, table).update_partition(values, copy.deepcopy(partition_input))

    def delete_partition(self, database: str, table: str, values: list[str]) -> None:
        found = self._found(database, table)
        if found.partitions.pop(str(values), None) is None:
            raise _missing("Partition", str(values))

    def _found(self, database: str, name: str) -> Any:
        self.database(database)
        found = self._backend.databases[database.lower()].tables.get(name.lower())
        if found is None:
            raise _missing("Table", name)
        return found

    def _database(self, found: Any) -> Shape:
        return {"CatalogId": self._account_id, **copy.deepcopy(found.as_dict())}

    @staticmethod
    def _table(found: Any) -> Shape:
        shape: Shape = copy.deepcopy(found.as_dict())
        shape.setdefault("Parameters", {})
        shape.setdefault("PartitionKeys", [])
        shape.setdefault("StorageDescriptor", {})
        return shape

    @staticmethod
    def _partition(found: Any) -> Shape:
        shape: Shape = copy.deepcopy(found.as_dict())
        return shape
