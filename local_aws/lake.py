"""What every service shares, built once and passed in: objects, catalog, clock, jobs, DuckDB."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from local_aws.catalog import Catalog
from local_aws.clock import Clock
from local_aws.jobs import Jobs
from local_aws.objects import ObjectStore

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class QueryEngine(Protocol):
    """An engine that another service reads from: QuickSight from Athena and Redshift, for one."""

    def fetch(self, sql: str, source: dict[str, Any]) -> pa.Table:
        """Run one SELECT in the engine's own dialect and return its rows, typed.

        :param source: the member of QuickSight's `DataSourceParameters` for this engine (`AthenaParameters`, …).
        :raises AwsError: with the engine's own code and message.
        """
        ...


@dataclass
class Lake:
    """One account in one region.

    :param directory: this account's and region's own place on disk; what lies there may outlive the process.
    """

    account_id: str
    region: str
    directory: Path
    clock: Clock
    jobs: Jobs
    new_id: Callable[[], str] = field(default=lambda: str(uuid.uuid4()))
    engines: dict[str, QueryEngine] = field(default_factory=dict)
    """Engines by QuickSight's data source type (`ATHENA`, `REDSHIFT`); each service enters its own."""

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.objects = ObjectStore(self.account_id, self.region)
        self.catalog = Catalog(self.account_id, self.region)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def connect(self, database: str | Path = ":memory:") -> duckdb.DuckDBPyConnection:
        """A DuckDB of its own, set up as every engine here wants it: UTC, no downloads, spilling below `directory`."""
        import duckdb

        connection = duckdb.connect(
            str(database),
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "temp_directory": str(self.directory / "spill"),
            },
        )
        connection.execute("SET GLOBAL TimeZone = 'UTC'")  # an option of an extension: not known before connecting
        return connection
