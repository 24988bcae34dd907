"""What Trino's grammar has beyond expressions, and how Athena refuses what is no query.

Evidence: https://trino.io/docs/current/sql/select.html; the words of a refusal: https://github.com/guardian/athena-cli/issues/39
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.athena_client import Athena

Rows = list[tuple[str | None, ...]]
QUERIES: list[tuple[str, Rows]] = [
    ("SELECT 1_000", [("1000",)]),
    (
        "SELECT a.x, c.z FROM (VALUES 1) a(x) JOIN ((VALUES 1) b(y) JOIN (VALUES 1) c(z) ON y = z) ON x = y",
        [("1", "1")],
    ),
    (
        "SELECT a.x, b.y, c.z FROM (VALUES 1) a(x) "
        "LEFT JOIN ((VALUES 2) b(y) LEFT JOIN (VALUES 3) c(z) ON b.y = c.z) ON a.x = y - 1",
        [("1", "2", None)],
    ),
    ("SELECT * FROM ((SELECT 1) a(x) CROSS JOIN (SELECT 2) b(y)) WHERE a.x = 1", [("1", "2")]),
    ("SELECT * FROM ((SELECT 1 AS x UNION ALL SELECT 2) ORDER BY x OFFSET 1)", [("2",)]),
    ("SELECT * FROM (((VALUES 1) t(x)))", [("1",)]),
    (
        "SELECT x FROM (VALUES 1, 1, 2) t(x) ORDER BY x FETCH FIRST 1 ROW WITH TIES",
        [("1",), ("1",)],
    ),
    (
        "SELECT x, count(*) FROM (VALUES 1, 1, 2, 3) t(x) GROUP BY x ORDER BY 2 DESC FETCH FIRST 2 ROWS WITH TIES",
        [("1", "2"), ("2", "1"), ("3", "1")],
    ),
    (
        "SELECT listagg(x, ',' ON OVERFLOW TRUNCATE '…' WITH COUNT) WITHIN GROUP (ORDER BY x DESC) "
        "FROM (VALUES 'a', 'b') t(x)",
        [("b,a",)],
    ),
    (
        "SELECT listagg(DISTINCT x, ',' ON OVERFLOW ERROR) WITHIN GROUP (ORDER BY x) FROM (VALUES 'a', 'a') t(x)",
        [("a",)],
    ),
]


@pytest.mark.parametrize(("sql", "rows"), QUERIES, ids=[case[0] for case in QUERIES])
def test_query_has_trinos_syntax(shared_athena: Athena, sql: str, rows: Rows) -> None:
    assert sorted(shared_athena.rows(sql), key=str) == rows


STATEMENTS = (
    "'ALTER', 'ANALYZE', 'CALL', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DESC', 'DESCRIBE', 'DROP', 'EXECUTE', "
    "'EXPLAIN', 'GRANT', 'INSERT', 'PREPARE', 'RESET', 'REVOKE', 'ROLLBACK', 'SET', 'SHOW', 'START', 'UNLOAD', "
    "'UPDATE', 'USE', <query>"
)
REFUSED = [
    ("SELEC 1", f"line 1:1: mismatched input 'SELEC'. Expecting: {STATEMENTS}"),
    ("SELECT FROM t", "line 1:8: mismatched input 'FROM'. Expecting: '*', 'ALL', 'DISTINCT', <expression>"),
    ("SELECT 1 FROM", "line 1:14: mismatched input '<EOF>'"),
    ("SELECT (1", "line 1:10: mismatched input '<EOF>'"),
    ("SELECT 1\nFROM t WHERE", "line 2:13: mismatched input '<EOF>'"),
    ("SELECT 1 2", "line 1:10: mismatched input '2'"),
    ("SELECT 'abc", "line 1:8: mismatched input '''"),
    ("SELECT `a` FROM t", "line 1:8: backquoted identifiers are not supported; use double quotes to quote identifiers"),
]


@pytest.mark.parametrize(("sql", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_no_query_is_refused_at_its_place(shared_athena: Athena, sql: str, message: str) -> None:
    with pytest.raises(ClientError) as refused:
        shared_athena.start(sql)
    assert refused.value.response["Error"]["Message"] == message


FAILING = [
    (
        "SELECT * FROM (VALUES 1) a(x) NATURAL JOIN (VALUES 1) b(x)",
        "NOT_SUPPORTED: line 1:55: Natural join not supported",
    ),
    ("SELECT x FROM (VALUES 1) t(x) FETCH FIRST 1 ROW WITH TIES", "MISSING_ORDER_BY: line 1:8: FETCH FIRST WITH TIES"),
    (
        "SELECT listagg(rpad('a', 2000, 'b')) WITHIN GROUP (ORDER BY x) FROM UNNEST(sequence(1, 1000)) t(x)",
        "EXCEEDED_FUNCTION_MEMORY_LIMIT: Concatenated string has the length in bytes larger than the maximum output",
    ),
]


@pytest.mark.parametrize(("sql", "reason"), FAILING, ids=[case[0] for case in FAILING])
def test_query_fails_as_trinos_does(shared_athena: Athena, sql: str, reason: str) -> None:
    assert shared_athena.reason(sql).startswith(reason)
