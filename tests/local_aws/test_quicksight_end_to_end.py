"""From a statement of the Redshift Data API to a number on a dashboard, through the services' own engines."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import published

LINES = """CREATE TABLE sales.lines AS
SELECT 'A' AS code, CAST(2.55 AS DECIMAL(18, 4)) AS price,
    CAST('2010-12-01 08:26:00' AS TIMESTAMP) AS sold, true AS back
UNION ALL SELECT 'B', CAST(0.01 AS DECIMAL(18, 4)), CAST('2010-12-02 00:00:00' AS TIMESTAMP), false
UNION ALL SELECT NULL, NULL, NULL, NULL"""


def run(data: Any, workgroup: str, sql: str) -> None:
    started = data.execute_statement(WorkgroupName=workgroup, Database="dev", Sql=sql)["Id"]
    for _ in range(400):
        statement = data.describe_statement(Id=started)
        if statement["Status"] in {"FINISHED", "FAILED", "ABORTED"}:
            assert statement["Status"] == "FINISHED", statement
            return
        time.sleep(0.02)
    raise AssertionError(statement)


@pytest.fixture
def warehouse(client: Callable[..., Any], local_aws: LocalAws, account_id: str) -> World:
    """An account with a Redshift workgroup, a table in it, and a QuickSight data source over it."""
    serverless, data, quicksight = client("redshift-serverless"), client("redshift-data"), client("quicksight")
    serverless.create_namespace(namespaceName="orders")
    workgroup = serverless.create_workgroup(workgroupName="orders", namespaceName="orders")["workgroup"]
    for _ in range(400):
        workgroup = serverless.get_workgroup(workgroupName="orders")["workgroup"]
        if workgroup["status"] == "AVAILABLE":
            break
        time.sleep(0.02)
    run(data, "orders", "CREATE SCHEMA sales")
    run(data, "orders", LINES)
    endpoint = workgroup["endpoint"]
    quicksight.create_data_source(
        AwsAccountId=account_id,
        DataSourceId="warehouse",
        Name="Warehouse",
        Type="REDSHIFT",
        DataSourceParameters={
            "RedshiftParameters": {"Host": endpoint["address"], "Port": endpoint["port"], "Database": "dev"}
        },
    )
    account = local_aws.app.account(account_id, "us-east-1")
    return World(quicksight, account_id, Any, account.lake, account.services["quicksight"])  # type: ignore[arg-type]


def columns(arn: str, name: str = "lines", **kinds: str) -> dict[str, Any]:
    listed = [{"Name": column, "Type": kind} for column, kind in kinds.items()]
    return {"RelationalTable": {"DataSourceArn": arn, "Schema": "sales", "Name": name, "InputColumns": listed}}


def test_rows_of_redshift_are_ingested_and_drawn(warehouse: World, local_aws: LocalAws) -> None:
    kinds = {"code": "STRING", "price": "DECIMAL", "sold": "DATETIME", "back": "BIT"}
    ingestion = warehouse.loaded("lines", {"t": columns(warehouse.source_arn, **kinds)})
    assert ingestion["RowInfo"] == {"RowsIngested": 3, "RowsDropped": 0, "TotalRowsInDataset": 3}
    assert [(row[0], row[1], row[3]) for row in warehouse.rows("lines")][:2] == [
        ("A", Decimal("2.5500"), 1),
        ("B", Decimal("0.0100"), 0),
    ]
    value = {"FieldId": "v", "Column": {"DataSetIdentifier": "d", "ColumnName": "price"}}
    wells = {"Values": [{"NumericalMeasureField": value}]}
    visual = {"KPIVisual": {"VisualId": "k", "ChartConfiguration": {"FieldWells": wells}}}
    body = {
        "DataSetIdentifierDeclarations": [{"Identifier": "d", "DataSetArn": warehouse.data_set_arn("lines")}],
        "Sheets": [{"SheetId": "s", "Visuals": [visual]}],
    }
    warehouse.client.create_dashboard(
        AwsAccountId=warehouse.account, DashboardId="board", Name="Board", Definition=body
    )
    published(warehouse, "board")
    with urllib.request.urlopen(f"{local_aws.url}/dashboards/{warehouse.account}/board/data.json") as answer:
        [drawn] = json.load(answer)["sheets"][0]["visuals"]
    assert drawn["rows"] == [[2.56]]


@pytest.mark.parametrize(
    ("table", "kinds", "kind"),
    [
        pytest.param("nowhere", {"code": "STRING"}, "SQL_TABLE_NOT_FOUND", id="missing table"),
        pytest.param("lines", {"colour": "STRING"}, "SQL_SCHEMA_MISMATCH_ERROR", id="missing column"),
    ],
)
def test_error_of_redshift_tells_the_cause(warehouse: World, table: str, kinds: dict[str, str], kind: str) -> None:
    failed = warehouse.loaded("lines", {"t": columns(warehouse.source_arn, table, **kinds)})
    assert (failed["IngestionStatus"], failed["ErrorInfo"]["Type"]) == ("FAILED", kind), failed
