"""SQLMesh with its Athena engine: a project with a seed, a view, Hive and Iceberg models, its environments and audits.

The gateway is what SQLMesh's documentation shows: https://sqlmesh.readthedocs.io/en/stable/integrations/engines/athena/
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

PACKAGES = ("pyathena", "sqlmesh")

CONFIG = """\
gateways:
  athena:
    connection:
      type: athena
      region_name: us-east-1
      work_group: primary
      s3_warehouse_location: s3://BUCKET/warehouse/
      s3_staging_dir: s3://BUCKET/staging/
    state_connection: {type: duckdb, database: state.db}
default_gateway: athena
model_defaults: {dialect: athena, start: 2024-01-01}
disable_anonymized_analytics: true
"""
SEED = """\
order_id,customer,amount,order_day
1,"ann, the first",10.5,2024-01-01
2,bob,20.25,2024-01-02
3,cid,,2024-01-03
"""
FILES = {
    "models/orders.sql": """\
MODEL (name SCHEMA.orders, kind SEED (path '../seeds/orders.csv'),
  columns (order_id INT, customer TEXT, amount DOUBLE, order_day DATE));""",
    "models/days_hive.sql": """\
MODEL (name SCHEMA.days_hive, kind INCREMENTAL_BY_TIME_RANGE (time_column order_day), partitioned_by (order_day));
SELECT order_id, customer, order_day FROM SCHEMA.orders WHERE order_day BETWEEN @start_date AND @end_date""",
    "models/days_iceberg.sql": """\
MODEL (name SCHEMA.days_iceberg, kind INCREMENTAL_BY_TIME_RANGE (time_column order_day), table_format iceberg,
  audits (not_null(columns := (order_id)), unique_values(columns := (order_id))));
SELECT order_id, amount, order_day FROM SCHEMA.orders WHERE order_day BETWEEN @start_date AND @end_date""",
    "models/keys.sql": """\
MODEL (name SCHEMA.keys, kind INCREMENTAL_BY_UNIQUE_KEY (unique_key order_id), table_format iceberg,
  partitioned_by (bucket(4, order_id)));
SELECT order_id, customer FROM SCHEMA.orders""",
    "models/totals.sql": """\
MODEL (name SCHEMA.totals, kind FULL);
SELECT count(*) AS orders, sum(amount) AS amount FROM SCHEMA.days_iceberg""",
    "models/totals_view.sql": "MODEL (name SCHEMA.totals_view, kind VIEW);\nSELECT orders, amount FROM SCHEMA.totals",
    "tests/test_totals.yaml": """\
test_totals:
  model: SCHEMA.totals
  inputs:
    SCHEMA.days_iceberg: {rows: [{order_id: 1, amount: 2.5, order_day: 2024-01-01}]}
  outputs: {query: {rows: [{orders: 1, amount: 2.5}]}}
""",
}


class Project:
    """The project on disk, and its command."""

    def __init__(self, place: Path, bucket: str) -> None:
        self.place, self.schema = place, f"shop_{bucket[-8:]}"
        for name, text in (FILES | {"config.yaml": CONFIG, "seeds/orders.csv": SEED}).items():
            path = place / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.replace("BUCKET", bucket).replace("SCHEMA", self.schema))

    def sqlmesh(self, *words: str) -> str:
        """What the command says. It has to succeed."""
        command = [Path(sys.executable).parent / "sqlmesh", *words]
        made = os.environ | {"NO_COLOR": "1", "COLUMNS": "200"}
        ended = subprocess.run(command, cwd=self.place, env=made, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def rows(self, sql: str) -> list[list[Any]]:
        from pyathena import connect

        with connect(work_group="primary", s3_staging_dir=self.staging) as connection:
            found = connection.cursor().execute(sql.replace("SCHEMA", self.schema)).fetchall()
            return [list(row) for row in found]

    @property
    def staging(self) -> str:
        return next(line for line in (self.place / "config.yaml").read_text().split() if line.endswith("/staging/"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, bucket: str) -> Project:
    return Project(tmp_path_factory.mktemp("shop"), bucket)


@pytest.fixture(scope="module")
def planned(project: Project) -> Project:
    project.sqlmesh("plan", "--auto-apply", "--no-prompts")
    return project


def test_connections_are_there(project: Project) -> None:
    assert "succeeded" in project.sqlmesh("info")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        pytest.param("select count(*), max(customer) from SCHEMA.orders", [[3, "cid"]], id="seed"),
        pytest.param("select count(*), count(distinct order_day) from SCHEMA.days_hive", [[3, 3]], id="hive"),
        pytest.param("select count(*), sum(amount) from SCHEMA.days_iceberg", [[3, 30.75]], id="iceberg"),
        pytest.param("select count(*), min(customer) from SCHEMA.keys", [[3, "ann, the first"]], id="unique-key"),
        pytest.param("select orders, amount from SCHEMA.totals_view", [[3, 30.75]], id="view"),
    ],
)
def test_plan_builds(planned: Project, sql: str, rows: list[list[Any]]) -> None:
    assert planned.rows(sql) == rows


def test_run_finds_nothing_to_do(planned: Project) -> None:
    planned.sqlmesh("run")
    assert planned.rows("select count(*) from SCHEMA.days_iceberg") == [[3]]


def test_rows_are_fetched(planned: Project) -> None:
    assert "30.75" in planned.sqlmesh("fetchdf", f"select * from {planned.schema}.totals_view")


def test_model_is_evaluated(planned: Project) -> None:
    assert "30.75" in planned.sqlmesh("evaluate", f"{planned.schema}.totals", "--start", "2024-01-01")


def test_audits_pass(planned: Project) -> None:
    assert "Finished with 0 audit errors" in planned.sqlmesh("audit", "--start", "2024-01-01", "--end", "2024-01-03")


def test_unit_tests_pass(planned: Project) -> None:
    planned.sqlmesh("test")


def test_changed_model_is_planned_in_its_own_environment(planned: Project) -> None:
    path = planned.place / "models" / "totals_view.sql"
    path.write_text(path.read_text().replace("orders, amount", "orders, amount * 2 AS amount"))
    planned.sqlmesh("plan", "dev", "--auto-apply", "--no-prompts")
    assert planned.rows("select amount from SCHEMA__dev.totals_view") == [[61.5]]
    assert planned.rows("select amount from SCHEMA.totals_view") == [[30.75]]


def test_restated_days_hold_each_row_once(planned: Project) -> None:
    planned.sqlmesh("plan", "--auto-apply", "--no-prompts", "--restate-model", f"{planned.schema}.days_hive")
    planned.sqlmesh("plan", "--auto-apply", "--no-prompts", "--restate-model", f"{planned.schema}.days_iceberg")
    assert planned.rows("select count(*) from SCHEMA.days_hive") == [[3]]
    assert planned.rows("select count(*) from SCHEMA.days_iceberg") == [[3]]


def test_environment_is_invalidated_and_swept(planned: Project) -> None:
    planned.sqlmesh("invalidate", "dev", "--sync")
    planned.sqlmesh("janitor")
    names = [each["Name"] for each in boto3.client("glue").get_databases()["DatabaseList"]]
    assert f"{planned.schema}__dev" not in names
