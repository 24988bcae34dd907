"""A small DAG over the plugins' pieces, for the tests: sense, crawl, see the partitions, query."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from aws_warehouse.operators.athena import AthenaQueryOperator
from aws_warehouse.operators.crawl import CrawlOperator
from aws_warehouse.sensors.landed import FirehoseDeliverySensor, PartitionsSensor
from aws_warehouse.window import window_macro

BUCKET = "{{ params.bucket }}"

with DAG(
    "window_run",
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2010, 1, 1),
    catchup=False,
    params={
        "bucket": Param("", type="string"),
        "window_start": Param(None, type=["null", "string"]),
        "window_end": Param(None, type=["null", "string"]),
    },
    template_searchpath=str(Path(__file__).parent / "sql"),
    user_defined_macros={"window": window_macro},
    default_args={"inline_wait": 0.0, "poll_interval": 0.1, "deadline": 20.0},
) as dag:
    landed = FirehoseDeliverySensor(task_id="landed", delivery_stream="orders-to-s3", bucket=BUCKET)
    crawled = CrawlOperator(task_id="crawled", crawler_name="orders")
    known = PartitionsSensor(task_id="known", database_name="orderlogs", table_name="orderlogs_raw", bucket=BUCKET)
    said = AthenaQueryOperator(
        task_id="said",
        query=["first_instant.sql"],
        execution_parameters=["{{ window().start_text }}"],
        workgroup="orders",
        fetch="row",
    )
    landed >> crawled >> known >> said
