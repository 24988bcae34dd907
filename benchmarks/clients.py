"""Clients at once: what sixteen get done over what one gets done, and how soon a cancelled query has stopped.

Each client is a process. A round is an Athena query, an INSERT into an Iceberg table that all clients share, an S3 put,
a PutRecords of 100 records and a Redshift INSERT; at the end everything that was written is counted, and what is
missing ends the run with an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from benchmarks import Row
from benchmarks.endpoint import Endpoint, client, running

CLIENTS, ROUNDS = 16, 4
BUCKET, PLACE = "clients-benchmark", {"WorkgroupName": "orders", "Database": "dev"}
ENDLESS = (
    "SELECT CAST(a * b AS bigint) AS n FROM UNNEST(sequence(1, 9999)) AS x(a), UNNEST(sequence(1, 9999)) AS y(b),"
    " UNNEST(sequence(1, 9999)) AS z(c)"
)
STOPPED = {
    "Athena SELECT": ENDLESS,
    "Athena CTAS": f"CREATE TABLE copied WITH (external_location = 's3://{BUCKET}/copied/') AS {ENDLESS}",
    "Athena INSERT into Iceberg": f"INSERT INTO events {ENDLESS}",
}


def started(athena: Any, sql: str) -> str:
    made = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": "shop"},
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"},
    )
    return str(made["QueryExecutionId"])


def state(athena: Any, execution: str) -> str:
    return str(athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]["State"])


def until(ask: Callable[[], str], going: set[str], pause: float = 0.01) -> str:
    while (found := ask()) in going:
        time.sleep(pause)
    return found


def query(athena: Any, sql: str) -> str:
    """Run a statement to its end. :raises RuntimeError: if it does not succeed."""
    execution = started(athena, sql)
    found = until(lambda: state(athena, execution), {"QUEUED", "RUNNING"})
    if found != "SUCCEEDED":
        raise RuntimeError(f"{sql}: {found}")
    return execution


def statement(data: Any, sql: str) -> str:
    identifier = str(data.execute_statement(Sql=sql, WaitTimeSeconds=20, **PLACE)["Id"])
    found = until(lambda: str(data.describe_statement(Id=identifier)["Status"]), {"SUBMITTED", "PICKED", "STARTED"})
    if found != "FINISHED":
        raise RuntimeError(f"{sql}: {data.describe_statement(Id=identifier).get('Error')}")
    return identifier


def work(url: str, number: int, rounds: int) -> int:
    """One client's rounds; returns how many requests it saw through."""
    athena, s3, kinesis, data = (client(each, url) for each in ("athena", "s3", "kinesis", "redshift-data"))
    for turn in range(rounds):
        query(athena, f"SELECT count(*), sum(n) FROM (VALUES ({number}), ({turn})) AS t(n)")
        query(athena, f"INSERT INTO events VALUES ({number * 10_000 + turn})")
        s3.put_object(Bucket=BUCKET, Key=f"objects/{number}/{turn}", Body=b"x" * 10_000)
        records = [{"Data": f"{number}-{turn}-{each}".encode(), "PartitionKey": str(each)} for each in range(100)]
        kinesis.put_records(StreamName="orders", Records=records)
        statement(data, f"INSERT INTO sales VALUES ({number}, {turn})")
    return 5 * rounds


def prepare(server: Endpoint) -> None:
    server.client("s3").create_bucket(Bucket=BUCKET)
    server.client("kinesis").create_stream(StreamName="orders", ShardCount=4)
    server.client("glue").create_database(DatabaseInput={"Name": "shop"})
    serverless = server.client("redshift-serverless")
    serverless.create_namespace(namespaceName="orders", dbName="dev")
    serverless.create_workgroup(workgroupName="orders", namespaceName="orders")
    statement(server.client("redshift-data"), "CREATE TABLE sales (client int, turn int)")
    query(
        server.client("athena"),
        f"CREATE TABLE events (n bigint) LOCATION 's3://{BUCKET}/events/' TBLPROPERTIES ('table_type' = 'ICEBERG')",
    )


