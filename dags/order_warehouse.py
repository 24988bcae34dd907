"""# Order warehouse

Loads the **order days** that changed in the lake into Redshift: facts, dimensions and marts.

Woken by the asset `order_lines`, or by hand. What there is to do it takes from the ledger: the order days whose windows
are not those that were loaded. A late order, a backfill of a year and a lost wake-up are therefore all the same case,
and a year of windows is a few loads. By hand, `first_day` and `last_day` load these order days again, pending or not.

1. `plan_load` makes ranges of the pending days. None: the run ends there, green.
2. `audit_lake` looks at these days in the lake: what is not right there is not loaded, whoever has brought it.
3. `load` replaces each range in one transaction: facts from the lake by Spectrum, then dimensions, then marts.
4. The checks and `count` look at the loaded days; `reconcile_days` fails unless lake, fact and marts agree in rows and
   revenue per day, and notes the days as loaded; a day that a window changed meanwhile stays pending. Then the asset
   `sales_marts` wakes `sales_dashboards`.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, chain

from aws_warehouse import tasks
from aws_warehouse.assets import ORDER_LINES, SALES_MARTS
from aws_warehouse.operators.redshift import RedshiftStatementsOperator
from aws_warehouse.params import DAY_PARAMS
from aws_warehouse.settings import DEFAULT_ARGS, FRESHNESS, MACROS, REDSHIFT, SQL

LOAD = [
    "redshift/fact_order_lines/replace_days.sql",
    "redshift/dim_product/upsert_days.sql",
    "redshift/dim_customer/upsert_days.sql",
    "redshift/dim_date/upsert_days.sql",
    "redshift/sales_by_day/replace_days.sql",
    "redshift/customer_orders/replace_days.sql",
    "redshift/product_pairs/replace_days.sql",
]
BEFORE_THE_LOAD = ("each_event_of_the_lake_is_one_order_line",)
CHECKS = (
    "each_event_is_one_fact_row",
    "each_sold_product_has_its_dimension_row",
    "each_customer_has_its_dimension_row",
    "customer_orders_account_for_every_known_line",
)


def _check(name: str, ranges: Any) -> Any:
    return RedshiftStatementsOperator.partial(
        task_id=name, sql=f"redshift/checks/{name}.sql", fetch="rows", **REDSHIFT
    ).expand(parameters=ranges)


with DAG(
    dag_id="order_warehouse",
    doc_md=__doc__,
    schedule=[ORDER_LINES],
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    deadline=FRESHNESS,
    params=DAY_PARAMS,
    template_searchpath=SQL,
    user_defined_macros=MACROS,
    tags=["warehouse", "redshift"],
) as dag:
    ranges = tasks.plan_load()
    audits = [_check(name, ranges) for name in BEFORE_THE_LOAD]
    audited = tasks.no_offending_rows.override(task_id="audit_lake")([audit.output for audit in audits])
    load = RedshiftStatementsOperator.partial(task_id="load", sql=LOAD, max_active_tis_per_dagrun=1, **REDSHIFT).expand(
        parameters=ranges
    )
    checks = [_check(name, ranges) for name in CHECKS]
    count = RedshiftStatementsOperator.partial(
        task_id="count", sql="redshift/ledger/count_days.sql", fetch="rows", max_rows=20_000, **REDSHIFT
    ).expand(parameters=ranges)
    checked = tasks.no_offending_rows([check.output for check in checks])
    reconcile = tasks.reconcile_days.override(outlets=[SALES_MARTS])(
        windows=ranges["windows"], counts=count.output, loads=load.output, generation=ranges["generation"]
    )
    chain(audited, load, [*checks, count])
    chain(checked, reconcile)
