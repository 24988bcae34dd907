"""One account with the warehouse in it: what it is sent, what its tables hold, which jobs it has paid for."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import boto3

from aws_warehouse.ledger import Ledger
from laptop.environment import REGION
from laptop.store import BUFFERING, bounds
from producer import Arrival, kinesis_client, send
from tests.chaos.endpoint import Endpoint
from tests.layers import LAKE, WAREHOUSE

DATA_SETS = ("order_lines", "sales_by_day", "customers", "product_pairs")
"""`pipeline_windows` shows the ledger, which is compared itself, without what its jobs cost."""
OURS = "chaos"
"""The workgroup and the name of statements by which this suite looks: they are no jobs of the DAGs."""
ENDED = {"SUCCEEDED", "FAILED", "CANCELLED", "FINISHED", "ABORTED", "COMPLETED", "STOPPED"}


@dataclass(frozen=True)
class Jobs:
    """The ids of the remote jobs that are listed, by kind, and of those that are not over."""

    ids: dict[str, frozenset[str]]
    running: tuple[str, ...] = ()

    def since(self, earlier: Jobs) -> dict[str, int]:
        """How many there are that were not listed then; what is a day old is listed no longer."""
        return {kind: len(ids - earlier.ids[kind]) for kind, ids in self.ids.items()}


class Store:
    """An account, by its id, behind an endpoint."""

    def __init__(self, endpoint: Endpoint, account: str) -> None:
        self.endpoint = endpoint
        self.account = account
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint.url,
                region_name=REGION,
                aws_access_key_id=self.account,
                aws_secret_access_key="secret",
            )
        return self._clients[service]

    @property
    def bucket(self) -> str:
        [stack] = self.client("cloudformation").describe_stacks(StackName="order-warehouse")["Stacks"]
        return str(next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == "BucketName"))

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.client("s3"), self.bucket)

    def prepare_to_look(self) -> None:
        """A workgroup of our own, so that what we ask is not counted as the DAGs'."""
        location = {"ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/chaos/"}}
        self.client("athena").create_work_group(Name=OURS, Configuration=location)

    def send(self, day: date, arrivals: Iterable[Arrival]) -> int:
        """Send a day's records, each hour at its time, and end the day: what Firehose buffers is delivered."""
        start, end = bounds(day)
        self.endpoint.set_clock(start)
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = self.account, "secret"
        client = kinesis_client(region=REGION, endpoint_url=self.endpoint.url, profile=None)
        sent = send(client, "CadabraOrders", arrivals, on_arrival=self._hourly(start))
        self.endpoint.set_clock(end + BUFFERING)
        return int(sent.records)

    def _hourly(self, start: datetime) -> Any:
        last = [start]

        def follow(moment: datetime) -> None:
            if (hour := moment.replace(minute=0, second=0, microsecond=0)) > last[0]:
                last[0] = hour
                self.endpoint.set_clock(hour)

        return follow

    def content(self) -> dict[str, list[Any]]:
        """Every row of every table of every layer, in an order of its own."""
        found: dict[str, list[Any]] = {name: self.athena(sql) for name, sql in LAKE.items()}
        for table in WAREHOUSE:
            found[table] = sorted(self.redshift(f"SELECT * FROM sales.{table}"))
        for name in DATA_SETS:
            found[f"spice {name}"] = self.endpoint.spice_rows(self.account, name)
        return found

    def books(self) -> dict[str, Any]:
        """What the ledger says, without what differs from run to run: ids, costs, objects and repeated copies."""
        kept = self.ledger
        differing = ("jobs", "raw_objects", "raw_records", "repeated", "bytes_scanned", "cost_usd")
        windows = [asdict(entry) for entry in kept.windows()]
        days = [asdict(entry) for entry in kept.days().values()]
        return {
            "windows": [{name: each[name] for name in each if name not in differing} for each in windows],
            "days": [{name: each[name] for name in each if name != "load"} for each in days],
            "refreshed": {each["data_set"]: each["table_rows"] for each in kept.refreshes()},
            "pending": kept.pending(),
            "open": kept.open_windows(),
        }

    def athena(self, sql: str) -> list[list[str | None]]:
        athena = self.client("athena")
        context = {"Database": "orderlogs"}
        query = athena.start_query_execution(QueryString=sql, WorkGroup=OURS, QueryExecutionContext=context)
        query_id = query["QueryExecutionId"]
        while (status := athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"])[
            "State"
        ] not in ENDED:
            time.sleep(0.01)
        if status["State"] != "SUCCEEDED":
            raise RuntimeError(f"{sql}: {status}")
        pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        return [[cell.get("VarCharValue") for cell in row] for row in rows[1:]]

    def redshift(self, sql: str) -> list[list[str]]:
        data = self.client("redshift-data")
        where = {"WorkgroupName": "orders", "Database": "dev", "StatementName": OURS}
        statement = data.execute_statement(Sql=sql, **where)["Id"]
        while (status := data.describe_statement(Id=statement))["Status"] not in ENDED:
            time.sleep(0.01)
        if status["Status"] != "FINISHED":
            raise RuntimeError(f"{sql}: {status.get('Error')}")
        pages = data.get_paginator("get_statement_result").paginate(Id=statement)
        return [
            ["" if cell.get("isNull") else str(next(iter(cell.values()))) for cell in record]
            for page in pages
            for record in page["Records"]
        ]

    def jobs(self) -> Jobs:
        """What the DAGs have started so far."""
        found = {
            "crawls": [(each["CrawlId"], each["State"]) for each in self._crawls()],
            "queries": self._queries(),
            "statements": [
                (each["Id"], each["Status"])
                for page in self.client("redshift-data").get_paginator("list_statements").paginate(Status="ALL")
                for each in page["Statements"]
                if each.get("StatementName") != OURS
            ],
            "ingestions": [
                (each["IngestionId"], each["IngestionStatus"])
                for name in self._data_sets()
                for page in self.client("quicksight")
                .get_paginator("list_ingestions")
                .paginate(AwsAccountId=self.account, DataSetId=name)
                for each in page["Ingestions"]
            ],
        }
        running = sorted(job for jobs in found.values() for job, state in jobs if state not in ENDED)
        return Jobs({kind: frozenset(job for job, _ in jobs) for kind, jobs in found.items()}, tuple(running))

    def _data_sets(self) -> list[str]:
        answer = self.client("quicksight").list_data_sets(AwsAccountId=self.account)
        return [each["DataSetId"] for each in answer["DataSetSummaries"]]

    def _crawls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {}
        while True:
            answer = self.client("glue").list_crawls(CrawlerName="orders-raw", MaxResults=100, **page)
            found += answer["Crawls"]
            if not answer.get("NextToken"):
                return found
            page = {"NextToken": answer["NextToken"]}

    def _queries(self) -> list[tuple[str, str]]:
        athena = self.client("athena")
        pages = athena.get_paginator("list_query_executions").paginate(WorkGroup="orders")
        ids = [each for page in pages for each in page["QueryExecutionIds"]]
        found = []
        for first in range(0, len(ids), 50):
            answer = athena.batch_get_query_execution(QueryExecutionIds=ids[first : first + 50])
            found += [(each["QueryExecutionId"], each["Status"]["State"]) for each in answer["QueryExecutions"]]
        return found
