"""The Glue Data Catalog from the inside: the same databases, tables and partitions that Glue clients see.

Shapes are those of the Glue API (`Database`, `Table`, `Partition`, and their `…Input`), as plain dicts.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any

from local_aws import base
from local_aws.errors import AwsError

Shape = dict[str, Any]


def _missing(kind: str, name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"{kind} {name} not found.")


def _copied(value: Any) -> Any:
    """A copy down to the scalars; several times quicker than `deepcopy`, which counts for thousands of partitions."""
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


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

    def has_database(self, name: str) -> bool:
        return name.lower() in self._backend.databases

    def database(self, name: str) -> Shape:
        return self._database(self._held(name))

    def create_database(self, database_input: Shape) -> None:
        name = database_input["Name"].lower()
        with self._lock:
            if name in self._backend.databases:
                raise AwsError("AlreadyExistsException", "Database already exists.")
            self._backend.create_database(name, {**database_input, "Name": name})

    def ensure_default(self) -> None:
        """Make the database `default` where there is none, as Athena and Hive's client of Glue do."""
        with self._lock:
            if "default" not in self._backend.databases:
                self.create_database({"Name": "default", "Description": "Default Hive database"})

    def update_database(self, database_input: Shape) -> None:
        """Replace a database's definition."""
        name = database_input["Name"].lower()
        self._held(name).input = {**database_input, "Name": name}

    def functions(self, database: str) -> dict[str, Shape]:
        """The functions defined in a database, by name."""
        return dict(self._held(database).__dict__.get("functions", {}))

    def set_functions(self, database: str, functions: dict[str, Shape]) -> None:
        """Replace all functions of a database."""
        self._held(database).functions = functions

    def delete_database(self, name: str) -> None:
        self._held(name)
        self._backend.delete_database(name.lower())

    # tables
    def tables(self, database: str) -> list[Shape]:
        return [self._table(found) for found in tuple(self._held(database).tables.values())]

    def table_names(self, database: str) -> list[str]:
        """The names of a database's tables, in the order of `tables`, which copies each."""
        return [str(found.name) for found in tuple(self._held(database).tables.values())]

    def table(self, database: str, name: str) -> Shape:
        return self._table(self._found(database, name))

    def edition(self, database: str, name: str) -> tuple[Any, ...]:
        """What is another one whenever a table has changed."""
        found = self._found(database, name)
        return found.created_time, found._current_version

    def find_table(self, database: str, name: str) -> Shape | None:
        """The table, or None; a missing database is an error still."""
        found = self._held(database).tables.get(name.lower())
        return None if found is None else self._table(found)

    def create_table(self, database: str, table_input: Shape) -> None:
        """Deviates: AWS does not say where versions begin; its answers show `VersionId` 0 for a new table."""
        held, name = self._held(database), table_input["Name"].lower()
        with self._lock:
            if name in held.tables:
                raise AwsError("AlreadyExistsException", "Table already exists.")
            made = self._backend.create_table(database.lower(), name, {**_copied(table_input), "Name": name})
            made._current_version, made.versions = 0, {"0": made.versions["1"]}

    def update_table(
        self, database: str, table_input: Shape, expected_version: str | None = None, skip_archive: bool = False
    ) -> None:
        """Replace a table's definition; the old one stays as a version, unless `skip_archive`.

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
            before = str(found._current_version)
            found.update({**_copied(table_input), "Name": name})
            if skip_archive:
                found.versions.pop(before, None)

    def delete_table(self, database: str, name: str) -> None:
        self._found(database, name)
        with self._lock:
            self._backend.databases[database.lower()].tables.pop(name.lower(), None)

    # versions
    def versions(self, database: str, name: str) -> list[Shape]:
        """The definitions that the table has had, the present one first."""
        found = self._found(database, name)
        return [self._table(found, version) for version in sorted(found.versions, key=int, reverse=True)]

    def delete_version(self, database: str, name: str, version: str) -> None:
        """Forget an old definition. :raises AwsError: for one that is not there, and for the present one."""
        found = self._found(database, name)
        with self._lock:
            if version not in found.versions:
                raise _missing("Version", version)
            if version == str(found._current_version):
                raise AwsError("InvalidInputException", f"Version {version} is the current version of table {name}.")
            del found.versions[version]

    # partitions
    def partitions(self, database: str, table: str, chosen: Callable[[list[str]], bool] | None = None) -> list[Shape]:
        """Partitions in the order of their creation; `Values` are strings, as Glue keeps them.

        :param chosen: asked by a partition's values; all partitions without it.
        """
        found = tuple(self._found(database, table).partitions.values())
        return [self._partition(each) for each in found if chosen is None or chosen(each.values)]

    def partitions_page(
        self, database: str, table: str, chosen: Callable[[list[str]], bool], start: int, size: int
    ) -> tuple[list[Shape], bool]:
        """`size` of the chosen partitions from the `start`-th on, and whether more follow."""
        found = tuple(self._found(database, table).partitions.values())
        shown = [each for each in found if chosen(each.values)][start : start + size + 1]
        return [self._partition(each) for each in shown[:size]], len(shown) > size

    def partition_indexes(self, database: str, table: str) -> list[Shape]:
        """The `PartitionIndexDescriptor`s of a table."""
        return [*self._found(database, table).__dict__.get("partition_indexes", [])]

    def set_partition_indexes(self, database: str, table: str, indexes: list[Shape]) -> None:
        """Replace all indexes of a table."""
        self._found(database, table).partition_indexes = indexes

    def partition(self, database: str, table: str, values: list[str]) -> Shape:
        found = self._found(database, table).partitions.get(str(values))
        if found is None:
            raise AwsError("EntityNotFoundException", "Cannot find partition.")
        return self._partition(found)

    def partition_keys(self, database: str, table: str) -> int:
        """How many keys a table is partitioned by."""
        return len(self._found(database, table).as_dict().get("PartitionKeys") or [])

    def create_partitions(self, database: str, table: str, inputs: list[Shape]) -> list[list[str]]:
        """Add partitions; those that exist stay as they are. Returns the `Values` of the added ones."""
        found = self._found(database, table)
        added = []
        with self._lock:
            for each in inputs:
                if str(each["Values"]) not in found.partitions:
                    found.create_partition(_copied(each))
                    added.append(each["Values"])
        return added

    def update_partition(self, database: str, table: str, values: list[str], partition_input: Shape) -> None:
        """Replace a partition's definition, its values too when they are others; its column statistics stay.

        Deviates: AWS does not say what becomes of the statistics.

        :raises AwsError: `EntityNotFoundException`; `AlreadyExistsException` for values that another partition has.
        """
        found = self._found(database, table)
        with self._lock:
            if str(values) not in found.partitions:
                raise AwsError("EntityNotFoundException", "Partition not found.")
            if partition_input["Values"] != values and str(partition_input["Values"]) in found.partitions:
                raise AwsError("AlreadyExistsException", "Partition already exists.")
            statistics = self.column_statistics(database, table, values)
            found.update_partition(values, _copied(partition_input))
            if statistics:
                self.set_column_statistics(database, table, partition_input["Values"], statistics)

    def delete_partition(self, database: str, table: str, values: list[str]) -> None:
        found = self._found(database, table)
        with self._lock:
            if found.partitions.pop(str(values), None) is None:
                raise AwsError("EntityNotFoundException", "Partition not found.")

    def column_statistics(self, database: str, table: str, values: list[str] | None = None) -> dict[str, Shape]:
        """The stored statistics of a table or of one partition, by column; gone with their owner."""
        return dict(self._owner(database, table, values).__dict__.get("column_statistics", {}))

    def set_column_statistics(
        self, database: str, table: str, values: list[str] | None, statistics: dict[str, Shape]
    ) -> None:
        """Replace all stored statistics of a table, or of one partition."""
        with self._lock:
            owner = self._owner(database, table, values)
            if values is None:
                owner.column_statistics = statistics
                return
            changed = copy.copy(owner)  # another object: a partition that is the same one is taken for unchanged
            changed.column_statistics = statistics
            self._found(database, table).partitions[str(values)] = changed

    def _owner(self, database: str, table: str, values: list[str] | None) -> Any:
        found = self._found(database, table)
        if values is None:
            return found
        owner = found.partitions.get(str(values))
        if owner is None:
            raise AwsError("EntityNotFoundException", "Cannot find partition.")
        return owner

    def _held(self, database: str) -> Any:
        """The base's own object of a database."""
        found = self._backend.databases.get(database.lower())
        if found is None:
            raise _missing("Database", database)
        return found

    def _found(self, database: str, name: str) -> Any:
        found = self._held(database).tables.get(name.lower())
        if found is None:
            raise _missing("Table", name)
        return found

    def _database(self, found: Any) -> Shape:
        return {"CatalogId": self._account_id, **_copied(found.as_dict())}

    @staticmethod
    def _table(found: Any, version: str | None = None) -> Shape:
        shape: Shape = _copied(found.as_dict(version))
        shape.setdefault("UpdateTime", shape["CreateTime"])
        shape.setdefault("Parameters", {})
        shape.setdefault("PartitionKeys", [])
        shape.setdefault("StorageDescriptor", {})
        return shape

    @staticmethod
    def _partition(found: Any) -> Shape:
        shape: Shape = _copied(found.as_dict())
        return shape
