"""What the files hold is what every layer holds: to the row, to the cent, per day and per country."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.e2e.conftest import World

PER = {"day": "CAST(order_day AS VARCHAR)", "country": "country"}


@pytest.fixture(scope="module")
def plain(order_files: Path) -> duckdb.DuckDBPyConnection:
    """The files in DuckDB, read by nothing of ours."""
    connection = duckdb.connect()
    connection.execute(
        f"""
        CREATE TABLE lines AS
        SELECT *, coalesce(
            try_strptime(InvoiceDate, '%Y-%m-%d %H:%M:%S'), strptime(InvoiceDate, '%m/%d/%y %-H:%M')
        )::DATE AS order_day
        FROM read_csv('{order_files}/*.csv', header = true, all_varchar = true, nullstr = '', quote = '"', escape = '"')
        """
    )
    return connection


def _expected(plain: duckdb.DuckDBPyConnection, per: str) -> dict[str, tuple[int, int, Decimal]]:
    key = "CAST(order_day AS VARCHAR)" if per == "day" else "Country"
    rows = plain.execute(
        f"""
        SELECT {key}, count(*), count(DISTINCT InvoiceNo),
               sum(CAST(Quantity AS BIGINT) * CAST(UnitPrice AS DECIMAL(18, 4)))
        FROM lines GROUP BY 1
        """
    ).fetchall()
    return {key: (lines, invoices, Decimal(revenue)) for key, lines, invoices, revenue in rows}


def _found(rows: list[Any]) -> dict[str, tuple[int, int, Decimal]]:
    values = [tuple(row.values()) if isinstance(row, dict) else tuple(row) for row in rows]
    return {str(key): (int(lines), int(invoices), Decimal(str(revenue))) for key, lines, invoices, revenue in values}


@pytest.mark.parametrize("per", ["day", "country"])
@pytest.mark.parametrize("layer", ["lake", "redshift", "spice"])
def test_rows_invoices_and_revenue_equal_plain_duckdb(
    world: World, plain: duckdb.DuckDBPyConnection, layer: str, per: str
) -> None:
    counts = "count(*) AS a, count(DISTINCT invoice_no) AS b, sum(revenue) AS c"
    if layer == "lake":
        found = world.athena(f"SELECT {PER[per]} AS k, {counts} FROM order_lines GROUP BY 1")
    elif layer == "redshift":
        found = world.redshift(f"SELECT {PER[per]} AS k, {counts} FROM sales.fact_order_lines GROUP BY 1")
    else:
        key = "CAST(CAST(order_day AS DATE) AS VARCHAR)" if per == "day" else "country"
        found = world.spice(f"SELECT {key} AS k, {counts} FROM {{order_lines}} GROUP BY 1")
    assert _found(found) == _expected(plain, per)


def test_marts_account_for_every_line_and_cent(world: World, plain: duckdb.DuckDBPyConnection) -> None:
    [found] = world.redshift("SELECT SUM(lines) AS lines, SUM(revenue) AS revenue FROM sales.sales_by_day")
    expected = _expected(plain, "day").values()
    assert int(found["lines"]) == sum(lines for lines, _, _ in expected)
    assert Decimal(found["revenue"]) == sum(revenue for _, _, revenue in expected)


def test_quoted_commas_and_quotes_arrive_whole_and_no_column_shifts(world: World) -> None:
    sql = "SELECT * FROM order_lines WHERE invoice_no IN ('536370', '536597') ORDER BY invoice_no"
    tea, cake = world.athena(sql)
    assert tea["description"] == "SET 3 RETROSPOT TEA,COFFEE,SUGAR"
    assert (tea["quantity"], tea["unit_price"], tea["revenue"], tea["customer_id"], tea["country"]) == (
        "24",
        "4.2500",
        "102.0000",
        "12583",
        "France",
    )
    assert tea["order_time"] == "2010-12-02 08:45:00.000000"
    assert cake["description"] == 'CAKE STAND "LOVEBIRD", 2 TIER'


def test_note_of_the_stock_does_not_become_the_name_of_a_product(world: World) -> None:
    [cake] = world.redshift("SELECT description FROM sales.dim_product WHERE stock_code = '22220'")
    assert cake == {"description": 'CAKE STAND "LOVEBIRD", 2 TIER'}


def test_line_that_is_twice_in_a_file_counts_twice(world: World) -> None:
    assert len(world.athena("SELECT event_id FROM order_lines WHERE invoice_no = '536365'")) == 2


@pytest.mark.parametrize(
    ("invoice", "flags"),
    [
        pytest.param("536370", "false false false true", id="an order"),
        pytest.param("C536379", "true false true true", id="a cancelled discount"),
        pytest.param("A563185", "false true true false", id="an adjustment"),
        pytest.param("536544", "false false true false", id="postage, no customer"),
        pytest.param("536414", "false false false false", id="no price, no description"),
    ],
)
def test_odd_lines_are_flagged_not_dropped(world: World, invoice: str, flags: str) -> None:
    columns = "is_cancellation, is_adjustment, is_non_product, is_known_customer"
    [row] = world.athena(f"SELECT {columns} FROM order_lines WHERE invoice_no = '{invoice}'")
    assert " ".join(str(flag) for flag in row.values()) == flags


def test_day_without_orders_is_green_and_empty(world: World) -> None:
    entry = world.ledger.window("2010-12-04T00_2010-12-05T00")
    entry.check()
    assert (entry.raw_records, entry.accepted, entry.days) == (0, 0, {})


def test_every_window_balances_and_nothing_is_pending(world: World) -> None:
    for entry in world.ledger.windows():
        entry.check()
    for day in world.ledger.days().values():
        day.check()
    assert world.ledger.pending() == {}


def test_reports_run_on_what_is_there(world: World) -> None:
    for path in sorted(Path("include/sql/athena/reports").glob("*.sql")):
        assert world.athena(path.read_text()) is not None, path
    for path in sorted(Path("include/sql/redshift/reports").glob("*.sql")):
        assert world.redshift(path.read_text()), path


def test_seed_query_counts_the_crawled_raw_lines_by_description(world: World, plain: duckdb.DuckDBPyConnection) -> None:
    found = world.athena(Path("include/sql/athena/reports/lines_by_description.sql").read_text())
    expected = plain.execute("SELECT Description, count(*) FROM lines WHERE Country = 'France' GROUP BY 1").fetchall()
    assert {row["description"]: int(row["count"] or 0) for row in found} == dict(expected)


def test_dashboard_shows_what_the_files_hold(world: World, plain: duckdb.DuckDBPyConnection) -> None:
    import json
    import urllib.request

    address = f"{world.server.url}/dashboards/{world.account}/retail_sales"
    with urllib.request.urlopen(f"{address}/data.json") as answer:
        data = json.load(answer)
    total = plain.execute(
        "SELECT sum(CAST(Quantity AS BIGINT) * CAST(UnitPrice AS DECIMAL(18, 4))) FROM lines"
    ).fetchone()
    assert total is not None
    assert f"{total[0]:.2f}" in json.dumps(data) or str(float(total[0])) in json.dumps(data)
    with urllib.request.urlopen(address) as page:
        assert "Retail" in page.read().decode()
