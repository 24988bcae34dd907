"""Ibis on its Athena backend.

Its default cursor is PyAthena's for Arrow, which hands no endpoint to Arrow's file system; one over pandas is given in
its place, by the parameter that Ibis has for it.
"""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from pyathena.pandas.cursor import PandasCursor

PACKAGES = ("ibis-framework",)
FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "name": ["a", "b", "b", None],
        "amount": [1.5, 2.5, 3.5, 4.5],
        "at": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-02-01", "2024-02-02"]),
    }
)


class Cursor(PandasCursor):
    def as_arrow(self) -> pa.Table:
        return pa.Table.from_pandas(self.as_pandas(), preserve_index=False)


@pytest.fixture(scope="module")
def connection(bucket: str, database: str) -> Any:
    place = {"s3_staging_dir": f"s3://{bucket}/ibis/", "schema_name": database, "region_name": "us-east-1"}
    return ibis.athena.connect(cursor_class=Cursor, **place)


@pytest.fixture(scope="module")
def table(connection: Any) -> Any:
    return connection.create_table("orders", FRAME)


def test_table_is_created_and_listed(connection: Any, table: Any) -> None:
    assert "orders" in connection.list_tables()
    assert table.count().execute() == 4


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(lambda t: t.amount.sum(), 12.0, id="sum"),
        pytest.param(lambda t: t.name.nunique(), 2, id="distinct"),
        pytest.param(lambda t: t.filter(t.name == "b").id.max(), 3, id="filter"),
        pytest.param(lambda t: t.filter(t.name.isnull()).count(), 1, id="null"),
        pytest.param(lambda t: t.filter(t.at >= ibis.timestamp("2024-02-01")).amount.mean(), 4.0, id="timestamp"),
        pytest.param(lambda t: t.at.truncate("M").nunique(), 2, id="truncate"),
        pytest.param(lambda t: t.name.upper().max(), "B", id="text"),
        pytest.param(lambda t: t.amount.std(how="sample").round(4), 1.291, id="deviation"),
    ],
)
def test_expression_gives(table: Any, make: Any, expected: Any) -> None:
    assert (
        make(table).execute() == pytest.approx(expected)
        if isinstance(expected, float)
        else make(table).execute() == expected
    )


def test_group_join_window(table: Any) -> None:
    totals = table.group_by("name").agg(total=table.amount.sum()).order_by(ibis.asc("name", nulls_first=False))
    assert totals.execute()["total"].tolist() == [1.5, 6.0, 4.5]
    joined = table.join(totals, "name").mutate(share=lambda t: t.amount / t.total).order_by("id")
    assert joined.share.execute().round(3).tolist() == [1.0, 0.417, 0.583]
    ranked = table.mutate(rank=ibis.row_number().over(ibis.window(group_by="name", order_by=ibis.desc("amount"))))
    assert ranked.filter(ranked["rank"] == 0).count().execute() == 3


def test_raw_sql_views_and_insert(connection: Any, table: Any) -> None:
    view = connection.create_view("big", table.filter(table.amount > 2))
    assert view.count().execute() == 3
    assert connection.raw_sql("SELECT max(id) AS m FROM orders").fetchall() == [(4,)]
    connection.insert("orders", FRAME.assign(id=9).head(1))
    assert table.count().execute() == 5
    assert "big" in connection.list_tables()
