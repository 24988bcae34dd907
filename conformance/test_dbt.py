"""dbt on Athena: a project with a seed, a view, tables, incremental models (Hive and Iceberg), a snapshot and tests.

The profile and the project are what dbt-athena's documentation shows: https://docs.getdbt.com/reference/resource-configs/athena-configs
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from dbt.cli.main import dbtRunner

PACKAGES = ("dbt-athena", "dbt-core")

PROJECT = """\
name: shop
version: "1.0"
profile: shop
seeds: {shop: {+column_types: {order_id: int, customer: string, amount: double, order_day: date}}}
"""
PROFILE = """\
shop:
  target: local
  outputs:
    local:
      type: athena
      s3_staging_dir: s3://BUCKET/staging/
      s3_data_dir: s3://BUCKET/data/
      s3_data_naming: schema_table_unique
      region_name: us-east-1
      database: awsdatacatalog
      schema: DATABASE
      threads: 1
      poll_interval: 0.1
"""
SEED = """\
order_id,customer,amount,order_day
1,ann,10.5,2024-01-01
2,bob,20.0,2024-01-01
3,ann,30.25,2024-01-02
"""
LATER = "4,cid,40.0,2024-01-03\n"
MODELS = {
    "stg_orders": """\
{{ config(materialized='view') }}
select order_id, customer, amount, order_day from {{ ref('orders') }}""",
    "customers": """\
{{ config(materialized='table', format='parquet') }}
select customer, count(*) as orders, sum(amount) as amount from {{ ref('stg_orders') }} group by customer""",
    "days_hive": """\
{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partitioned_by=['order_day'], format='parquet') }}
select count(*) as orders, sum(amount) as amount, order_day from {{ ref('stg_orders') }}
{% if is_incremental() %} where order_day >= (select max(order_day) from {{ this }}) {% endif %}
group by order_day""",
    "days_append": """\
{{ config(materialized='incremental', incremental_strategy='append', format='parquet') }}
select order_id, amount from {{ ref('stg_orders') }}
{% if is_incremental() %} where order_id > (select max(order_id) from {{ this }}) {% endif %}""",
    "orders_iceberg": """\
{{ config(materialized='incremental', table_type='iceberg', incremental_strategy='merge', unique_key='order_id', format='parquet') }}
select order_id, customer, amount from {{ ref('stg_orders') }}""",
    "recent": """\
{{ config(materialized='ephemeral') }}
select * from {{ ref('stg_orders') }} where order_day >= date '2024-01-02'""",
    "table_ha": """\
{{ config(materialized='table', ha=true, format='orc', partitioned_by=['order_day']) }}
select order_id, amount, order_day from {{ ref('recent') }}""",
    "widening_hive": """\
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns', format='parquet') }}
select order_id {% if is_incremental() %}, customer{% endif %} from {{ ref('stg_orders') }}
{% if is_incremental() %} where order_id > (select max(order_id) from {{ this }}) {% endif %}""",
    "changing_iceberg": """\
{{ config(materialized='incremental', table_type='iceberg', incremental_strategy='merge', unique_key='order_id',
   on_schema_change='sync_all_columns', incremental_predicates=["target.order_id > 0"],
   delete_condition="src.order_id = 1") }}
select order_id, amount {% if is_incremental() %}, order_day{% else %}, customer{% endif %} from {{ ref('stg_orders') }}""",
    "contracted": """\
{{ config(materialized='table', contract={'enforced': true}) }}
select cast(order_id as integer) as order_id, cast(customer as varchar) as customer from {{ ref('stg_orders') }}""",
    "table_iceberg": """\
{{ config(materialized='table', table_type='iceberg', format='parquet', partitioned_by=['bucket(customer, 4)']) }}
select order_id, customer, amount from {{ ref('stg_orders') }}""",
}
SCHEMA = """\
version: 2
models:
  - name: customers
    columns:
      - name: customer
        data_tests: [unique, not_null, {accepted_values: {values: [ann, bob, cid]}}]
  - name: orders_iceberg
    columns:
      - name: order_id
        data_tests: [unique, not_null]
      - name: customer
        data_tests: [{relationships: {to: ref('customers'), field: customer}}]
  - name: contracted
    description: "one's orders: it's documented"
    config: {persist_docs: {relation: true, columns: true}}
    columns:
      - {name: order_id, data_type: int, description: the order}
      - {name: customer, data_type: string}
unit_tests:
  - name: customers_are_totalled
    model: customers
    given:
      - input: ref('stg_orders')
        rows: [{customer: x, amount: 1.5}, {customer: x, amount: 2.0}, {customer: y, amount: null}]
    expect:
      rows: [{customer: x, orders: 2, amount: 3.5}, {customer: y, orders: 1, amount: null}]
