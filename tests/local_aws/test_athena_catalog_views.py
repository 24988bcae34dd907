"""What Athena tells of tables: `"$partitions"`, SHOW CREATE TABLE with comments, single table properties."""

from __future__ import annotations

import pytest

from tests.local_aws.athena_client import Athena


@pytest.fixture
def orders(athena: Athena) -> Athena:
    athena.execute(
        "CREATE EXTERNAL TABLE orders (a int COMMENT 'it''s', b string) COMMENT 'all of them'"
        " PARTITIONED BY (country string COMMENT 'of the customer', year int)"
        f" STORED AS PARQUET LOCATION '{athena.output}orders/' TBLPROPERTIES ('x' = 'y')"
    )
    athena.execute(
        "ALTER TABLE orders ADD PARTITION (country = 'uk', year = 2010) PARTITION (country = 'de', year = 9)"
    )
    return athena


def test_partitions_are_rows_of_their_keys(orders: Athena) -> None:
    assert orders.rows('SELECT * FROM "orders$partitions" ORDER BY year') == [("de", "9"), ("uk", "2010")]
    assert orders.rows("SELECT max(year) FROM shop.\"orders$partitions\" WHERE country = 'de'") == [("9",)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("orders$other", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.orders$other' does not exist"),
        ("orders$properties", "NOT_SUPPORTED"),
        ("plain$partitions", "TABLE_NOT_FOUND"),
    ],
)
def test_other_tables_with_a_dollar_are_not_the_table(orders: Athena, name: str, reason: str) -> None:
    orders.execute(f"CREATE EXTERNAL TABLE plain (a int) LOCATION '{orders.output}plain/'")
    assert orders.reason(f'SELECT * FROM "{name}"').startswith(reason)


def test_show_create_table_keeps_comments(orders: Athena) -> None:
    lines = orders.lines("SHOW CREATE TABLE orders")
    assert lines[1:7] == [
        "  `a` int COMMENT 'it\\'s',",
        "  `b` string)",
        "COMMENT 'all of them'",
        "PARTITIONED BY ( ",
        "  `country` string COMMENT 'of the customer', ",
        "  `year` int)",
    ]
    assert lines[-2:] == ["TBLPROPERTIES (", "  'x'='y')"]


def test_show_create_table_of_a_view_names_the_other_statement(athena: Athena) -> None:
    athena.execute("CREATE VIEW v AS SELECT 1 AS x")
    assert "SHOW CREATE VIEW" in athena.reason("SHOW CREATE TABLE v")


def test_one_table_property_is_asked_for(orders: Athena) -> None:
    assert orders.lines("SHOW TBLPROPERTIES orders('x')") == ["y"]
    assert orders.lines("SHOW TBLPROPERTIES orders('z')") == ["Table shop.orders does not have property: z"]


def test_view_of_a_renamed_column_is_stale(athena: Athena) -> None:
    athena.execute(f"CREATE EXTERNAL TABLE t (a int) LOCATION '{athena.output}t/'")
    athena.execute("CREATE VIEW v AS SELECT * FROM t")
    athena.execute("ALTER TABLE t REPLACE COLUMNS (b int)")
    reason = athena.reason("SELECT * FROM v")
    assert reason.startswith("VIEW_IS_STALE: View 'awsdatacatalog.shop.v' is stale or in invalid state: column [b]")
