"""The lease of the lake's tables: one holder at a time, whatever is lost, late or killed; on a real S3."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from aws_warehouse.connection import run_now
from aws_warehouse.lease import KEY, Lease, LeaseLost
from local_aws.server import LocalAws
from tests.plugins.harness import Store, context_of, run

MERGE = "MERGE INTO kept USING (SELECT 1 AS id) AS new ON kept.id = new.id WHEN NOT MATCHED THEN INSERT (id) VALUES (1)"
WINDOW = {"window_start": "2010-12-01T00:00:00Z", "window_end": "2010-12-02T00:00:00Z"}


@pytest.fixture
def lease(client: Callable[..., Any], bucket: str) -> Callable[..., Lease]:
    """`lease()`: the bucket's lease, by a client of its own; `lease(lost=1)` loses the answer of its first writes."""

    def make(seconds: float = 3600.0, lost: int = 0) -> Lease:
        s3, left = client("s3"), [lost]

        async def call(service: str, operation: str, /, **params: Any) -> dict[str, Any]:
            answer: dict[str, Any] = getattr(s3, operation)(**params)
            if operation == "put_object" and left[0]:
                left[0] -= 1
                raise ConnectionClosedError(endpoint_url="lost")
            return answer

        return Lease(call, bucket, seconds)

    return make


def test_second_window_does_not_get_what_the_first_one_has(lease: Callable[..., Lease]) -> None:
    assert run_now(lease().acquire("a")).generation == 1
    assert run_now(lease().acquire("b")).holder == "a"
    run_now(lease().release("b"))
    assert run_now(lease().look())[0].holder == "a", "only who has it can give it back"
    run_now(lease().release("a"))
    assert (run_now(lease().acquire("b")).holder, run_now(lease().look())[0].generation) == ("b", 2)


def test_retry_of_the_holder_has_it_still(lease: Callable[..., Lease]) -> None:
    first = run_now(lease().acquire("a"))
    assert run_now(lease().acquire("a")).generation == first.generation


def test_holder_whose_answer_was_lost_has_it_still(lease: Callable[..., Lease]) -> None:
    with pytest.raises(ConnectionClosedError):
        run_now(lease(lost=1).acquire("a"))
    assert run_now(lease().acquire("a")).generation == 1


