"""Sixteen clients at once: nobody waits for ever, no write is lost, no request is answered with a 500; and what is
stopped while others work ends all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest

from local_aws.jobs import MOST_HELD
from local_aws.server import LocalAws
from tests.local_aws.athena_client import Athena, QueryFailedError
from tests.local_aws.redshift_client import Warehouse

CLIENTS, ROUNDS, DEADLINE = 16, 3, 240
ENDLESS = (
    "SELECT a * b * c AS n FROM UNNEST(sequence(1, 9999)) AS x(a), UNNEST(sequence(1, 9999)) AS y(b),"
    " UNNEST(sequence(1, 9999)) AS z(c)"
)


@dataclass
class Place:
    """What the clients share."""

    warehouse: Warehouse
    bucket: str

    def client(self, service: str) -> Any:
        return self.warehouse.client(service)

    @property
    def athena(self) -> Athena:
        return Athena(self.client("athena"), f"s3://{self.bucket}/results/")


@pytest.fixture
def place(local_aws: LocalAws) -> Place:
    warehouse = Warehouse(local_aws)
    made = Place(warehouse, f"parallel-{warehouse.account_id}")
    made.client("s3").create_bucket(Bucket=made.bucket)
    made.client("kinesis").create_stream(StreamName="orders", ShardCount=2)
    made.client("glue").create_database(DatabaseInput={"Name": "shop"})
    for table in ("events (client int, round int)", "totals (id int, n int)"):
        name = table.split()[0]
        made.athena.execute(
            f"CREATE TABLE {table} LOCATION 's3://{made.bucket}/{name}/' TBLPROPERTIES ('table_type' = 'ICEBERG')"
        )
    made.athena.execute(
        f"CREATE EXTERNAL TABLE raw (line string) PARTITIONED BY (day string) LOCATION 's3://{made.bucket}/raw/'"
    )
    warehouse.run("CREATE TABLE shared (client int, round int)")
    return made


# what one client does in one round
def appends(place: Place, client: int, number: int) -> None:
    place.athena.execute(f"INSERT INTO events VALUES ({client}, {number})")


def merges(place: Place, client: int, number: int) -> None:
    """All clients raise the same row; Athena leaves it to its clients to try again."""
    source = "(VALUES 1) AS s(id)"
    sql = (
        f"MERGE INTO totals t USING {source} ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET n = t.n + 1 WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, 1)"
    )
    for _ in range(10):
        try:
            place.athena.execute(sql)
        except QueryFailedError as error:
            assert "ICEBERG_COMMIT_ERROR" in str(error)
        else:
            return
    raise AssertionError("ten times in vain")


def adds_partitions(place: Place, client: int, number: int) -> None:
    storage = {"Location": f"s3://{place.bucket}/raw/{client}-{number}", "SerdeInfo": {}}
    entry = {"Values": [f"{client}-{number}"], "StorageDescriptor": storage}
    answer = place.client("glue").batch_create_partition(
        DatabaseName="shop", TableName="raw", PartitionInputList=[entry]
    )
    assert answer["Errors"] == []
    place.athena.execute(f"ALTER TABLE raw ADD PARTITION (day = 'by-athena-{client}-{number}')")


def inserts_into_the_shared_table(place: Place, client: int, number: int) -> None:
    place.warehouse.run(f"INSERT INTO shared VALUES ({client}, {number})")


def replaces_its_own_table(place: Place, client: int, number: int) -> None:
    sqls = [f"CREATE TABLE IF NOT EXISTS own_{client} (round int)", f"INSERT INTO own_{client} VALUES ({number})"]
    assert place.warehouse.batch(sqls)["Status"] == "FINISHED"


def puts_records(place: Place, client: int, number: int) -> None:
    records = [{"Data": f"{client}-{number}-{each}".encode(), "PartitionKey": str(each)} for each in range(50)]
    assert place.client("kinesis").put_records(StreamName="orders", Records=records)["FailedRecordCount"] == 0


def puts_objects(place: Place, client: int, number: int) -> None:
    s3 = place.client("s3")
    for each in range(5):
        key = f"objects/{client}/{number}/{each}"
        s3.put_object(Bucket=place.bucket, Key=key, Body=key.encode())
        assert s3.get_object(Bucket=place.bucket, Key=key)["Body"].read() == key.encode()


Work = Callable[[Place, int, int], None]
WORK: tuple[Work, ...] = (
    *(appends, appends, merges, adds_partitions),
    *(inserts_into_the_shared_table, replaces_its_own_table, puts_records, puts_objects),
)


def records_of(place: Place) -> set[bytes]:
    kinesis, found = place.client("kinesis"), set[bytes]()
    for shard in kinesis.list_shards(StreamName="orders")["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName="orders", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found |= {each["Data"] for each in kinesis.get_records(ShardIterator=iterator, Limit=10_000)["Records"]}
    return found


def test_sixteen_clients_lose_no_write(place: Place) -> None:
    together = Barrier(CLIENTS)

    def work(client: int) -> None:
        together.wait(DEADLINE)
        for number in range(ROUNDS):
            WORK[client % len(WORK)](place, client, number)

    pool = ThreadPoolExecutor(CLIENTS)
    done, stuck = wait([pool.submit(work, client) for client in range(CLIENTS)], DEADLINE)
    pool.shutdown(wait=False)
    assert not stuck
    for each in done:
        each.result()

    def written(what: Work) -> int:
        return ROUNDS * sum(WORK[client % len(WORK)] is what for client in range(CLIENTS))

    athena, warehouse = place.athena, place.warehouse
    events = str(written(appends))
    assert athena.rows("SELECT count(*), count(DISTINCT client * 100 + round) FROM events") == [(events, events)]
    assert athena.rows("SELECT id, n FROM totals") == [("1", str(written(merges)))]
    assert len(athena.lines("SHOW PARTITIONS raw")) == 2 * written(adds_partitions)
    shared = written(inserts_into_the_shared_table)
    assert warehouse.run("SELECT count(*), count(DISTINCT client * 100 + round) FROM shared") == [[shared, shared]]
    for client in (each for each in range(CLIENTS) if WORK[each % len(WORK)] is replaces_its_own_table):
        assert warehouse.run(f"SELECT count(DISTINCT round) FROM own_{client}") == [[ROUNDS]]
    assert len(records_of(place)) == 50 * written(puts_records)
    objects = place.client("s3").list_objects_v2(Bucket=place.bucket, Prefix="objects/")["KeyCount"]
    assert objects == 5 * written(puts_objects)


def reached(states: Callable[[], str], wanted: set[str]) -> str:
    """The state that a job comes to, asked for a bounded number of times."""
    for _ in range(1500):
        state = states()
        if state in wanted:
            return state
        time.sleep(0.01)
    raise TimeoutError(state)


STATEMENTS = [
    pytest.param(ENDLESS, id="select"),
    pytest.param("CREATE TABLE copied WITH (external_location = 's3://{bucket}/copied/') AS {query}", id="ctas"),
    pytest.param("INSERT INTO events SELECT CAST(n AS int), 1 FROM ({query}) WHERE n < 1000", id="insert into iceberg"),
]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_a_stopped_query_ends_while_others_of_its_kind_run(place: Place, sql: str) -> None:
    athena = place.athena
    text = sql.format(query=ENDLESS, bucket=place.bucket)
    started = [athena.start(text.replace("copied", f"copied_{n}")) for n in range(3)]

    def state(execution: str) -> str:
        found = athena.client.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
        return str(found["Status"]["State"])

    for each in started:
        assert reached(lambda each=each: state(each), {"RUNNING", "FAILED"}) == "RUNNING"  # type: ignore[misc]
    for each in started:
        athena.client.stop_query_execution(QueryExecutionId=each)
        assert reached(lambda each=each: state(each), {"CANCELLED", "SUCCEEDED", "FAILED"}) == "CANCELLED"  # type: ignore[misc]
    assert athena.rows("SELECT count(*) FROM events") == [("0",)]


ENDLESS_INSERT = "INSERT INTO shared WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 1 FROM n"


def test_cancelled_statements_end_and_change_nothing(place: Place) -> None:
    warehouse = place.warehouse
    started = [warehouse.submit(ENDLESS_INSERT) for _ in range(3)]
    for each in started:
        warehouse.data.cancel_statement(Id=each)
        assert warehouse.ended(each)["Status"] == "ABORTED"
    assert warehouse.run("SELECT count(*) FROM shared") == [[0]]


def test_requests_that_wait_leave_room_for_the_one_that_cancels(place: Place) -> None:
    """More clients than the server has threads wait for a lock; the statement that holds it is cancelled."""
    warehouse, many = place.warehouse, MOST_HELD + 20
    data = warehouse.client("redshift-data", connections=many)
    holds = warehouse.submit(ENDLESS_INSERT)

    def insert(client: int) -> None:
        data.execute_statement(Sql=f"INSERT INTO shared VALUES ({client}, 0)", WaitTimeSeconds=30, **warehouse.place)

    pool = ThreadPoolExecutor(many)
    waiting = [pool.submit(insert, client) for client in range(many)]
    reached(lambda: str(sum(each.done() for each in waiting) >= many - MOST_HELD), {"True"})
    warehouse.data.cancel_statement(Id=holds)
    assert warehouse.ended(holds)["Status"] == "ABORTED"
    done, stuck = wait(waiting, DEADLINE)
    assert not stuck
    for each in done:
        each.result()
    for each in warehouse.data.list_statements(Status="ALL")["Statements"]:
        warehouse.ended(each["Id"])
    assert warehouse.run("SELECT count(*) FROM shared") == [[many]]
