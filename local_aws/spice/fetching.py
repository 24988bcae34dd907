"""The rows of a data set's sources: asked of engines, read from files in S3, or those of the data sets it is made of.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_LogicalTableSource.html (a parent data set),
API_ErrorInfo.html. A child takes its parent's rows as they are in SPICE when it is itself loaded; those of a parent
that is queried directly are asked for then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.jobs import Job
from local_aws.lake import Lake
from local_aws.spice import files
from local_aws.spice.failures import Failed
from local_aws.spice.preparation import Plan, Source
from local_aws.spice.staging import Arrived
from local_aws.spice.storage import Spice
from local_aws.spice.types import quoted

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Parent:
    """A data set that others read. :param direct: whether its rows are asked of its sources, not taken from SPICE."""

    id: str
    name: str
    plan: Plan
    direct: bool


@dataclass(frozen=True)
class Origins:
    """What a source can name, by ARN."""

    data_sources: Mapping[str, Mapping[str, Any]]
    data_sets: Mapping[str, Parent]


@dataclass(frozen=True)
class Fetcher:
    """One account's sources."""

    lake: Lake
    spice: Spice

    def arrived(self, plan: Plan, origins: Origins, job: Job | None = None) -> dict[str, Arrived]:
        """What each source of a plan answers, by its relation's name.

        :raises Failed: with the type of an ingestion's error. :raises AwsError: with the engine's message.
        """
        found: dict[str, Arrived] = {}
        for source in plan.sources:
            if job is not None:
                job.check()
            if source.parent is not None:
                found[source.relation] = self._of_parent(source, origins)
            else:
                found[source.relation] = self._of_source(source, origins.data_sources.get(source.data_source_arn))
        return found

    def _of_parent(self, source: Source, origins: Origins) -> Arrived:
        parent = origins.data_sets.get(source.parent or "")
        if parent is None:
            raise Failed("SPICE_TABLE_NOT_FOUND", f"There is no data set {source.parent}")
        if parent.direct:
            return self.spice.prepared(parent.plan, self.arrived(parent.plan, origins)).select(
                _checked(source, [each.name for each in parent.plan.columns])
            )
        loaded = self.spice.loaded(parent.id)
        if loaded is None:
            raise Failed("SPICE_TABLE_NOT_FOUND", f"The data set {parent.name} was never loaded: refresh it first")
        names = _checked(source, [each.name for each in loaded.columns])
        return f"SELECT {', '.join(map(quoted, names))} FROM {self.spice.table(parent.id)}"

    def _of_source(self, source: Source, data_source: Mapping[str, Any] | None) -> pa.Table:
        """The source's rows, with the columns that the data set expects, in its order."""
        if data_source is None:
            raise Failed("DATA_SOURCE_NOT_FOUND", f"There is no data source {source.data_source_arn}")
        parameters: dict[str, Any] = next(iter((data_source.get("DataSourceParameters") or {}).values()), {})
        if source.upload is not None:
            return files.fetch(self.lake, source.columns, source.upload, parameters)
        engine = self.lake.engines.get(data_source["Type"])
        if engine is None:
            raise Failed("INVALID_DATA_SOURCE_CONFIG", f"local_aws has no engine for a source of {data_source['Type']}")
        table = engine.fetch(source.sql, parameters)
        names = [str(name) for name in table.column_names]
        wanted = _checked(source, names)
        if len(set(names)) < len(names):
            raise Failed("DUPLICATE_COLUMN_NAMES_FOUND", f"The source names a column twice: {', '.join(names)}")
        return table.select(wanted)


def _checked(source: Source, names: list[str]) -> list[str]:
    """The columns that the data set expects, all of which are there."""
    missing = [each.name for each in source.columns if each.name not in names]
    if missing:
        listed = ", ".join(missing)
        raise Failed("SQL_SCHEMA_MISMATCH_ERROR", f"The source has no column {listed}; it has {', '.join(names)}")
    return [each.name for each in source.columns]
