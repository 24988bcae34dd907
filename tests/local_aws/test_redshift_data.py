"""The Redshift Data API: statements, batches, results, listings."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.exceptions
import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, error_of, warehouse

__all__ = ["warehouse"]


def test_fields_and_metadata_are_typed_as_the_api_types_them(warehouse: Warehouse) -> None:
    sql = (
        "select 1 as i, 1.5 as d, null as z, '2010-12-01 08:26:00'::timestamp as t, true as b, "
        "'x'::varchar(9) as s, 0.5::float8 as f"
    )
    identifier = warehouse.submit(sql)
    described = warehouse.ended(identifier)
    assert (described["ResultRows"], described["HasResultSet"], described["QueryString"]) == (1, True, sql)
    assert described["Duration"] > 0 and described["RedshiftPid"] > 0
    found = warehouse.data.get_statement_result(Id=identifier)
    assert found["Records"] == [
        [
            {"longValue": 1},
            {"stringValue": "1.5"},
            {"isNull": True},
            {"stringValue": "2010-12-01 08:26:00"},
            {"booleanValue": True},
            {"stringValue": "x"},
            {"doubleValue": 0.5},
        ]
    ]
    kinds = [(each["typeName"], each["precision"], each["scale"]) for each in found["ColumnMetadata"]]
    assert kinds[0] == ("int4", 10, 0)
    assert kinds[1] == ("numeric", 2, 1)
    assert kinds[5] == ("varchar", 9, 0)


def test_parameters_are_values_never_sql(warehouse: Warehouse) -> None:
    evil = "x'; drop table t; --\\"
    assert warehouse.run("select :a, :a || 'b', :n::int + 1", {"a": evil, "n": "41"}) == [[evil, evil + "b", 42]]
    assert warehouse.run(
        "select v from (select '2010-12-05'::date as v) as q where v between :x and :y limit :n",
        {"x": "2010-12-01", "y": "2010-12-31", "n": "5"},
    ) == [["2010-12-05"]]


def test_parameters_must_match_the_names_in_the_sql(warehouse: Warehouse) -> None:
    call = warehouse.data.execute_statement
    given = [{"name": "a", "value": "1"}]
    assert error_of(call, Sql="select 1", Parameters=given, **warehouse.place).startswith("ValidationException")
    assert error_of(call, Sql="select :a, :b", Parameters=given, **warehouse.place).startswith("ValidationException")


def test_batch_is_one_transaction_with_parts_of_their_own(warehouse: Warehouse) -> None:
    done = warehouse.batch(
        [
            "create table whole (d date)",
            "insert into whole values (:d), (:d)",
            "select count(*) from whole where d = :d",
        ],
        {"d": "2010-12-01"},
    )
    assert (done["Status"], done["HasResultSet"], done["ExecutionMode"]) == ("FINISHED", True, "TRANSACTION")
    parts = done["SubStatements"]
    assert [part["Id"] for part in parts] == [f"{done['Id']}:{n}" for n in (1, 2, 3)]
    assert [part["ResultRows"] for part in parts] == [0, 2, 1]
    assert warehouse.rows(parts[2]["Id"]) == [[2]]
    failed = warehouse.batch(["delete from whole", "create table other (a int)", "select * from nowhere", "select 1"])
    assert failed["Status"] == "FAILED"
    assert failed["Error"] == 'Query #3 failed with ERROR: relation "nowhere" does not exist'
    assert [part["Status"] for part in failed["SubStatements"]] == ["FINISHED", "FINISHED", "FAILED", "ABORTED"]
    assert warehouse.run("select count(*) from whole") == [[2]]
    with pytest.raises(SqlFailedError, match='relation "other" does not exist'):
        warehouse.run("select * from other")


def test_auto_commit_keeps_what_went_well(warehouse: Warehouse) -> None:
    failed = warehouse.batch(
        ["create table kept (a int)", "select * from nowhere", "insert into kept values (1)"],
        ExecutionMode="AUTO_COMMIT",
    )
    assert [part["Status"] for part in failed["SubStatements"]] == ["FINISHED", "FAILED", "FINISHED"]
    assert warehouse.run("select a from kept") == [[1]]


def test_same_client_token_runs_once(warehouse: Warehouse) -> None:
    warehouse.run("create table once (a int)")
    ids = {warehouse.submit("insert into once values (1)", ClientToken="t-1") for _ in range(3)}
    assert len(ids) == 1
    warehouse.ended(ids.pop())
    assert warehouse.run("select count(*) from once") == [[1]]


@pytest.mark.parametrize(
    "other",
    [{"Sql": "select 2"}, {"StatementName": "other"}, {"ResultFormat": "CSV"}],
    ids=lambda other: next(iter(other)),
)
def test_client_token_of_another_request_is_refused(warehouse: Warehouse, other: dict[str, Any]) -> None:
    token = str(uuid.uuid4())
    asked = {"Sql": "select 1", "ClientToken": token, **warehouse.place}
    first = warehouse.data.execute_statement(**asked)["Id"]
    assert warehouse.data.execute_statement(**asked)["Id"] == first
    assert error_of(warehouse.data.execute_statement, **{**asked, **other}).startswith("ValidationException")


def test_results_come_in_pages(warehouse: Warehouse) -> None:
    sql = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500) select i from n"
    identifier = warehouse.submit(sql)
    warehouse.ended(identifier)
    first = warehouse.data.get_statement_result(Id=identifier)
    assert (len(first["Records"]), first["TotalNumRows"]) == (1000, 2500)
    assert [row[0] for row in warehouse.rows(identifier)] == list(range(1, 2501))


def test_csv_results_are_read_by_their_own_operation(warehouse: Warehouse) -> None:
    identifier = warehouse.submit("select 1 as a, 'x,\"y' as b, null as c", ResultFormat="CSV")
    warehouse.ended(identifier)
    found = warehouse.data.get_statement_result_v2(Id=identifier)
    assert found["Records"] == [{"CSVRecords": 'a,b,c\r\n1,"x,""y",\r\n'}]
    assert error_of(warehouse.data.get_statement_result, Id=identifier).startswith("ValidationException")


def test_cancel_stops_a_running_statement_soon(warehouse: Warehouse) -> None:
    sql = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000000) select count(*) from n"
    identifier = warehouse.submit(sql)
    while warehouse.data.describe_statement(Id=identifier)["Status"] != "STARTED":
        time.sleep(0.01)
    begun = time.monotonic()
    assert warehouse.data.cancel_statement(Id=identifier)["Status"] is True
    assert warehouse.ended(identifier)["Status"] == "ABORTED"
    assert time.monotonic() - begun < 2
    assert "already in ABORTED state" in error_of(warehouse.data.cancel_statement, Id=identifier)


def test_listings_and_table_description(warehouse: Warehouse) -> None:
    warehouse.run("create schema listed")
    warehouse.run("create table listed.t (a int not null, b varchar(9) default 'q')")
    warehouse.run("create view listed.v as select a from listed.t")
    data, place = warehouse.data, warehouse.place
    assert data.list_databases(**place)["Databases"] == ["dev"]
    assert "listed" in data.list_schemas(**place)["Schemas"]
    assert data.list_schemas(SchemaPattern="list%", **place)["Schemas"] == ["listed"]
    tables = data.list_tables(SchemaPattern="listed", **place)["Tables"]
    assert tables == [
        {"schema": "listed", "name": "t", "type": "TABLE"},
        {"schema": "listed", "name": "v", "type": "VIEW"},
    ]
    a, b = data.describe_table(Schema="listed", Table="t", **place)["ColumnList"]
    assert (a["name"], a["typeName"], a["nullable"]) == ("a", "int4", 0)
    assert (b["name"], b["length"], b["columnDefault"]) == ("b", 9, "'q'")


def test_statements_are_listed_by_name_and_status(warehouse: Warehouse) -> None:
    warehouse.run("select 1", StatementName="report-1")
    with pytest.raises(SqlFailedError):
        warehouse.run("select * from nowhere", StatementName="report-2")
    finished = warehouse.data.list_statements(StatementName="report")["Statements"]
    assert [each["StatementName"] for each in finished] == ["report-1"]
    everything = warehouse.data.list_statements(StatementName="report", Status="ALL")["Statements"]
    assert [each["StatementName"] for each in everything] == ["report-2", "report-1"]


def test_wait_time_answers_with_the_end(warehouse: Warehouse) -> None:
    answer = warehouse.data.execute_statement(Sql="select 1", WaitTimeSeconds=10, **warehouse.place)
    assert (answer["Status"], answer["HasResultSet"]) == ("FINISHED", True)


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        (
            "execute_statement",
            {"Sql": "select 1", "WorkgroupName": "nowhere", "Database": "dev"},
            "ValidationException: Redshift endpoint doesn't exist",
        ),
        ("execute_statement", {"Sql": "select 1", "Database": "dev"}, "ValidationException"),
        ("execute_statement", {"Sql": "select 1", "WorkgroupName": "orders"}, "ValidationException: Database"),
        (
            "list_schemas",
            {"WorkgroupName": "orders", "Database": "nowhere"},
            'DatabaseConnectionException: FATAL: database "nowhere" does not exist',
        ),
        ("describe_statement", {"Id": "d9b6c0c9-0747-4bf4-b142-e8883122f766"}, "ResourceNotFoundException"),
        (
            "describe_table",
            {"WorkgroupName": "orders", "Database": "dev", "Table": "nowhere"},
            "ResourceNotFoundException",
        ),
        (
            "execute_statement",
            {"Sql": "select 1", "SessionId": "d9b6c0c9-0747-4bf4-b142-e8883122f766"},
            "ResourceNotFoundException",
        ),
    ],
    ids=["workgroup", "no target", "no database", "database", "statement", "table", "session"],
)
def test_request_errors_are_typed(warehouse: Warehouse, operation: str, params: dict[str, Any], expected: str) -> None:
    assert error_of(getattr(warehouse.data, operation), **params).startswith(expected)


def test_unknown_database_fails_the_statement(warehouse: Warehouse) -> None:
    answer = warehouse.data.execute_statement(Sql="select 1", WorkgroupName="orders", Database="nowhere")
    assert warehouse.ended(answer["Id"])["Error"] == 'FATAL: database "nowhere" does not exist'


def test_result_of_a_statement_without_one_is_refused(warehouse: Warehouse) -> None:
    identifier = warehouse.submit("create table empty (a int)")
    warehouse.ended(identifier)
    assert error_of(warehouse.data.get_statement_result, Id=identifier).startswith(
        "ResourceNotFoundException: Query does not have result"
    )


def test_provisioned_cluster_of_the_base_has_a_database(warehouse: Warehouse) -> None:
    warehouse.client("redshift").create_cluster(
        ClusterIdentifier="c1",
        NodeType="ra3.xlplus",
        MasterUsername="admin",
        MasterUserPassword="Passw0rd1",
        DBName="dw",
    )
    place = {"ClusterIdentifier": "c1", "Database": "dw", "DbUser": "analyst"}
    answer = warehouse.data.execute_statement(Sql="select current_user, current_database()", **place)
    assert warehouse.ended(answer["Id"])["DbUser"] == "analyst"
    assert warehouse.rows(answer["Id"]) == [["analyst", "dw"]]


def test_quicksight_reads_through_the_engine_by_endpoint(warehouse: Warehouse) -> None:
    warehouse.run("create table shown as select 1 as a, 2.5::decimal(18,4) as b")
    workgroup = warehouse.client("redshift-serverless").get_workgroup(workgroupName="orders")["workgroup"]
    source = {"Host": workgroup["endpoint"]["address"], "Port": 5439, "Database": "dev"}
    rows = warehouse.lake.engines["REDSHIFT"].fetch("select * from public.shown", source)
    assert [str(field.type) for field in rows.schema] == ["int32", "decimal128(18, 4)"]
    assert rows.num_rows == 1


def test_paused_cluster_refuses_statements_until_it_is_resumed(warehouse: Warehouse) -> None:
    redshift = warehouse.client("redshift")
    made = {"NodeType": "ra3.xlplus", "MasterUsername": "admin", "MasterUserPassword": "Passw0rd1", "DBName": "dw"}
    redshift.create_cluster(ClusterIdentifier="c2", **made)
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier="c2")
    run = {"Sql": "create table kept as select 1 as a", "ClusterIdentifier": "c2", "Database": "dw", "DbUser": "admin"}
    assert warehouse.ended(warehouse.data.execute_statement(**run)["Id"])["Status"] == "FINISHED"
    redshift.pause_cluster(ClusterIdentifier="c2")
    assert "is paused" in error_of(warehouse.data.execute_statement, **run)
    redshift.resume_cluster(ClusterIdentifier="c2")
    again = warehouse.ended(warehouse.data.execute_statement(**run)["Id"])
    assert again["Error"] == 'ERROR: Relation "kept" already exists'
    redshift.delete_cluster(ClusterIdentifier="c2", SkipFinalClusterSnapshot=True)
    redshift.get_waiter("cluster_deleted").wait(ClusterIdentifier="c2")
    redshift.create_cluster(ClusterIdentifier="c2", **made)
    assert warehouse.ended(warehouse.data.execute_statement(**run)["Id"])["Status"] == "FINISHED"


def test_text_of_several_statements_is_one_transaction(warehouse: Warehouse) -> None:
    several = "create table several (a int); insert into several values (1), (2); select count(*) from several;"
    assert warehouse.run(several) == [[2]]
    with pytest.raises(SqlFailedError, match="does not exist"):
        warehouse.run("insert into several values (3); insert into missing_table values (1)")
    assert warehouse.run("select count(*) from several") == [[2]]


def test_text_of_several_statements_takes_no_parameters(warehouse: Warehouse) -> None:
    with pytest.raises(SqlFailedError, match="cannot insert multiple commands into a prepared statement"):
        warehouse.run("select :a; select 2", {"a": "1"})


def test_statements_are_forgotten_after_a_day(warehouse: Warehouse) -> None:
    identifier = warehouse.submit("select 1")
    warehouse.ended(identifier)
    clock = warehouse.lake.clock
    start = clock.now()
    clock.set(start + timedelta(hours=23, minutes=59))
    try:
        assert warehouse.rows(identifier) == [[1]]
        clock.set(start + timedelta(hours=24, minutes=1))
        with pytest.raises(botocore.exceptions.ClientError, match="Query does not exist"):
            warehouse.data.describe_statement(Id=identifier)
        listed = warehouse.data.list_statements(Status="ALL")["Statements"]
        assert identifier not in {each["Id"] for each in listed}
    finally:
        clock.set(datetime.now(UTC))


def test_statement_over_100_kilobytes_is_refused(warehouse: Warehouse) -> None:
    sql = "select '" + "x" * (100 * 1024) + "'"
    with pytest.raises(botocore.exceptions.ClientError, match="maximum size of 100 KB"):
        warehouse.submit(sql)
    with pytest.raises(botocore.exceptions.ClientError, match="maximum size of 100 KB"):
        warehouse.batch(["select 1", sql])


def test_secret_and_user_together_are_refused(warehouse: Warehouse) -> None:
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-abcdef"
    with pytest.raises(botocore.exceptions.ClientError, match="either SecretArn or DbUser"):
        warehouse.submit("select 1", SecretArn=secret, DbUser="x")


def test_system_views_and_whole_schemas_are_described(warehouse: Warehouse) -> None:
    place = {**warehouse.place}
    found = warehouse.data.describe_table(Schema="pg_catalog", Table="pg_namespace", **place)
    assert [each["name"] for each in found["ColumnList"]] == ["oid", "nspname", "nspowner", "nspacl"]
    warehouse.run("create schema described")
    warehouse.run("create table described.a (x int)")
    warehouse.run("create table described.b (y int)")
    found = warehouse.data.describe_table(Schema="described", **place)
    assert [(each["tableName"], each["name"]) for each in found["ColumnList"]] == [("a", "x"), ("b", "y")]
