"""# Warehouse deploy

Brings everything that the other DAGs need to what this repository says. Run it by hand: first of all, and after each
change of template, tables, data sets or dashboards. It may be run again at any time: what is as it should be stays.

1. `stack` creates or updates the CloudFormation stack: bucket, stream, delivery stream, crawler, workgroups, roles, and
   QuickSight's data source.
2. `lake_tables` and `warehouse_tables` create what is missing, from `include/sql`.
3. `deploy_data_sets` and `deploy_dashboards` bring `include/quicksight` into QuickSight, and publish;
   `first_ingestions` watches what QuickSight ingests by itself for a new or changed data set.
"""

from __future__ import annotations

from airflow.sdk import DAG, chain

from aws_warehouse import tasks
from aws_warehouse.operators.athena import AthenaQueryOperator
from aws_warehouse.operators.redshift import RedshiftStatementsOperator
from aws_warehouse.operators.stack import StackOperator
from aws_warehouse.sensors.ingestion import IngestionSensor
from aws_warehouse.settings import ATHENA, AWS, DEFAULT_ARGS, INCLUDE, MACROS, REDSHIFT, SETTINGS, SQL

LAKE = (
    "athena/order_text/create_table.sql",
    "athena/order_records/create_view.sql",
    "athena/order_lines/create_table.sql",
    "athena/order_rejects/create_table.sql",
    "athena/ledger_windows/create_table.sql",
)
WAREHOUSE = (
    "redshift/schemas/create_sales.sql",
    "redshift/fact_order_lines/create_table.sql",
    "redshift/dim_product/create_table.sql",
    "redshift/dim_customer/create_table.sql",
    "redshift/dim_date/create_table.sql",
    "redshift/sales_by_day/create_table.sql",
    "redshift/customer_orders/create_table.sql",
    "redshift/product_pairs/create_table.sql",
)

with DAG(
    dag_id="warehouse_deploy",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    template_searchpath=SQL,
    user_defined_macros=MACROS,
    tags=["deploy", "cloudformation"],
) as dag:
    stack = StackOperator(
        task_id="stack",
        stack_name=SETTINGS.stack,
        template=INCLUDE / "cloudformation" / "template.yaml",
        parameters=SETTINGS.stack_parameters,
        **AWS,
    )
    lake_tables = AthenaQueryOperator(task_id="lake_tables", query=list(LAKE), **ATHENA)
    external_schema = RedshiftStatementsOperator(
        task_id="external_schema",
        sql="redshift/schemas/create_orderlogs_schema.sql",
        execution_mode="AUTO_COMMIT",
        **REDSHIFT,
    )
    warehouse_tables = RedshiftStatementsOperator(task_id="warehouse_tables", sql=list(WAREHOUSE), **REDSHIFT)
    data_sets = tasks.deploy_data_sets()
    first_ingestions = IngestionSensor.partial(task_id="first_ingestions", **AWS).expand_kwargs(data_sets)
    dashboards = tasks.deploy_dashboards()
    chain(stack, lake_tables, external_schema, warehouse_tables, data_sets, first_ingestions, dashboards)
