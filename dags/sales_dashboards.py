"""# Sales dashboards

Refreshes the SPICE data sets behind the dashboards, each once, and proves that they hold what the marts hold.

Woken by the asset `sales_marts`, or by hand. QuickSight allows 32 refreshes of a data set in 24 hours: this DAG runs
once for many loads, not once for each.

1. `wait_until_settled` lets windows and loads that are at work come to their end, at most an hour.
2. `refresh` starts an ingestion a data set and waits for it. Dropped rows fail the task, with QuickSight's reason.
3. `count` counts the tables behind the data sets in Redshift; `compare` fails unless SPICE holds as many rows, and
   notes the refresh in the ledger.
"""

from __future__ import annotations

from airflow.sdk import DAG, chain

from aws_warehouse import tasks
from aws_warehouse.assets import SALES_MARTS
from aws_warehouse.operators.redshift import RedshiftStatementsOperator
from aws_warehouse.operators.spice import SpiceRefreshOperator
from aws_warehouse.settings import AWS, DEFAULT_ARGS, FRESHNESS, MACROS, REDSHIFT, SETTINGS, SQL

with DAG(
    dag_id="sales_dashboards",
    doc_md=__doc__,
    schedule=[SALES_MARTS],
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    deadline=FRESHNESS,
    template_searchpath=SQL,
    user_defined_macros=MACROS,
    tags=["dashboards", "quicksight"],
) as dag:
    count = RedshiftStatementsOperator(
        task_id="count", sql="redshift/ledger/count_tables.sql", fetch="rows", **REDSHIFT
    )
    refresh = SpiceRefreshOperator.partial(task_id="refresh", **AWS).expand(data_set_id=list(SETTINGS.data_sets))
    compare = tasks.compare_spice(counts=count.output, refreshed=refresh.output)
    chain(tasks.wait_until_settled(), count, refresh, compare)
