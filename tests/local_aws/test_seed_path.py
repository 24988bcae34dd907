"""The analyst's way by hand, through boto3 alone: CSV in S3, crawler, Athena, external schema, Data API, SPICE.

The names, statements and settings are those of the warehouse that this project began as.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.accounts import new_account
from tests.local_aws.athena_client import Athena
from tests.local_aws.glue_helpers import Crawls, columns

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
FILES = {
    "year=2010/month=12/day=02/hour=08": (
        '536370,37370,"SET 3 RETROSPOT TEA,COFFEE,SUGAR",24,2010-12-02 08:45:00,4.25,12583.0,France\n'
        "536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-02 08:26:00,2.55,17850.0,United Kingdom\n"
    ),
    "year=2023/month=07/day=04/hour=10": (
        '536370,37370,"SET 3 RETROSPOT TEA,COFFEE,SUGAR",24,2023-07-04 10:00:00,4.25,12583.0,France\n'
        '536371,37370,"SET 3 RETROSPOT TEA,COFFEE,SUGAR",2,2023-07-04 10:05:00,4.25,12584.0,France\n'
        '536372,22220,"CAKE STAND ""LOVEBIRD"", 2 TIER",1,2023-07-04 10:09:00,9.95,12585.0,France\n'
        '536373,37370,"SET 3 RETROSPOT TEA,COFFEE,SUGAR",5,2023-07-04 10:10:00,4.25,,United Kingdom\n'
    ),
    "year=2023/month=08/day=01/hour=00": "536374,22139,,56,2023-08-01 00:01:00,0.0,,France\n",
}
TABLE = "orderlogs_retail"
SEED_QUERY = (
    f'select description, count(*) AS count from "{TABLE}" '
    "where country='France' and year='2023' and month='07' group by description"
)
TEA = "SET 3 RETROSPOT TEA,COFFEE,SUGAR"
STAND = 'CAKE STAND "LOVEBIRD", 2 TIER'


@dataclass
class Path:
    """One account in which the files were crawled and the external schema exists."""

    client: Callable[[str], Any]
    account: str
    crawls: Crawls

    def athena(self, sql: str) -> list[tuple[str | None, ...]]:
        athena = Athena(self.client("athena"), f"s3://{self.crawls.bucket}/results/", "orderlogs")
        return athena.rows(sql)

    def data_api(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement by the Data API; its rows, if it has any."""
        data = self.client("redshift-data")
        statement = data.execute_statement(WorkgroupName="orders", Database="dev", Sql=sql)["Id"]
        found = until(lambda: data.describe_statement(Id=statement), "Status", {"FINISHED", "FAILED", "ABORTED"})
        assert found["Status"] == "FINISHED", found["Error"]
        if not found["HasResultSet"]:
            return []
        records = data.get_statement_result(Id=statement)["Records"]
        return [tuple(None if "isNull" in cell else next(iter(cell.values())) for cell in row) for row in records]


def until(look: Callable[[], Any], key: str, ended: set[str]) -> Any:
    deadline = time.monotonic() + 20
    while (found := look())[key] not in ended:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    return found


@pytest.fixture(scope="module")
def path(local_aws: LocalAws) -> Path:
    import boto3

    account = new_account()

    def client(service: str) -> Any:
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "secret"}
        return boto3.client(service, endpoint_url=local_aws.url, region_name="us-east-1", **keys)

    bucket = f"orderlogs-{account}"
    client("s3").create_bucket(Bucket=bucket)
    crawls = Crawls(client, bucket)
    for folder, lines in FILES.items():
        crawls.put(f"retail/{folder}/orders.csv", HEADER + lines)
    crawls.create("retail/", TablePrefix="orderlogs_")
    crawls.run()
    made = Path(client, account, crawls)
    serverless = client("redshift-serverless")
    serverless.create_namespace(namespaceName="orders", dbName="dev")
    serverless.create_workgroup(workgroupName="orders", namespaceName="orders")
    until(lambda: serverless.get_workgroup(workgroupName="orders")["workgroup"], "status", {"AVAILABLE"})
    made.data_api(
        "CREATE external schema orderlogs_schema FROM data catalog database 'orderlogs' "
        f"iam_role 'arn:aws:iam::{account}:role/spectrum' region 'us-east-1'"
    )
    return made


