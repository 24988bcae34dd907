"""The pieces in a real Airflow: `dag.test()` with its database, templates, state store, deferral and XCom."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.glue_helpers import Crawls

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("connection")]

DAY = datetime(2010, 12, 1, tzinfo=UTC)
PREFIX = "raw/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/"


@pytest.fixture(scope="module")
def dag() -> Any:
    """The DAG of the folder, in a database of its own."""
    from airflow.utils.db import initdb

    initdb()
    from tests.plugins.dags.window_run import dag as found

    return found


@pytest.fixture
def stream(client: Callable[..., Any], bucket: str, account_id: str, local_aws: LocalAws) -> Iterator[Crawls]:
    local_aws.clock.set(DAY)
    client("firehose").create_delivery_stream(
        DeliveryStreamName="orders-to-s3",
        ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{account_id}:role/firehose",
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": PREFIX,
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 64},
        },
    )
    client("firehose").put_record(DeliveryStreamName="orders-to-s3", Record={"Data": b'{"a": 1}\n'})
    local_aws.clock.set(DAY + timedelta(days=1, minutes=2))
    location = {"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"}}
    client("athena").create_work_group(Name="orders", Configuration=location)
    crawls = Crawls(client, bucket)
    crawls.create(TablePrefix="orderlogs_")
    yield crawls
    local_aws.clock.set(datetime.now(UTC))


def results(dag: Any, run: Any) -> dict[str, Any]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.query(XComModel).filter_by(dag_id=dag.dag_id, run_id=run.run_id, key="return_value").all()
        return {row.task_id: XComModel.deserialize_value(row) for row in rows}


@pytest.mark.parametrize("by_hand", [False, True], ids=["its data interval", "its form, without a logical date"])
def test_run_takes_its_window_through_sensors_crawl_and_sql_file(dag: Any, stream: Crawls, by_hand: bool) -> None:
    form = {"window_start": "2010-12-01", "window_end": "2010-12-02"} if by_hand else {}
    when = {} if by_hand else {"logical_date": DAY + timedelta(days=1)}
    run = dag.test(run_conf={"bucket": stream.bucket, **form}, **when)
    found = results(dag, run)
    assert str(run.state) == "success", found
    assert (found["landed"]["objects"], found["known"]["partitions"]) == (1, ["2010/12/01/00"])
    assert found["crawled"]["tables"] == {"ADD": 1}
    assert found["said"]["queries"][0]["name"] == "first_instant.sql"
    assert found["said"]["row"]["rendered"] == "2010-12-01 00:00:00" == found["said"]["row"]["bound"][:19]


def test_same_run_again_crawls_again(dag: Any, stream: Crawls) -> None:
    """A run that is repeated under its old id is a new one: nothing of the first is taken for its own."""
    for _ in range(2):
        run = dag.test(run_conf={"bucket": stream.bucket}, logical_date=DAY + timedelta(days=1))
        assert str(run.state) == "success"
    assert len(stream.glue.list_crawls(CrawlerName="orders")["Crawls"]) == 2


def test_task_that_is_cleared_in_airflow_crawls_again(dag: Any, stream: Crawls) -> None:
    """Its state survives the clear, as Airflow keeps it by default; `max_tries` tells the clear."""
    from airflow.models.taskinstance import TaskInstance, clear_task_instances
    from airflow.sdk.definitions.dag import _run_task
    from airflow.utils.session import create_session

    run = dag.test(run_conf={"bucket": stream.bucket}, logical_date=DAY + timedelta(days=1))
    with create_session() as session:
        [ti] = session.query(TaskInstance).filter_by(dag_id=dag.dag_id, run_id=run.run_id, task_id="crawled").all()
        before = ti.max_tries
        clear_task_instances([ti], session)
    with create_session() as session:
        [ti] = session.query(TaskInstance).filter_by(dag_id=dag.dag_id, run_id=run.run_id, task_id="crawled").all()
        ti.try_number += 1
        assert ti.max_tries > before
        session.expunge(ti)
        _run_task(ti=ti, task=dag.get_task("crawled"), run_triggerer=True)
    assert len(stream.glue.list_crawls(CrawlerName="orders")["Crawls"]) == 2


def test_window_and_settings_load_without_operators_and_clients() -> None:
    """The loader of plugins imports what is not ignored in each process of Airflow."""
    heavy = ("boto3", "sqlglot", "aws_warehouse.connection")
    code = f"import sys, aws_warehouse.window; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="plugins", check=True)
    assert done.stdout.strip() == "[]"
