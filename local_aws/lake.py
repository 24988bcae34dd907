"""What every service shares, built once and passed in: objects, catalog, clock, jobs, DuckDB."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from local_aws.catalog import Catalog
from local_aws.clock import Clock
from local_aws.faults.rules import Faults
from local_aws.jobs import Jobs
from local_aws.objects import ObjectStore
from local_aws.streams.stream import Streams

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from local_aws.api import Api
    from local_aws.iceberg.catalog import Tables


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
    faults: Faults = field(default_factory=Faults)
    """What is to go wrong on demand, for work that no request asks for (deliveries)."""
    api: Api = field(init=False, repr=False)
    """The account's own APIs, for services that act through other services; set by the application."""

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.objects = ObjectStore(self.account_id, self.region)
        self.catalog = Catalog(self.account_id, self.region)
        self.streams = Streams(self.account_id, self.region, self.directory / "kinesis", self.clock)

    @cached_property
    def iceberg(self) -> Tables:
        """The Iceberg tables of the Glue catalog; `local_aws.iceberg` is the way to use them."""
        from local_aws.iceberg.catalog import Tables

        return Tables(self.catalog, self.objects, self.clock.now)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    @cached_property
    def _scratch(self) -> duckdb.DuckDBPyConnection:
        return self.connect()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection to one database in memory that holds nothing: for small questions, quicker than `connect`."""
        return self._scratch.cursor()

    def connect(self, database: str | Path = ":memory:") -> duckdb.DuckDBPyConnection:
        """A DuckDB of its own, set up as every engine here wants it: UTC, no downloads, spilling below `directory`."""
        import duckdb

        connection = duckdb.connect(
            str(database),
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,  # a table that is not there must not be a variable of ours
                "temp_directory": str(self.directory / "spill"),
            },
        )
        connection.execute("SET GLOBAL TimeZone = 'UTC'")  # an option of an extension: not known before connecting
        return connection
