"""System views of what was run, with its true figures."""

from __future__ import annotations

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]


def test_history_tells_of_rows_errors_and_kinds(warehouse: Warehouse) -> None:
    identifier = warehouse.submit("select 1 union all select 2 -- counted")
    described = warehouse.ended(identifier)
    with pytest.raises(SqlFailedError) as failed:
        warehouse.run("select 1 / 0 -- counted")
    warehouse.run("create table run (a int) -- counted")
    rows = warehouse.run(
        "select query_type, status, returned_rows, error_message, query_id, elapsed_time, end_time >= start_time"
        " from sys_query_history where query_text like '%-- counted' and query_text not like '%history%'"
        " order by query_id"
    )
    assert [row[:4] for row in rows] == [
        ["SELECT", "success", 2, ""],
        ["SELECT", "failed", 0, str(failed.value)],
        ["DDL", "success", 0, ""],
    ]
    number, elapsed, ordered = rows[0][4:]
    assert number == described["RedshiftQueryId"]
    assert 0 < elapsed * 1000 <= described["Duration"]
    assert ordered is True


def test_older_views_tell_the_same(warehouse: Warehouse) -> None:
    identifier = warehouse.submit("select 'older'")
    described = warehouse.ended(identifier)
    condition = f"query = {described['RedshiftQueryId']}"
    assert warehouse.run(f"select trim(querytxt), aborted, pid from stl_query where {condition}") == [
        ["select 'older'", 0, described["RedshiftPid"]]
    ]
    assert warehouse.run(f"select substring, aborted, elapsed > 0 from svl_qlog where {condition}") == [
        ["select 'older'", 0, True]
    ]


def test_recents_shows_what_runs_now(warehouse: Warehouse) -> None:
    found = warehouse.run("select status, db_name, user_name, query from stv_recents where status = 'Running'")
    assert found == [["Running", "dev", "IAM:root", found[0][3]]]
    assert "from stv_recents" in found[0][3]


def test_external_databases_are_those_of_external_schemas(warehouse: Warehouse) -> None:
    warehouse.run(
        "create external schema lake from data catalog database 'lake_db' iam_role default"
        " create external database if not exists"
    )
    assert warehouse.run("select eskind, databasename from svv_external_databases") == [[1, "lake_db"]]


def test_external_partitions_are_the_catalogs(warehouse: Warehouse) -> None:
    glue = warehouse.client("glue")
    glue.create_database(DatabaseInput={"Name": "parted"})
    storage = {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://b/t/", "InputFormat": "in"}
    keys = [{"Name": "day", "Type": "string"}, {"Name": "n", "Type": "int"}]
    glue.create_table(
        DatabaseName="parted", TableInput={"Name": "t", "StorageDescriptor": storage, "PartitionKeys": keys}
    )
    part = {"Values": ["2010-12-01", "7"], "StorageDescriptor": {**storage, "Location": "s3://b/t/x/"}}
    glue.create_partition(DatabaseName="parted", TableName="t", PartitionInput=part)
    warehouse.run("create external schema parted from data catalog database 'parted' iam_role default")
    found = warehouse.run(
        "select schemaname, tablename, values, location, input_format, compressed from svv_external_partitions"
    )
    assert found == [["parted", "t", '["2010-12-01","7"]', "s3://b/t/x/", "in", 0]]