def test_of_many_at_a_time_one_gets_it(lease: Callable[..., Lease]) -> None:
    def take(number: int) -> str:
        return run_now(made[number].acquire(str(number))).holder

    made = [lease() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        holders = set(pool.map(take, range(8)))
    assert len(holders) == 1
    assert run_now(lease().look())[0].generation == 1


def test_lease_whose_time_is_over_is_taken_and_the_first_holder_hears_of_it(
    lease: Callable[..., Lease], local_aws: LocalAws
) -> None:
    first = run_now(lease(seconds=60).acquire("a"))
    local_aws.clock.set(datetime.now(UTC) + timedelta(minutes=2))
    try:
        assert run_now(lease().acquire("b")).generation == first.generation + 1
        with pytest.raises(LeaseLost, match=r"another window was merged .*b.*Clear `merge`"):
            run_now(lease().confirm("a", first.generation))
    finally:
        local_aws.clock.set(datetime.now(UTC))


def test_balance_holds_although_the_time_is_over_if_nobody_was_between(
    lease: Callable[..., Lease], local_aws: LocalAws
) -> None:
    first = run_now(lease(seconds=60).acquire("a"))
    run_now(lease().release("a"))
    local_aws.clock.set(datetime.now(UTC) + timedelta(minutes=2))
    try:
        run_now(lease().confirm("a", first.generation))
        assert run_now(lease().acquire("b")).holder == "a", "the balance took it back"
    finally:
        local_aws.clock.set(datetime.now(UTC))


def test_balance_after_another_window_came_and_went_is_refused(lease: Callable[..., Lease]) -> None:
    first = run_now(lease().acquire("a"))
    run_now(lease().release("a"))
    run_now(lease().acquire("b"))
    run_now(lease().release("b"))
    with pytest.raises(LeaseLost, match="it has ended"):
        run_now(lease().confirm("a", first.generation))


@pytest.fixture
def lake(client: Callable[..., Any], bucket: str, connection: Any) -> Callable[[str], None]:
    """A workgroup and an Iceberg table `kept`."""
    client("athena").create_work_group(
        Name="orders", Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"}}
    )
    client("glue").create_database(DatabaseInput={"Name": "lake"})

    def query(sql: str) -> None:
        from aws_warehouse.operators.athena import AthenaQueryOperator

        run(AthenaQueryOperator(task_id="query", query=sql, database="lake", workgroup="orders", inline_wait=10))

    query(f"CREATE TABLE kept (id int) LOCATION 's3://{bucket}/kept/' TBLPROPERTIES ('table_type' = 'ICEBERG')")
    return query


def merge_of(bucket: str, run_id: str, store: Store | None = None, **more: Any) -> Any:
    from aws_warehouse.operators.merge import MergeWindowOperator

    options = {"database": "lake", "workgroup": "orders", "inline_wait": 0.1, "poll_interval": 0.05} | more
    operator = MergeWindowOperator(task_id="merge", query=MERGE, bucket=bucket, **options)
    return run(operator, context_of(store, run_id=run_id) | {"params": WINDOW, "run_id": run_id})


@pytest.mark.usefixtures("lake")
def test_merge_waits_for_another_window_and_begins_when_that_gives_the_lease_back(
    bucket: str, lease: Callable[..., Lease]
) -> None:
    run_now(lease().acquire("another"))
    with ThreadPoolExecutor(1) as pool:
        merged = pool.submit(merge_of, bucket, "ours")
        with pytest.raises(TimeoutError):
            merged.result(timeout=1)
        run_now(lease().release("another"))
        assert merged.result(timeout=30)["generation"] == 2
    held, is_held = run_now(lease().look())
    assert (held.holder, is_held) == ("window 2010-12-01T00_2010-12-02T00 by ours", True)


@pytest.mark.usefixtures("lake")
def test_merge_that_waits_in_vain_ends_at_its_deadline_and_says_for_whom(
    bucket: str, lease: Callable[..., Lease]
) -> None:
    from aws_warehouse.resume import DeadlineExceeded

    run_now(lease().acquire("another"))
    with pytest.raises(DeadlineExceeded, match="held by another"):
        merge_of(bucket, "ours", deadline=1)


@pytest.mark.usefixtures("lake")
def test_merge_that_meets_another_commit_is_done_again_and_nothing_is_lost(
    bucket: str, client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first query is reported as failed for a conflict; the second one has another token, so it is another one."""
    from aws_warehouse.triggers import athena

    conflicts = ["ICEBERG_COMMIT_ERROR: Failed to commit the transaction during write to table: lake.kept"]
    probe = athena.AthenaQueryTrigger.probe

    async def conflicting(self: Any, call: Any) -> athena.Progress:
        found = await probe(self, call)
        if found.state == athena.SUCCEEDED and conflicts:
            return athena.Progress(athena.FAILED, conflicts.pop(), conflict=True)
        return found

    monkeypatch.setattr(athena.AthenaQueryTrigger, "probe", conflicting)
    monkeypatch.setattr("aws_warehouse.resume.random.uniform", lambda low, high: 0.0)
    before = len(client("athena").list_query_executions(WorkGroup="orders")["QueryExecutionIds"])
    merge_of(bucket, "ours")
    assert len(client("athena").list_query_executions(WorkGroup="orders")["QueryExecutionIds"]) == before + 2


def test_lease_is_readable_in_the_ledger(client: Callable[..., Any], bucket: str, lease: Callable[..., Lease]) -> None:
    run_now(lease().acquire("a"))
    text = client("s3").get_object(Bucket=bucket, Key=KEY)["Body"].read().decode()
    assert '"holder": "a"' in text


@pytest.mark.usefixtures("lake")
def test_merges_at_the_same_time_are_all_in_the_table(lake: Callable[[str], None]) -> None:
    """Without the lease: writers that know nothing of it, such as maintenance, are met too."""
    merges = [
        MERGE.replace("SELECT 1", f"SELECT {number}").replace("VALUES (1)", f"VALUES ({number})") for number in range(6)
    ]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lake, merges))
    from aws_warehouse.operators.athena import AthenaQueryOperator

    counted = AthenaQueryOperator(
        task_id="count",
        query="SELECT count(DISTINCT id) AS n FROM kept",
        fetch="row",
        database="lake",
        workgroup="orders",
    )
    assert run(counted)["row"] == {"n": 6}
