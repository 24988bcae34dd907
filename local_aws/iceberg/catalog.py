"""Iceberg tables in our Glue catalog, in process: pyiceberg's own Glue catalog over `lake.catalog` and `lake.objects`.

Evidence: https://iceberg.apache.org/docs/latest/aws/#glue-catalog and
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html (UpdateTable's `VersionId`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, TypeVar

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.io import FileIO
from pyiceberg.manifest import ManifestEntry, ManifestFile
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import StagedTable, Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Snapshot

from local_aws.catalog import Catalog
from local_aws.errors import AwsError
from local_aws.iceberg.io import ObjectIO
from local_aws.objects import ObjectStore, split_uri

Shape = dict[str, Any]
Value = TypeVar("Value")

GLUE_PARAMETERS = ("table_type", "metadata_location", "previous_metadata_location")
"""What Iceberg keeps in Glue; a table's own properties are in its metadata file."""


class _Exceptions:
    """The exception classes of a boto3 Glue client, as far as pyiceberg catches them."""

    class AlreadyExistsException(Exception):  # noqa: N818 - AWS's name
        pass

    class EntityNotFoundException(Exception):  # noqa: N818
        pass

    class ConcurrentModificationException(Exception):  # noqa: N818
        pass

    class InvalidInputException(Exception):  # noqa: N818
        pass


class _GlueClient:
    """The part of a boto3 Glue client that pyiceberg's Glue catalog calls, answered without HTTP."""

    exceptions = _Exceptions

    def __init__(self, catalog: Catalog, objects: ObjectStore) -> None:
        self._catalog = catalog
        self._objects = objects

    @staticmethod
    def _typed(call: Callable[[], Value]) -> Value:
        try:
            return call()
        except AwsError as error:
            kind = getattr(_Exceptions, error.code, None)
            if kind is None:
                raise
            raise kind(error.message) from error

    def get_database(self, *, Name: str) -> Shape:  # noqa: N803 - boto3's names
        return {"Database": self._typed(lambda: self._catalog.database(Name))}

    def get_table(self, *, DatabaseName: str, Name: str) -> Shape:  # noqa: N803
        found = self._typed(lambda: self._catalog.table(DatabaseName, Name))
        return {"Table": {**found, "DatabaseName": DatabaseName}}

    def create_table(self, *, DatabaseName: str, TableInput: Shape) -> None:  # noqa: N803
        self._typed(lambda: self._catalog.create_table(DatabaseName, self._table_input({}, TableInput)))

    def update_table(self, *, DatabaseName: str, TableInput: Shape, SkipArchive: bool, VersionId: str) -> None:  # noqa: N803
        location = TableInput["Parameters"]["metadata_location"]
        try:
            now = self._catalog.table(DatabaseName, TableInput["Name"])
            table_input = self._table_input(now, TableInput)
            self._typed(lambda: self._catalog.update_table(DatabaseName, table_input, VersionId))
        except Exception:
            self._objects.delete(*split_uri(location))  # metadata that no table will ever point to
            raise

    @staticmethod
    def _table_input(now: Shape, new: Shape) -> Shape:
        kept = {name: text for name, text in now.get("Parameters", {}).items() if name not in GLUE_PARAMETERS}
        pointers = {name: new["Parameters"][name] for name in GLUE_PARAMETERS if name in new["Parameters"]}
        described = {name: now[name] for name in ("Description", "Owner") if now.get(name)}
        return {**described, **new, "Parameters": {**kept, **pointers}}


class _Recent:
    """The most recently used of some immutable things."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]  # type: ignore[no-any-return]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made


class Tables(GlueCatalog):
    """The Iceberg tables of one lake. Metadata files, manifest lists and manifests never change: each is parsed once.

    :param now: the lake's clock: what a commit and a snapshot are stamped with.
    """

    def __init__(self, catalog: Catalog, objects: ObjectStore, now: Callable[[], datetime]) -> None:
        super().__init__("glue", client=_GlueClient(catalog, objects))  # type: ignore[arg-type]
        self._catalog = catalog
        self._now = now
        self.io = ObjectIO(objects)
        self._metadata = _Recent(64)
        self._lists = _Recent(64)
        self._entries = _Recent(4096)

    def table(self, database: str, name: str) -> Table:
        """The table as it is now.

        :raises AwsError: `EntityNotFoundException` if it is not there.
        """
        found = self._catalog.table(database, name)
        return self._convert_glue_to_iceberg({**found, "DatabaseName": database.lower()})

    def manifests(self, snapshot: Snapshot | None) -> list[ManifestFile]:
        if snapshot is None:
            return []
        path = snapshot.manifest_list
        return self._lists.get(path, lambda: list(snapshot.manifests(self.io)))

    def entries(self, manifest: ManifestFile) -> list[ManifestEntry]:
        """All entries of a manifest, deleted ones too."""
        path = manifest.manifest_path
        return self._entries.get(path, lambda: manifest.fetch_manifest_entry(self.io, discard_deleted=False))

    def remember(self, location: str, metadata: TableMetadata) -> None:
        """Keep what was just written, so that it need not be parsed."""
        self._metadata.get(location, lambda: metadata)

    def stamp(self, after: int) -> int:
        """The clock in milliseconds, but later than `after`: a clock set back must not disorder a table's history.

        Deviates: Iceberg refuses a snapshot that is more than a minute older than the last one.
        """
        return max(int(self._now().timestamp() * 1000), after + 1)

    # pyiceberg's seams
    def _load_file_io(self, properties: Any = None, location: str | None = None) -> FileIO:
        return self.io

    def _convert_glue_to_iceberg(self, glue_table: Any) -> Table:
        location = glue_table.get("Parameters", {}).get("metadata_location")
        if location is None:
            return super()._convert_glue_to_iceberg(glue_table)
        metadata: TableMetadata = self._metadata.get(
            location, lambda: FromInputFile.table_metadata(self.io.new_input(location))
        )
        return Table((glue_table["DatabaseName"], glue_table["Name"]), metadata, location, self.io, self)

    def _create_staged_table(self, *args: Any, **kwargs: Any) -> StagedTable:
        staged = super()._create_staged_table(*args, **kwargs)
        staged.metadata = staged.metadata.model_copy(update={"last_updated_ms": self.stamp(0)})
        return staged

    def _update_and_stage_table(self, current_table: Table | None, *args: Any, **kwargs: Any) -> StagedTable:
        staged = super()._update_and_stage_table(current_table, *args, **kwargs)
        before, after = current_table.metadata if current_table else None, staged.metadata
        if before is not None and after.current_snapshot_id == before.current_snapshot_id:
            staged.metadata = after.model_copy(update={"last_updated_ms": self.stamp(before.last_updated_ms)})
        return staged
