"""The engines killed amid their writes: rows of Redshift, of Iceberg and of SPICE, and results of queries.

Each writer adds the numbers from 1 on, one a statement. What was acknowledged is there once; beyond that at most the
one number that was asked for when the process died.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.local_aws.test_durable import ACCOUNT, REGION, Child, child

ONCE = Config(retries={"total_max_attempts": 1})
WAREHOUSE = {"WorkgroupName": "warehouse", "Database": "dev"}
TO = {"OutputLocation": "s3://kept/results/"}
STEPS = 3
SPICE_ROWS = """
import json, sys
from pathlib import Path
from local_aws.server import LocalAws
with LocalAws(directory=Path(sys.argv[1])) as aws:
    service = aws.app.account(sys.argv[2], sys.argv[3]).services["quicksight"]
    rows = service.spice.query(f"SELECT x FROM {service.spice.table('numbers')} ORDER BY x").rows
    print(json.dumps([row[0] for row in rows]))
"""


class Adding(threading.Thread):
    """Does one thing after another with the numbers from 1 on, until the process is gone."""

    def __init__(self, work: Callable[[int], None]) -> None:
        super().__init__()
        self.work, self.done = work, 0

    def run(self) -> None:
        with contextlib.suppress(BotoCoreError):
            for number in itertools.count(1):
                self.work(number)
                self.done = number


class Clients:
    def __init__(self, aws: Child) -> None:
        self.data, self.athena = aws.client("redshift-data", config=ONCE), aws.client("athena", config=ONCE)
        self.quicksight = aws.client("quicksight", config=ONCE)

    def redshift(self, sql: str) -> str:
        made: str = self.data.execute_statement(Sql=sql, WaitTimeSeconds=20, **WAREHOUSE)["Id"]
        found = self.data.describe_statement(Id=made)
        assert found["Status"] == "FINISHED", found
        return made

    def query(self, sql: str) -> str:
        made: str = self.athena.start_query_execution(QueryString=sql, ResultConfiguration=TO)["QueryExecutionId"]
        while True:
            status = self.athena.get_query_execution(QueryExecutionId=made)["QueryExecution"]["Status"]
            if status["State"] not in {"QUEUED", "RUNNING"}:
                assert status["State"] == "SUCCEEDED", status
                return made
            time.sleep(0.01)

    def numbers(self, query: str) -> list[int]:
        rows = self.athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]
        return [int(row["Data"][0]["VarCharValue"]) for row in rows]

    def ingest(self, number: int) -> None:
        """Add a number to the source and take the source into SPICE."""
        self.redshift(f"INSERT INTO source VALUES ({number})")
        whose = {"AwsAccountId": ACCOUNT, "DataSetId": "numbers", "IngestionId": f"i{number}"}
        self.quicksight.create_ingestion(**whose)
        while True:
            found = self.quicksight.describe_ingestion(**whose)["Ingestion"]
            if found["IngestionStatus"] in {"COMPLETED", "FAILED"}:
                assert found["IngestionStatus"] == "COMPLETED", found
                return
            time.sleep(0.01)


def _build(aws: Child, clients: Clients) -> None:
    aws.client("s3").create_bucket(Bucket="kept")
    aws.client("glue").create_database(DatabaseInput={"Name": "shop"})
    serverless = aws.client("redshift-serverless")
    serverless.create_namespace(namespaceName="warehouse")
    made = serverless.create_workgroup(workgroupName="warehouse", namespaceName="warehouse")["workgroup"]
    clients.query("CREATE TABLE shop.i (x int) LOCATION 's3://kept/i/' TBLPROPERTIES ('table_type' = 'ICEBERG')")
    for name in ("own", "source"):
        clients.redshift(f"CREATE TABLE {name} (x int)")
    host = {"RedshiftParameters": {"Host": made["endpoint"]["address"], "Port": 5439, "Database": "dev"}}
    quicksight = aws.client("quicksight")
    arn = quicksight.create_data_source(
        AwsAccountId=ACCOUNT, DataSourceId="w", Name="w", Type="REDSHIFT", DataSourceParameters=host
    )["Arn"]
    table = {"DataSourceArn": arn, "Schema": "public", "Name": "source"}
    columns = {"InputColumns": [{"Name": "x", "Type": "INTEGER"}]}
    quicksight.create_data_set(
        AwsAccountId=ACCOUNT,
        DataSetId="numbers",
        Name="numbers",
        ImportMode="SPICE",
        PhysicalTableMap={"t": {"RelationalTable": table | columns}},
    )


def _spice_rows(directory: Path) -> list[int]:
    command = [sys.executable, "-c", SPICE_ROWS, str(directory), ACCOUNT, REGION]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    return list(json.loads(run.stdout))


def _is_whole(found: list[int], done: int) -> bool:
    return found in (list(range(1, done + 1)), list(range(1, done + 2)))


def test_no_acknowledged_row_is_lost_when_the_engines_are_killed_amid_writes(tmp_path: Path) -> None:
    selected: dict[int, str] = {}
    with child(tmp_path) as aws:
        clients = Clients(aws)
        _build(aws, clients)

        def lake(number: int) -> None:
            clients.query(f"INSERT INTO shop.i VALUES ({number})")
            selected[number] = clients.query("SELECT x FROM shop.i ORDER BY x")

        def warehouse(number: int) -> None:
            clients.redshift(f"INSERT INTO own VALUES ({number})")

        writers = [Adding(warehouse), Adding(lake), Adding(clients.ingest)]
        for each in writers:
            each.start()
        while min(each.done for each in writers) < STEPS and all(each.is_alive() for each in writers):
            time.sleep(0.01)
        assert all(each.is_alive() for each in writers), "a write failed before the kill"
        aws.kill()
        for each in writers:
            each.join()
    with child(tmp_path) as aws:
        clients = Clients(aws)
        records = clients.data.get_statement_result(Id=clients.redshift("SELECT x FROM own ORDER BY x"))["Records"]
        assert _is_whole([each[0]["longValue"] for each in records], writers[0].done)
        assert _is_whole(clients.numbers(clients.query("SELECT x FROM shop.i ORDER BY x")), writers[1].done)
        for number, query in selected.items():
            assert clients.numbers(query) == list(range(1, number + 1)), "a result that was there is another one"
        clients.query("INSERT INTO shop.i VALUES (0)")
        with contextlib.suppress(ClientError):
            clients.ingest(writers[2].done + 2)
    rows = _spice_rows(tmp_path)
    assert rows[: writers[2].done] == list(range(1, writers[2].done + 1))
    assert rows[-1] == writers[2].done + 2, "SPICE takes rows again after the kill"
