"""# Warehouse maintenance

Keeps the tables fast and small, once a week and by hand. It changes no row, and may run beside the other DAGs: where it
and a merge commit at once, one of them is tried again.

1. `optimize` rewrites the small files of the lake's Iceberg tables, `expire` removes what no kept snapshot needs.
2. `vacuum` gives back the space of replaced rows in Redshift, sorts, and refreshes the planner's statistics.
"""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, chain
from airflow.sdk.timezone import parse

from aws_warehouse.operators.athena import AthenaQueryOperator
from aws_warehouse.operators.redshift import RedshiftStatementsOperator
from aws_warehouse.settings import ATHENA, DEFAULT_ARGS, MACROS, REDSHIFT, SETTINGS, SQL

LAKE = ("order_lines", "order_rejects")
WAREHOUSE = (
    "fact_order_lines",
    "sales_by_day",
    "customer_orders",
    "product_pairs",
    "dim_product",
    "dim_customer",
    "dim_date",
)

with DAG(
    dag_id="warehouse_maintenance",
    doc_md=__doc__,
    schedule=CronTriggerTimetable(SETTINGS.maintenance_schedule, timezone="UTC"),
    start_date=parse(SETTINGS.start_date),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    template_searchpath=SQL,
    user_defined_macros=MACROS,
    tags=["maintenance", "athena", "redshift"],
) as dag:
    optimize, expire = (
        AthenaQueryOperator(task_id=name, query=[f"athena/{table}/{verb}.sql" for table in LAKE], **ATHENA)
        for name, verb in (("optimize", "optimize"), ("expire", "vacuum"))
    )
    RedshiftStatementsOperator(
        task_id="vacuum",
        sql=[f"redshift/{table}/vacuum.sql" for table in WAREHOUSE],
        execution_mode="AUTO_COMMIT",
        **REDSHIFT,
    )
    chain(optimize, expire)
