"""Data sources, data sets and ingestions through boto3, over an engine that runs real SQL."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws
from tests.local_aws.quicksight_world import World, world  # noqa: F401 - a fixture

LINES = """
CREATE TABLE lines AS SELECT * FROM (VALUES
    (1, 'A', 2.5500::DECIMAL(18,4), TIMESTAMP '2010-12-01 08:26:00', true,  0.1::DOUBLE),
    (2, 'B', 0.0100::DECIMAL(18,4), TIMESTAMP '2010-12-02 00:00:00', false, 0.2::DOUBLE),
    (3, NULL, NULL, NULL, NULL, NULL)) AS t(id, code, price, sold, cancelled, weight)
"""
COLUMNS = {"id": "INTEGER", "code": "STRING", "price": "DECIMAL", "sold": "DATETIME", "cancelled": "BIT"}


@pytest.fixture
def lines(world: World) -> World:  # noqa: F811
    world.engine.run(LINES)
    return world


def error_of(call: Any, **params: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_created_spice_data_set_ingests_by_itself(lines: World) -> None:
    answer = lines.create_data_set("lines", {"t": lines.table("lines", **COLUMNS)})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["IngestionArn"].endswith(f":dataset/lines/ingestion/{answer['IngestionId']}")
    ingestion = lines.ended("lines", answer["IngestionId"])
    assert (ingestion["IngestionStatus"], ingestion["RequestType"]) == ("COMPLETED", "INITIAL_INGESTION")
    assert ingestion["RowInfo"] == {"RowsIngested": 3, "RowsDropped": 0, "TotalRowsInDataset": 3}
    assert lines.engine.asked[-1][0] == 'SELECT "id", "code", "price", "sold", "cancelled" FROM "main"."lines"'
    assert lines.engine.asked[-1][1] == {"Host": "orders.local", "Port": 5439, "Database": "dev"}


def test_rows_keep_cents_and_booleans_become_integers(lines: World) -> None:
    lines.loaded("lines", {"t": lines.table("lines", **COLUMNS)})
    assert lines.rows("lines")[0] == (1, "A", Decimal("2.5500"), datetime(2010, 12, 1, 8, 26), 1)
    described = lines.client.describe_data_set(AwsAccountId=lines.account, DataSetId="lines")["DataSet"]
    assert described["OutputColumns"][2] == {"Name": "price", "Type": "DECIMAL", "SubType": "FIXED"}
    assert described["OutputColumns"][4] == {"Name": "cancelled", "Type": "INTEGER"}
    # 8 bytes a number, date or string, and the two letters
    assert described["ConsumedSpiceCapacityInBytes"] == 3 * 5 * 8 + 2


def test_rows_whose_values_do_not_fit_are_dropped_and_counted(lines: World) -> None:
    lines.engine.run("CREATE TABLE texts AS SELECT * FROM (VALUES ('1'), ('2'), ('2.5'), (NULL)) AS t(id)")
    ingestion = lines.loaded("texts", {"t": lines.table("texts", id="INTEGER")})
    assert ingestion["RowInfo"] == {"RowsIngested": 3, "RowsDropped": 1, "TotalRowsInDataset": 3}
    assert lines.rows("texts") == [(1,), (2,), (None,)]


def test_failed_ingestion_leaves_the_old_rows(lines: World) -> None:
    lines.loaded("lines", {"t": lines.table("lines", id="INTEGER")})
    lines.engine.run("DROP TABLE lines")
    failed = lines.ingest("lines", "after-drop")
    assert (failed["IngestionStatus"], failed["ErrorInfo"]["Type"]) == ("FAILED", "SQL_TABLE_NOT_FOUND")
    assert "lines" in failed["ErrorInfo"]["Message"]
    assert lines.rows("lines") == [(1,), (2,), (3,)]


DENIED = "CREATE VIEW source AS SELECT error('permission denied for lines') AS code"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param("SELECT 1", "SQL_TABLE_NOT_FOUND", id="missing table"),
        pytest.param("CREATE VIEW source AS SELECT id FROM lines", "SQL_SCHEMA_MISMATCH_ERROR", id="missing column"),
        pytest.param("CREATE VIEW source AS SELECT 'x' AS code", "DATA_TOLERANCE_EXCEPTION", id="nothing readable"),
        pytest.param(DENIED, "PERMISSION_DENIED", id="denied"),
    ],
)
def test_error_type_tells_the_cause(lines: World, change: str, kind: str) -> None:
    lines.engine.run("CREATE VIEW source AS SELECT '7' AS code")
    lines.loaded("lines", {"t": lines.table("source", code="INTEGER")})
    lines.engine.run("DROP VIEW source")
    lines.engine.run(change)
    failed = lines.ingest("lines", "second")
    assert (failed["IngestionStatus"], failed["ErrorInfo"]["Type"]) == ("FAILED", kind), failed


def test_expression_that_the_rows_refuse_fails_the_ingestion(lines: World) -> None:
    columns = [{"ColumnName": "odd", "ColumnId": "odd", "Expression": "ifelse({id} > 1, {id}, {sold})"}]
    transforms = [{"CreateColumnsOperation": {"Columns": columns}}]
    logical = {"l": {"Alias": "l", "Source": {"PhysicalTableId": "t"}, "DataTransforms": transforms}}
    failed = lines.loaded("lines", {"t": lines.table("lines", **COLUMNS)}, LogicalTableMap=logical)
    assert (failed["IngestionStatus"], failed["ErrorInfo"]["Type"]) == ("FAILED", "INVALID_DATAPREP_SYNTAX")


def test_refresh_replaces_the_rows(lines: World) -> None:
    lines.loaded("lines", {"t": lines.table("lines", id="INTEGER")})
    lines.engine.run("DELETE FROM lines WHERE id > 1")
    done = lines.ingest("lines", "second")
    assert (done["RequestType"], done["RowInfo"]["RowsIngested"]) == ("FULL_REFRESH", 1)
    assert lines.rows("lines") == [(1,)]


def test_used_ingestion_id_is_refused(lines: World) -> None:
    lines.loaded("lines", {"t": lines.table("lines", id="INTEGER")})
    lines.ingest("lines", "mine")
    code, status, _ = error_of(
        lines.client.create_ingestion, AwsAccountId=lines.account, DataSetId="lines", IngestionId="mine"
    )
    assert (code, status) == ("ResourceExistsException", 409)


def test_refreshes_are_limited_in_any_24_hours(lines: World, local_aws: LocalAws) -> None:
    lines.loaded("lines", {"t": lines.table("lines", id="INTEGER")})
    for number in range(32):
        lines.ingest("lines", f"run-{number}")
    once_more = {"AwsAccountId": lines.account, "DataSetId": "lines", "IngestionId": "run-32"}
    assert error_of(lines.client.create_ingestion, **once_more)[:2] == ("LimitExceededException", 409)
    try:
        local_aws.clock.set(datetime.now(UTC) + timedelta(hours=24, minutes=1))
        assert lines.ingest("lines", "run-32")["IngestionStatus"] == "COMPLETED"
    finally:
        local_aws.clock.set(datetime.now(UTC))


def test_second_ingestion_waits_for_the_first(lines: World) -> None:
    lines.loaded("lines", {"t": lines.table("lines", id="INTEGER")})
    lines.engine.gate = threading.Event()
    make = {"AwsAccountId": lines.account, "DataSetId": "lines"}
    lines.client.create_ingestion(**make, IngestionId="first")
    assert lines.client.create_ingestion(**make, IngestionId="second")["IngestionStatus"] == "QUEUED"
    second = lines.client.describe_ingestion(**make, IngestionId="second")["Ingestion"]
    assert second["QueueInfo"] == {"WaitingOnIngestion": "first", "QueuedIngestion": "second"}
    lines.engine.gate.set()
    assert [lines.ended("lines", each)["IngestionStatus"] for each in ("first", "second")] == ["COMPLETED"] * 2
    listed = lines.client.list_ingestions(**make)["Ingestions"]
    assert [each["IngestionId"] for each in listed[:2]] == ["second", "first"]


def test_cancelled_ingestion_changes_nothing(lines: World) -> None:
    lines.loaded("lines", {"t": lines.table("lines", id="INTEGER")})
    lines.engine.run("DELETE FROM lines")
    lines.engine.gate = threading.Event()
    make = {"AwsAccountId": lines.account, "DataSetId": "lines", "IngestionId": "stopped"}
    lines.client.create_ingestion(**make)
    lines.client.cancel_ingestion(**make)
    lines.engine.gate.set()
    stopped = lines.ended("lines", "stopped")
    assert (stopped["IngestionStatus"], stopped["ErrorInfo"]["Type"]) == ("CANCELLED", "INGESTION_CANCELED")
    lines.service.ingestions.wait("lines")
    assert len(lines.rows("lines")) == 3
    assert error_of(lines.client.cancel_ingestion, **make)[0] == "InvalidParameterValueException"


def test_edit_supersedes_the_running_ingestion(lines: World) -> None:
    lines.engine.gate = threading.Event()
    first = lines.create_data_set("lines", {"t": lines.table("lines", id="INTEGER")})["IngestionId"]
    edit = lines.client.update_data_set(
        AwsAccountId=lines.account,
        DataSetId="lines",
        Name="lines",
        PhysicalTableMap={"t": lines.table("lines", code="STRING")},
        ImportMode="SPICE",
    )["IngestionId"]
    lines.engine.gate.set()
    assert lines.ended("lines", first)["ErrorInfo"]["Type"] == "REFRESH_SUPPRESSED_BY_EDIT"
    assert lines.ended("lines", edit)["RequestType"] == "EDIT"
    assert lines.rows("lines") == [("A",), ("B",), (None,)]


def test_custom_sql_is_sent_as_written(lines: World) -> None:
    sql = "SELECT code, sum(price) AS total FROM lines GROUP BY 1"
    columns = [{"Name": "code", "Type": "STRING"}, {"Name": "total", "Type": "DECIMAL"}]
    custom = {"DataSourceArn": lines.source_arn, "Name": "totals", "SqlQuery": sql, "Columns": columns}
    lines.loaded("totals", {"t": {"CustomSql": custom}})
    assert lines.engine.asked[-1][0] == sql
    assert lines.rows("totals")[0] == ("A", Decimal("2.5500"))


def test_transforms_apply_in_order(lines: World) -> None:
    transforms = [
        {"FilterOperation": {"ConditionExpression": "isNotNull({code})"}},
        {"CreateColumnsOperation": {"Columns": [
            {"ColumnName": "gross", "ColumnId": "gross", "Expression": "{price} * 2"},
            {"ColumnName": "day", "ColumnId": "day", "Expression": "truncDate('DD', {sold})"}]}},
        {"RenameColumnOperation": {"ColumnName": "code", "NewColumnName": "Stock code"}},
        {"CastColumnTypeOperation": {"ColumnName": "id", "NewColumnType": "STRING"}},
        {"TagColumnOperation": {"ColumnName": "Stock code", "Tags": [{"ColumnDescription": {"Text": "what is sold"}}]}},
        {"ProjectOperation": {"ProjectedColumns": ["Stock code", "gross", "day", "id"]}},
    ]  # fmt: skip
    logical = {"l": {"Alias": "lines", "Source": {"PhysicalTableId": "t"}, "DataTransforms": transforms}}
    lines.loaded("lines", {"t": lines.table("lines", **COLUMNS)}, LogicalTableMap=logical)
    assert lines.rows("lines") == [
        ("A", Decimal("5.1000"), datetime(2010, 12, 1), "1"),
        ("B", Decimal("0.0200"), datetime(2010, 12, 2), "2"),
    ]
    described = lines.client.describe_data_set(AwsAccountId=lines.account, DataSetId="lines")["DataSet"]
    assert described["OutputColumns"][0] == {"Name": "Stock code", "Type": "STRING", "Description": "what is sold"}
    assert described["LogicalTableMap"] == logical


def test_joined_tables_keep_both_sides_columns(lines: World) -> None:
    lines.engine.run("CREATE TABLE names AS SELECT * FROM (VALUES ('A', 'Lantern'), ('C', 'Clock')) AS t(code, title)")
    join = {
        "LeftOperand": "left",
        "RightOperand": "right",
        "Type": "LEFT",
        "OnClause": "{code} = {code[names]}",
    }
    logical = {
        "left": {"Alias": "lines", "Source": {"PhysicalTableId": "a"}},
        "right": {"Alias": "names", "Source": {"PhysicalTableId": "b"}},
        "both": {"Alias": "both", "Source": {"JoinInstruction": join}},
    }
    physical = {
        "a": lines.table("lines", id="INTEGER", code="STRING"),
        "b": lines.table("names", code="STRING", title="STRING"),
    }
    lines.loaded("both", physical, LogicalTableMap=logical)
    assert lines.rows("both") == [(1, "A", "A", "Lantern"), (2, "B", None, None), (3, None, None, None)]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        pytest.param({"ImportMode": "FAST"}, "ValidationException", "importMode", id="enum"),
        pytest.param(
            {"RowLevelPermissionDataSet": {"Arn": "arn:aws:quicksight:us-east-1:1:dataset/x",
                                           "PermissionPolicy": "GRANT_ACCESS"}},
            "ResourceNotFoundException", "dataset/x", id="row-level permissions"),
        pytest.param(
            {"ColumnLevelPermissionRules": [{"Principals": ["arn:aws:quicksight:us-east-1:1:user/default/ann"],
                                             "ColumnNames": ["secret"]}]},
            "InvalidParameterValueException", "secret", id="column-level permissions"),
        pytest.param({"PhysicalTableMap": {"t": {"RelationalTable": {
            "DataSourceArn": "arn:aws:quicksight:us-east-1:1:datasource/none", "Name": "x",
            "InputColumns": [{"Name": "a", "Type": "STRING"}]}}}}, "ResourceNotFoundException", "none", id="source"),
        pytest.param({"LogicalTableMap": {"l": {"Alias": "l", "Source": {"PhysicalTableId": "other"}}}},
                     "InvalidParameterValueException", "other", id="physical table"),
        pytest.param({"LogicalTableMap": {"l": {"Alias": "l", "Source": {"PhysicalTableId": "t"}, "DataTransforms": [
            {"ProjectOperation": {"ProjectedColumns": ["nope"]}}]}}}, "InvalidParameterValueException", "nope",
            id="column"),
    ],
)  # fmt: skip
def test_data_set_that_cannot_be_is_refused(lines: World, change: dict[str, Any], code: str, says: str) -> None:
    params: dict[str, Any] = {"PhysicalTableMap": {"t": lines.table("lines", id="INTEGER")}, "ImportMode": "SPICE"}
    found, _, message = error_of(
        lines.client.create_data_set, AwsAccountId=lines.account, DataSetId="x", Name="x", **{**params, **change}
    )
    assert (found, says in message) == (code, True), message


def test_data_source_that_answers_is_successful_and_one_that_does_not_is_failed(world: World) -> None:  # noqa: F811
    def described(source_id: str) -> dict[str, Any]:
        for _ in range(200):
            answer = world.client.describe_data_source(AwsAccountId=world.account, DataSourceId=source_id)
            source: dict[str, Any] = answer["DataSource"]
            if not source["Status"].endswith("IN_PROGRESS"):
                return source
            time.sleep(0.01)
        raise AssertionError(source)

    assert described("warehouse")["Status"] == "CREATION_SUCCESSFUL"
    del world.lake.engines["REDSHIFT"]
    params = {"RedshiftParameters": {"ClusterId": "c", "Database": "dev"}}
    answer = world.client.create_data_source(
        AwsAccountId=world.account, DataSourceId="gone", Name="Gone", Type="REDSHIFT", DataSourceParameters=params
    )
    assert (answer["CreationStatus"], answer["Status"]) == ("CREATION_IN_PROGRESS", 202)
    failed = described("gone")
    assert (failed["Status"], failed["ErrorInfo"]["Type"]) == ("CREATION_FAILED", "GENERIC_SQL_FAILURE")


def test_other_accounts_path_is_denied(world: World) -> None:  # noqa: F811
    found = error_of(world.client.list_data_sets, AwsAccountId="999999999999")
    assert found[:2] == ("AccessDeniedException", 401)


def test_unknown_operation_is_refused_by_name(world: World) -> None:  # noqa: F811
    code, _, message = error_of(world.client.list_topics, AwsAccountId=world.account)
    assert (code, "ListTopics" in message) == ("InvalidParameterValueException", True)


def test_deleted_data_set_takes_its_rows_with_it(lines: World) -> None:
    lines.loaded("lines", {"t": lines.table("lines", id="INTEGER")})
    lines.client.delete_data_set(AwsAccountId=lines.account, DataSetId="lines")
    assert lines.service.spice.loaded("lines") is None
    found = error_of(lines.client.describe_data_set, AwsAccountId=lines.account, DataSetId="lines")
    assert found[:2] == ("ResourceNotFoundException", 404)
    assert lines.loaded("lines", {"t": lines.table("lines", id="INTEGER")})["IngestionStatus"] == "COMPLETED"


def test_data_set_deleted_while_it_is_ingested_leaves_no_rows(lines: World) -> None:
    lines.engine.gate = threading.Event()
    lines.create_data_set("lines", {"t": lines.table("lines", id="INTEGER")})
    lines.client.delete_data_set(AwsAccountId=lines.account, DataSetId="lines")
    lines.engine.gate.set()
    lines.service.ingestions.wait("lines")
    assert lines.service.spice.loaded("lines") is None


def test_lists_are_paged(lines: World) -> None:
    for number in range(3):
        lines.create_data_set(f"set-{number}", {"t": lines.table("lines", id="INTEGER")})
    pages = lines.client.get_paginator("list_data_sets").paginate(
        AwsAccountId=lines.account, PaginationConfig={"PageSize": 2}
    )
    assert [[each["DataSetId"] for each in page["DataSetSummaries"]] for page in pages] == [
        ["set-0", "set-1"],
        ["set-2"],
    ]


def test_tags_and_permissions_are_kept(world: World) -> None:  # noqa: F811
    arn, qs = world.source_arn, world.client
    qs.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "sales"}, {"Key": "x", "Value": "y"}])
    qs.untag_resource(ResourceArn=arn, TagKeys=["x"])
    assert qs.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "sales"}]
    user = f"arn:aws:quicksight:us-east-1:{world.account}:user/default/ann"
    which = {"AwsAccountId": world.account, "DataSourceId": "warehouse"}
    both = ["quicksight:DescribeDataSource", "quicksight:PassDataSource"]
    qs.update_data_source_permissions(**which, GrantPermissions=[{"Principal": user, "Actions": both}])
    qs.update_data_source_permissions(**which, RevokePermissions=[{"Principal": user, "Actions": both[1:]}])
    assert qs.describe_data_source_permissions(**which)["Permissions"] == [{"Principal": user, "Actions": both[:1]}]