def test_crawl_finds_columns_and_hourly_partitions(path: Path) -> None:
    table = path.crawls.tables()[TABLE]
    assert list(columns(table)) == [name.lower() for name in HEADER.strip().split(",")]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["year", "month", "day", "hour"]
    assert set(path.crawls.partitions(TABLE)) == {"2010/12/02/08", "2023/07/04/10", "2023/08/01/00"}


def test_athena_answers_the_query_over_the_quoted_table_name(path: Path) -> None:
    assert sorted(path.athena(SEED_QUERY)) == [(STAND, "1"), (TEA, "2")]


def test_quoted_comma_keeps_columns_aligned(path: Path) -> None:
    names = "invoiceno, stockcode, description, quantity, invoicedate, unitprice, customerid, country"
    rows = path.athena(f"SELECT {names} FROM \"{TABLE}\" WHERE year = '2010' AND description = '{TEA}'")
    assert rows == [("536370", "37370", TEA, "24", "2010-12-02 08:45:00", "4.25", "12583.0", "France")]


def test_data_api_reads_the_table_through_the_external_schema(path: Path) -> None:
    counted = path.data_api(
        f"SELECT description, COUNT(*) FROM orderlogs_schema.{TABLE} "
        "WHERE country = 'France' AND year = '2023' AND month = '07' GROUP BY description"
    )
    assert sorted(counted) == [(STAND, 1), (TEA, 2)]
    [(revenue,)] = path.data_api(
        f"SELECT SUM(quantity::INT * unitprice::DECIMAL(18, 2)) FROM orderlogs_schema.{TABLE} WHERE country = 'France'"
    )
    assert Decimal(revenue) == (24 + 24 + 2) * Decimal("4.25") + Decimal("9.95")


NAMES = [*HEADER.strip().lower().split(","), "year", "month", "day", "hour"]


@pytest.mark.parametrize("kind", ["RelationalTable", "CustomSql"])
def test_spice_ingests_the_external_table(path: Path, kind: str) -> None:
    quicksight, account = path.client("quicksight"), path.account
    source = quicksight.create_data_source(
        AwsAccountId=account,
        DataSourceId=f"warehouse-{kind}",
        Name="Warehouse",
        Type="REDSHIFT",
        DataSourceParameters={
            "RedshiftParameters": {**_endpoint(path), "Database": "dev"},
        },
    )["Arn"]
    listed = [{"Name": name, "Type": "STRING"} for name in NAMES]
    table = {
        "RelationalTable": {"Schema": "orderlogs_schema", "Name": TABLE, "InputColumns": listed},
        "CustomSql": {
            "Name": "orders",
            "SqlQuery": f"SELECT * FROM orderlogs_schema.{TABLE} WHERE country = 'France'",
            "Columns": listed,
        },
    }[kind]
    data_set = f"{TABLE}-{kind}"
    made = quicksight.create_data_set(
        AwsAccountId=account,
        DataSetId=data_set,
        Name=TABLE,
        ImportMode="SPICE",
        PhysicalTableMap={"orders": {kind: {"DataSourceArn": source, **table}}},
    )
    ingestion = until(
        lambda: quicksight.describe_ingestion(
            AwsAccountId=account, DataSetId=data_set, IngestionId=made["IngestionId"]
        )["Ingestion"],
        "IngestionStatus",
        {"COMPLETED", "FAILED", "CANCELLED"},
    )
    assert ingestion["IngestionStatus"] == "COMPLETED", ingestion["ErrorInfo"]
    rows = {"RelationalTable": 7, "CustomSql": 5}[kind]
    assert ingestion["RowInfo"] == {"RowsIngested": rows, "RowsDropped": 0, "TotalRowsInDataset": rows}


def _endpoint(path: Path) -> dict[str, Any]:
    found = path.client("redshift-serverless").get_workgroup(workgroupName="orders")["workgroup"]["endpoint"]
    return {"Host": found["address"], "Port": found["port"]}
