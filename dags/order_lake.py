"""# Order lake

Brings one window of **arrival time** from the stream into the lake, and proves that nothing was lost on the way.

1. `delivered` waits until Firehose has written the window's records to S3.
2. `crawl` has the Glue crawler type what is new; `partitions` waits until each hour with objects has its partition.
3. `audit_window` looks at what arrived before any of it is merged: checks of its records, and the fields that they
   have, against those known. A field of another type or a lost one stops the run; a new one is reported. If the change
   is right, run the window again with `accept_fields`.
4. `open_window` notes that the lake's rows of the window are not settled. `merge` brings readable records into the
   Iceberg table `order_lines`, each event once, and sets the others aside in `order_rejects` with their reason. Runs
   are in parallel up to here; from the merge to the balance one holds the lease, and the others wait without a slot.
5. `count` and the checks after the merge look at every layer on its own; `balance` writes the window into the ledger
   and fails if a record is missing or doubled. Only then does the asset `order_lines` wake `order_warehouse`.

**By schedule** a run owns its data interval (a day, unless `[aws_warehouse] schedule` says otherwise). **By hand** give
`window_start` and `window_end`: whole hours, UTC, the end not included. **Backfills** may come in any order and twice:
the tables end up the same. A window without orders is green and empty.
"""

from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, CronDataIntervalTimetable, chain
from airflow.sdk.timezone import parse

from aws_warehouse import tasks
from aws_warehouse.assets import ORDER_LINES
from aws_warehouse.operators.athena import AthenaQueryOperator
from aws_warehouse.operators.crawl import CrawlOperator
from aws_warehouse.operators.merge import MergeWindowOperator
from aws_warehouse.params import WINDOW_PARAMS
from aws_warehouse.sensors.landed import FirehoseDeliverySensor, PartitionsSensor
from aws_warehouse.settings import ATHENA, AWS, DEFAULT_ARGS, FRESHNESS, MACROS, SETTINGS, SQL

BEFORE_THE_MERGE = ("each_amount_is_quantity_times_price", "each_copy_of_an_event_says_the_same")
AFTER_THE_MERGE = ("each_event_is_one_order_line",)

with DAG(
    dag_id="order_lake",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable(SETTINGS.schedule, timezone="UTC"),
    start_date=parse(SETTINGS.start_date),
    catchup=False,
    max_active_runs=SETTINGS.max_active_windows,
    default_args=DEFAULT_ARGS,
    deadline=FRESHNESS,
    params=WINDOW_PARAMS,
    template_searchpath=SQL,
    user_defined_macros=MACROS,
    tags=["lake", "glue", "athena"],
) as dag:
    delivered = FirehoseDeliverySensor(
        task_id="delivered",
        delivery_stream=SETTINGS.delivery_stream,
        bucket="{{ warehouse.bucket }}",
        **AWS,
    )
    crawl = CrawlOperator(task_id="crawl", crawler_name=SETTINGS.crawler, **AWS)
    partitions = PartitionsSensor(
        task_id="partitions",
        database_name=SETTINGS.database,
        table_name=SETTINGS.raw_table,
        bucket="{{ warehouse.bucket }}",
        **AWS,
    )
    merge = MergeWindowOperator(
        task_id="merge",
        query=["athena/order_lines/merge_window.sql", "athena/order_rejects/merge_window.sql"],
        bucket="{{ warehouse.bucket }}",
        lease_seconds=SETTINGS.lease_minutes * 60,
        **ATHENA,
    )
    count = AthenaQueryOperator(task_id="count", query="athena/ledger/count_window.sql", fetch="row", **ATHENA)
    hours = AthenaQueryOperator(
        task_id="count_hours", query="athena/ledger/count_hours.sql", fetch="rows", max_rows=20_000, **ATHENA
    )
    rejects = AthenaQueryOperator(
        task_id="count_rejects", query="athena/ledger/count_rejects.sql", fetch="rows", **ATHENA
    )
    fields = AthenaQueryOperator(task_id="count_fields", query="athena/ledger/count_fields.sql", fetch="rows", **ATHENA)
    before, after = (
        [AthenaQueryOperator(task_id=name, query=f"athena/checks/{name}.sql", fetch="rows", **ATHENA) for name in names]
        for names in (BEFORE_THE_MERGE, AFTER_THE_MERGE)
    )
    audited = tasks.audit_window(checks=[check.output for check in before], fields=fields.output)
    checked = tasks.no_offending_rows([check.output for check in after])
    balance = tasks.balance_window.override(outlets=[ORDER_LINES])(
        counts=count.output,
        hours=hours.output,
        rejects=rejects.output,
        merged=merge.output,
        crawled=crawl.output,
        audited=audited,
        checked=checked,
    )
    chain(delivered, crawl, partitions, [fields, *before])
    chain(audited, tasks.open_window(), merge, [count, hours, rejects, *after])
    # the run is as these two are: the first fails with any task before it, the second if a person marked it failed
    chain(balance, EmptyOperator(task_id="balanced"))
    chain(balance, tasks.release_lease().as_teardown(on_failure_fail_dagrun=True))
