"""Rows in expressions: membership with NULLs, fields of what is no row, and their expansion."""

from __future__ import annotations

import pytest

from tests.local_aws.athena_client import Athena

ROW = "(SELECT CAST(ROW(1, 2) AS ROW(a integer, b integer)) AS r)"
VALUES = "(VALUES (1, 2), (3, 4)) AS t(x, y)"


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT (1, 2) IN (SELECT 1, 2)", [("true",)]),
        ("SELECT (1, NULL) IN (SELECT 1, 2)", [(None,)]),
        ("SELECT (1, NULL) IN (SELECT 2, 2)", [("false",)]),
        ("SELECT (1, NULL) IN ((1, 2))", [(None,)]),
        ("SELECT (1, NULL) NOT IN ((1, 2), (2, 3))", [(None,)]),
        (f"SELECT x FROM {VALUES} WHERE (x, y) IN (SELECT a, b FROM (VALUES (3, 4), (1, 5)) AS u(a, b))", [("3",)]),
        (f"SELECT x FROM {VALUES} WHERE (x, y) NOT IN (SELECT a, b FROM (VALUES (3, NULL)) AS u(a, b))", [("1",)]),
        (f"SELECT r.* FROM {ROW}", [("1", "2")]),
        (f"SELECT q.r.* FROM {ROW} AS q", [("1", "2")]),
    ],
)
def test_rows(shared_athena: Athena, query: str, rows: list[tuple[str | None, ...]]) -> None:
    assert shared_athena.rows(query) == rows


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT a.b FROM (VALUES 1) AS t(a)", "TYPE_MISMATCH: line 1:8: Expression a is not of type ROW"),
        ("SELECT t.a.b FROM (VALUES 1) AS t(a)", "TYPE_MISMATCH: line 1:8: Expression t.a is not of type ROW"),
        (f"SELECT r.b.c FROM {ROW}", "TYPE_MISMATCH: line 1:8: Expression r.b is not of type ROW"),
        ("SELECT a.* FROM (VALUES 1) AS t(a)", "TYPE_MISMATCH"),
        ("SELECT q.* FROM (VALUES 1) AS t(a)", "TABLE_NOT_FOUND: line 1:8: Table 'q' not found"),
        ("SELECT (1, 2) IN (SELECT 1, 'a')", "TYPE_MISMATCH"),
    ],
)
def test_what_is_no_row_is_named(shared_athena: Athena, query: str, reason: str) -> None:
    assert shared_athena.reason(query).startswith(reason)
