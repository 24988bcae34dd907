"""The tables that DDL names, and Hive's words where one is not there: Athena hands its DDL to Hive's parser.

Evidence: https://cwiki.apache.org/confluence/display/Hive/LanguageManual+DDL; the texts are Hive's `ErrorMsg`, as
Athena's users quote them (https://docs.aws.amazon.com/athena/latest/ug/error-reference.html has their category).
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError
from local_aws.sql.engine import Session
from local_aws.sql.errors import QueryFailed
from local_aws.sql.tables import located


class TableMissing(QueryFailed):
    """The table that DDL names is not there. Redshift says it in other words."""


def found(session: Session, parts: list[str], shown: str | None = None) -> tuple[str, str, dict[str, Any]]:
    """Database, name and shape of a table.

    :param shown: what the message calls the table; None: as it was written.
    :raises TableMissing: `FAILED: SemanticException [Error 10001]: Table not found …`
    """
    _, database, name = located(parts, session.database, None)
    try:
        shape = session.lake.catalog.find_table(database, name)
    except AwsError:
        shape = None
    if shape is None:
        raise table_not_found(shown or ".".join(parts))
    return database, name, shape


def table_not_found(name: str) -> TableMissing:
    return TableMissing("FAILED", f"SemanticException [Error 10001]: Table not found {name}")


def not_partitioned(name: str) -> QueryFailed:
    """What SHOW PARTITIONS says of a table without partition keys."""
    task = "Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
    return QueryFailed("FAILED", f"{task} Table {name} is not a partitioned table")


def database_not_found(name: str) -> QueryFailed:
    return QueryFailed("FAILED", f"SemanticException [Error 10072]: Database does not exist: {name}")