def counted(server: Endpoint) -> dict[str, int]:
    """What there is of everything that the clients wrote."""
    athena, kinesis, data = (server.client(each) for each in ("athena", "kinesis", "redshift-data"))
    execution = query(athena, "SELECT count(DISTINCT n) FROM events")
    [_, row] = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
    keys = server.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="objects/")
    records = 0
    for shard in kinesis.list_shards(StreamName="orders")["Shards"]:
        given = {"StreamName": "orders", "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**given)["ShardIterator"]
        while found := kinesis.get_records(ShardIterator=iterator, Limit=10_000):
            records, iterator = records + len(found["Records"]), found["NextShardIterator"]
            if not found["Records"]:
                break
    identifier = statement(data, "SELECT count(DISTINCT client * 10000 + turn) FROM sales")
    sales = data.get_statement_result(Id=identifier)["Records"][0][0]["longValue"]
    inserted = int(row["Data"][0]["VarCharValue"])
    return {"events": inserted, "objects": sum(page["KeyCount"] for page in keys), "records": records, "sales": sales}


def throughput(clients: int, rounds: int) -> list[Row]:
    """Requests a second, by wall and by the server's CPU time. :raises SystemExit: where something was lost."""
    with running() as server:
        prepare(server)
        with ProcessPoolExecutor(clients) as pool:
            list(pool.map(partial(work, server.url, rounds=0), range(clients)))  # imports are not timed
            cpu, begun = server.cpu_seconds(), time.perf_counter()
            done = sum(pool.map(partial(work, server.url, rounds=rounds), range(clients)))
            wall, cpu = time.perf_counter() - begun, server.cpu_seconds() - cpu
        written = clients * rounds
        expected = {"events": written, "objects": written, "records": 100 * written, "sales": written}
        if (found := counted(server)) != expected:
            raise SystemExit(f"{clients} clients wrote {expected}; there is {found}")
    name = f"{clients} client{'s' if clients > 1 else ''}, nothing lost"
    return [
        Row(name, done / wall, "operations/s"),
        Row(f"{name}: the server's CPU time an operation", cpu / done * 1e3, "ms"),
    ]


def cancelled() -> list[Row]:
    """From the request that stops a statement to the state that says so."""
    rows = []
    with running() as server:
        prepare(server)
        athena, data = server.client("athena"), server.client("redshift-data")
        for name, sql in STOPPED.items():
            execution = started(athena, sql)
            time.sleep(3)  # well under way
            if (found := state(athena, execution)) != "RUNNING":
                raise SystemExit(f"{name}: {found}")
            begun = time.perf_counter()
            athena.stop_query_execution(QueryExecutionId=execution)
            until(partial(state, athena, execution), {"QUEUED", "RUNNING"}, 0.002)
            rows.append(Row(f"{name}, cancelled", time.perf_counter() - begun, "s", "at most 1"))
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 1 FROM n"
        identifier = data.execute_statement(Sql=f"INSERT INTO sales {numbers}", **PLACE)["Id"]
        time.sleep(3)
        begun = time.perf_counter()
        data.cancel_statement(Id=identifier)
        until(lambda: str(data.describe_statement(Id=identifier)["Status"]), {"PICKED", "STARTED"}, 0.002)
        rows.append(Row("Redshift INSERT, cancelled", time.perf_counter() - begun, "s", "at most 1"))
    return rows


def run(scale: float) -> list[Row]:
    rounds = max(1, int(ROUNDS * scale))
    one, many = throughput(1, rounds * CLIENTS), throughput(CLIENTS, rounds)
    return [
        *one,
        *many,
        Row(f"{CLIENTS} clients over one", many[0].value / one[0].value, "×", "above 1"),
        *cancelled(),
    ]
