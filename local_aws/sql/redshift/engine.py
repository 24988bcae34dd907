"""The account's warehouses: which database a name means, and SELECTs for other services (`lake.engines`)."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from local_aws.errors import AwsError
from local_aws.sql.redshift import errors, syntax
from local_aws.sql.redshift.database import Database
from local_aws.sql.redshift.databases import Siblings
from local_aws.sql.redshift.provisioned import Cluster, Clusters
from local_aws.sql.redshift.serverless import Serverless
from local_aws.sql.redshift.session import Session
from local_aws.sql.redshift.snapshots import Snapshots, checkpointed

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot import exp

    from local_aws.lake import Lake


@dataclass(frozen=True)
class Warehouse:
    """A namespace or a provisioned cluster: where its databases lie, and the one that it was made with."""

    key: str
    first_database: str


class RedshiftEngine:
    """Owner of the warehouses' databases."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.serverless = Serverless(lake)
        self.clusters = Clusters(lake)
        self.snapshots = Snapshots(lake, self)
        self._lock = threading.Lock()
        self._databases: dict[tuple[str, str], Database] = {}
        self._closers: list[Callable[[], None]] = []
        self._stop_listeners: list[Callable[[str], None]] = []

    # which warehouse
    def warehouse(self, workgroup: str | None, cluster: str | None) -> Warehouse | None:
        """By workgroup (name or ARN) or cluster identifier; None if there is none.

        :raises AwsError: `ValidationException` for a cluster that is paused. Deviates: AWS does not document the words.
        """
        if workgroup:
            found = self.serverless.workgroup_of(workgroup)
            if found is None:
                return None
            namespace = self.serverless.namespace(found["namespaceName"])
            return Warehouse(f"namespace-{namespace['namespaceId']}", namespace["dbName"])
        known = self.clusters.find(cluster or "")
        if known is None:
            return None
        if known.status != "available":
            message = f"The cluster {known.identifier} is not available; its status is {known.status}."
            raise AwsError("ValidationException", message)
        return Warehouse(known.key, known.database)

    def databases(self, warehouse: Warehouse) -> list[str]:
        """Those that there are, the one that the warehouse was made with first: each is a file."""
        made = (each.stem for each in self.folder(warehouse.key).glob("*.duckdb"))
        return [warehouse.first_database, *sorted(each for each in made if each != warehouse.first_database)]

    def database(self, warehouse: Warehouse, name: str) -> Database:
        """:raises SqlError: in the words of a failed connection."""
        if name not in self.databases(warehouse):
            raise errors.SqlError(f'FATAL: database "{name}" does not exist')
        return self._open(warehouse, name)

    def _open(self, warehouse: Warehouse, name: str) -> Database:
        with self._lock:
            key = (warehouse.key, name)
            if key not in self._databases:
                path = self.folder(warehouse.key) / f"{name}.duckdb"
                siblings = self._siblings(warehouse)
                serverless = warehouse.key.startswith("namespace-")
                self._databases[key] = Database(self.lake, name, path, siblings, serverless)
            return self._databases[key]

    def _siblings(self, warehouse: Warehouse) -> Siblings:
        return Siblings(
            names=lambda: self.databases(warehouse),
            create=lambda name: self._open(warehouse, name),
            drop=lambda name: self._drop(warehouse, name),
        )

    def _drop(self, warehouse: Warehouse, name: str) -> None:
        """:raises SqlError: for one that others are connected to, and the first one."""
        if name == warehouse.first_database:
            raise errors.unsupported("DROP DATABASE of the database that the warehouse was made with")
        with self._lock:
            known = self._databases.get((warehouse.key, name))
            if known is not None and known.sessions:
                raise errors.error(f'database "{name}" is being accessed by other users')
            if known is not None:
                self._databases.pop((warehouse.key, name)).close()
            for each in self.folder(warehouse.key).glob(f"{name}.duckdb*"):
                each.unlink()

    def folder(self, key: str) -> Path:
        """Where a warehouse's databases lie."""
        return self.lake.directory / "redshift" / key

    def forget(self, key: str) -> None:
        """Remove the databases of a deleted warehouse."""
        with self._lock:
            for each in [found for found in self._databases if found[0] == key]:
                self._databases.pop(each).close()
        shutil.rmtree(self.folder(key), ignore_errors=True)

    def opened(self, cluster: Cluster) -> list[str]:
        """The names of a cluster's databases, each with its file on disk."""
        warehouse = Warehouse(cluster.key, cluster.database)
        return [self.database(warehouse, name).name for name in self.databases(warehouse)]

    def checkpoint(self, cluster: Cluster, name: str) -> bool:
        """Have all that is committed in the database's file; False while a transaction writes."""
        return checkpointed(self.database(Warehouse(cluster.key, cluster.database), name).cursor())

    def on_stop(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with the identifier of a cluster whose sessions end: paused, rebooted, deleted."""
        self._stop_listeners.append(listener)

    def stop(self, cluster: Cluster) -> None:
        for listener in self._stop_listeners:
            listener(cluster.identifier)

    def before_close(self, closer: Callable[[], None]) -> None:
        """Have `closer` called before the databases are closed."""
        self._closers.append(closer)

    def close(self) -> None:
        for closer in self._closers:
            closer()
        with self._lock:
            for each in self._databases.values():
                each.close()
            self._databases.clear()

    # for other services
    def fetch(self, sql: str, source: dict[str, Any]) -> pa.Table:
        """See `local_aws.lake.QueryEngine`. `source` is QuickSight's RedshiftParameters.

        :raises AwsError: `ResourceNotFoundException` for an unknown host or cluster, else `SQL_EXCEPTION`.
        """
        warehouse = self._source(source)
        try:
            session = Session(self.database(warehouse, source["Database"]), "quicksight")
            try:
                return self._rows(session, sql)
            finally:
                session.close()
        except errors.SqlError as problem:
            raise AwsError("SQL_EXCEPTION", str(problem)) from problem
        except duckdb.Error as problem:
            raise AwsError("SQL_EXCEPTION", str(errors.from_duckdb(problem))) from problem

    @staticmethod
    def _rows(session: Session, sql: str) -> pa.Table:
        statements: list[exp.Expr] = syntax.parse(sql)
        if len(statements) != 1:
            raise errors.error("one SELECT statement is expected")
        outcome = session.run(statements[0], {}, set())
        if outcome.reader is None:
            raise errors.error("a SELECT statement is expected")
        return outcome.reader.to_arrow_table()

    def _source(self, source: dict[str, Any]) -> Warehouse:
        host = str(source.get("Host") or "")
        workgroup = self.serverless.workgroup_of_host(host) if host else None
        cluster = source.get("ClusterId")
        if workgroup is None and host:
            provisioned = re.fullmatch(r"([^.]+)\.[^.]+\.[^.]+\.redshift\.amazonaws\.com", host)
            cluster = provisioned.group(1) if provisioned else None
        found = self.warehouse(workgroup["workgroupName"] if workgroup else None, cluster)
        if found is None:
            raise AwsError("ResourceNotFoundException", f"no Redshift warehouse at {host or cluster}")
        return found