"""
SINGULAR = "select * from {{ ref('orders_iceberg') }} where amount < 0"
SNAPSHOT = """\
{% snapshot amounts %}
{{ config(target_schema=target.schema, unique_key='order_id', strategy='check', check_cols=['amount'], table_type='iceberg') }}
select order_id, amount from {{ ref('stg_orders') }}
{% endsnapshot %}
"""


class Project:
    """The project on disk, and dbt run in this process."""

    def __init__(self, place: Path, bucket: str, database: str) -> None:
        self.place, self.database, self.bucket = place, database, bucket
        files = {"dbt_project.yml": PROJECT, "seeds/orders.csv": SEED, "models/schema.yml": SCHEMA}
        files["profiles.yml"] = PROFILE.replace("BUCKET", bucket).replace("DATABASE", database)
        files["snapshots/amounts.sql"], files["tests/no_negative_amount.sql"] = SNAPSHOT, SINGULAR
        for name, text in (files | {f"models/{name}.sql": text for name, text in MODELS.items()}).items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def dbt(self, *words: str) -> dict[str, str]:
        """Each node's status and, where it failed, its message."""
        place = ["--project-dir", str(self.place), "--profiles-dir", str(self.place), "--no-send-anonymous-usage-stats"]
        ended = dbtRunner().invoke([*words, *place])
        assert ended.exception is None, ended.exception
        found = json.loads((self.place / "target" / "run_results.json").read_text())["results"]
        return {
            each["unique_id"].split(".")[2]: "ok" if each["status"] in {"success", "pass"} else f"{each['message']}"
            for each in found
        }

    def rows(self, sql: str) -> list[list[Any]]:
        from pyathena import connect

        with connect(s3_staging_dir=f"s3://{self.bucket}/staging/", schema_name=self.database) as connection:
            return [list(row) for row in connection.cursor().execute(sql).fetchall()]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, bucket: str, database: str) -> Project:
    made = Project(tmp_path_factory.mktemp("shop"), bucket, database)
    assert made.dbt("seed") == {"orders": "ok"}
    return made


@pytest.fixture(scope="module")
def first(project: Project) -> dict[str, str]:
    return project.dbt("run")


@pytest.fixture(scope="module")
def second(project: Project, first: dict[str, str]) -> dict[str, str]:
    """The second run, after a snapshot of the first and with another order."""
    snapshot = project.dbt("snapshot")
    seed = project.place / "seeds" / "orders.csv"
    seed.write_text(SEED.replace("20.0", "21.0") + LATER)
    project.dbt("seed")
    return project.dbt("run") | snapshot


def test_seed_is_loaded(project: Project) -> None:
    assert project.rows("select count(*), sum(amount) from orders")[0][0] in {3, 4}


BUILT = [name for name, text in MODELS.items() if "ephemeral" not in text]


@pytest.mark.parametrize("name", BUILT)
def test_model_is_built(first: dict[str, str], name: str) -> None:
    assert first[name] == "ok"


@pytest.mark.parametrize("name", BUILT)
def test_model_is_built_again(second: dict[str, str], name: str) -> None:
    assert second[name] == "ok"


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        pytest.param(
            "select customer, orders from customers order by 1", [["ann", 2], ["bob", 1], ["cid", 1]], id="table"
        ),
        pytest.param("select count(*), count(distinct order_day) from days_hive", [[3, 3]], id="insert-overwrite"),
        pytest.param("select count(*), sum(amount) from days_append", [[4, 100.75]], id="append"),
        pytest.param("select count(*), sum(amount) from orders_iceberg", [[4, 101.75]], id="merge"),
        pytest.param("select count(*), sum(amount) from table_iceberg", [[4, 101.75]], id="iceberg"),
        pytest.param("select count(*), sum(amount) from table_ha", [[2, 70.25]], id="high-availability"),
        pytest.param("select count(*), count(customer) from widening_hive", [[4, 1]], id="new-column-appended"),
        pytest.param("select count(*), count(order_day) from changing_iceberg", [[3, 3]], id="columns-synchronized"),
    ],
)
def test_models_hold_both_runs(project: Project, second: dict[str, str], sql: str, rows: list[list[Any]]) -> None:
    assert project.rows(sql) == rows


def test_snapshot_keeps_history(project: Project, second: dict[str, str]) -> None:
    assert project.dbt("snapshot") == {"amounts": "ok"}
    sql = "select count(*), count(dbt_valid_to) from amounts where order_id = 2"
    assert project.rows(sql) == [[2, 1]]


def test_data_tests_pass(project: Project, second: dict[str, str]) -> None:
    found = project.dbt("test")
    assert len(found) == 8, found
    assert set(found.values()) == {"ok"}


def test_catalog_is_documented(project: Project, second: dict[str, str]) -> None:
    place = ["--project-dir", str(project.place), "--profiles-dir", str(project.place)]
    assert dbtRunner().invoke(["docs", "generate", *place]).success
    nodes = json.loads((project.place / "target" / "catalog.json").read_text())["nodes"]
    assert {key.rpartition(".")[2] for key in nodes} >= set(BUILT)


def test_descriptions_are_persisted(project: Project, second: dict[str, str]) -> None:
    table = boto3.client("glue").get_table(DatabaseName=project.database, Name="contracted")["Table"]
    assert table["Description"] == "one's orders: it's documented"
    assert [each.get("Comment") for each in table["StorageDescriptor"]["Columns"]] == ["the order", ""]


def test_everything_is_built_anew(project: Project, second: dict[str, str]) -> None:
    found = project.dbt("build", "--full-refresh")
    assert set(found.values()) == {"ok"}, found
    assert project.rows("select count(*) from days_append") == [[4]]
