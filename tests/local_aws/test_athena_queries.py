"""Athena's SQL: values as Trino computes and Athena prints them, errors as Athena words them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

from tests.local_aws.athena_client import Athena

VALUES = [
    # arithmetic and its types
    ("7 / 2", "3"),
    ("-7 / 2", "-3"),
    ("7 % 3", "1"),
    ("7 / 2e0", "3.5"),
    ("1 / 0e0", "Infinity"),
    ("decimal '1.50' + 1", "2.50"),
    ("decimal '10.00' / 3", "3.33"),
    ("decimal '2.00' / 3", "0.67"),
    ("-decimal '2.00' / 3", "-0.67"),
    ("decimal '5.5' % 2", "1.5"),
    ("cast('12345678.1234' as decimal(18,4)) * cast('12345678.1234' as decimal(18,4))", "152415768326597.34562756"),
    ("typeof(cast(1 as decimal(18,4)) * cast(1 as decimal(18,4)))", "decimal(36,8)"),
    ("typeof(cast(1 as decimal(18,4)) + cast(1 as decimal(18,4)))", "decimal(19,4)"),
    ("typeof(sum(decimal '1.5'))", "decimal(38,1)"),
    ("avg(x) from (values decimal '1.00', decimal '2.01') t(x)", "1.51"),
    ("round(2.5e0)", "3.0"),
    ("round(decimal '2.45', 1)", "2.50"),
    ("greatest(1, null, 2)", None),
    # casts
    ("try_cast(' 12' as bigint)", None),
    ("try_cast('12.5' as bigint)", None),
    ("cast('-12' as bigint)", "-12"),
    ("cast(2.5e0 as bigint)", "3"),
    ("cast('0.12345' as decimal(18,4))", "0.1235"),
    ("try_cast('x' as decimal(18,4))", None),
    ("cast('1' as boolean)", "true"),
    ("try_cast('yes' as boolean)", None),
    ("cast('2010-12-01 08:26:00' as timestamp)", "2010-12-01 08:26:00.000"),
    ("cast('2010-12-01 8:26' as timestamp)", "2010-12-01 08:26:00.000"),
    ("try_cast('2010-12-01T08:26:00' as timestamp)", None),
    ("try_cast('2010-13-01' as date)", None),
    ("cast(timestamp '2010-12-01 08:26:00' as date)", "2010-12-01"),
    ("cast(timestamp '2010-12-01 08:26:00' as varchar)", "2010-12-01 08:26:00.000"),
    ("cast('abcdef' as varchar(3))", "abc"),
    # printing
    ("1e0", "1.0"),
    ("1e7", "1.0E7"),
    ("12345678.9e0", "1.23456789E7"),
    ("0.0005e0", "5.0E-4"),
    ("1.5e20", "1.5E20"),
    ("0e0 / 0e0", "NaN"),
    ("true", "true"),
    ("array['a', null, 'b']", "[a, null, b]"),
    ("map(array['k', 'l'], array[1, null])", "{k=1, l=null}"),
    ("cast(row(1, 'x') as row(a integer, b varchar))", "{a=1, b=x}"),
    ("row(1, array[date '2010-12-01'])", "{field0=1, field1=[2010-12-01]}"),
    ("x'6162ff'", "61 62 ff"),
    ("''", ""),
    ("null", None),
    # texts
    ("substr('hello', 2, 3) || upper('x') || trim(' y ')", "ellXy"),
    ("substr('abc', 0)", ""),
    ("substr('abc', -2)", "bc"),
    ("split_part('a,b', ',', 3)", None),
    ("strpos('abc', 'c')", "3"),
    ("concat('a', null)", None),
    ("replace('aba', 'a')", "b"),
    ("'a_b' like 'a\\_b'", "false"),
    ("'a_b' like 'a!_b' escape '!'", "true"),
    ("regexp_extract('a1', '(\\d)', 1)", "1"),
    ("regexp_extract('a', '\\d')", None),
    ("regexp_replace('a1', '([a-z])(\\d)', '$2$1')", "1a"),
    ("regexp_like('C536365', '^C')", "true"),
    ("to_hex(sha256(to_utf8('a')))", "CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB"),
    ("from_utf8(from_base64(to_base64(to_utf8('é'))))", "é"),
    # JSON
    ("""json_extract_scalar('{"a": {"b": ["x", 2]}}', '$.a.b[1]')""", "2"),
    ("""json_extract_scalar('{"a b": true}', '$["a b"]')""", "true"),
    ("""json_extract_scalar('{"a": [1]}', '$.a')""", None),
    ("""json_extract_scalar('{"a": "[1]"}', '$.a')""", "[1]"),
    ("""json_extract_scalar('{"a": null}', '$.a')""", None),
    ("json_extract_scalar('no json', '$.a')", None),
    ("""try(json_parse('{"a": 1,}'))""", None),
    ("""try(json_parse('{"a": NaN}'))""", None),
    ("""json_format(json_parse('{"a":"NaN, ]"}'))""", '{"a":"NaN, ]"}'),
    ("""cast(json_extract('{"a": [1, 2]}', '$.a') as array(bigint))""", "[1, 2]"),
    ("""json_array_length('[1, 2]')""", "2"),
    # moments
    ("date_parse('2010-12-01 08:26:05', '%Y-%m-%d %H:%i:%s')", "2010-12-01 08:26:05.000"),
    ("date_parse('12/1/10 8:26', '%c/%e/%y %k:%i')", "2010-12-01 08:26:00.000"),
    ("try(date_parse('x', '%Y'))", None),
    ("date_format(timestamp '2010-12-01 08:06:00', '%e %M %Y %H:%i')", "1 December 2010 08:06"),
    ("format_datetime(timestamp '2010-12-01 08:06:00', 'yyyy-MM-dd''T''HH')", "2010-12-01T08"),
    ("parse_datetime('2010-12-01 08', 'yyyy-MM-dd HH')", "2010-12-01 08:00:00.000 UTC"),
    ("from_iso8601_timestamp('2010-12-01T08:26:00Z')", "2010-12-01 08:26:00.000 UTC"),
    ("date_trunc('month', date '2010-12-15')", "2010-12-01"),
    ("date_add('month', 1, date '2010-01-31')", "2010-02-28"),
    ("date_diff('day', timestamp '2010-12-01 23:00:00', timestamp '2010-12-02 01:00:00')", "0"),
    ("date '2010-12-01' - interval '1' day", "2010-11-30"),
    ("day_of_week(date '2010-12-05')", "7"),
    ("extract(year from timestamp '2010-12-01 00:00:00')", "2010"),
    # conditions, collections, lambdas
    ("if(1 > 2, 'a')", None),
    ("coalesce(null, 1, 2.5)", "1.0"),
    ("nullif(1, 1)", None),
    ("try(1 / 0)", None),
    ("""map_keys(try(cast(json_parse(x) as map(varchar, json)))) from (values '{"a": 1') t(x)""", None),
    ("""map_keys(try(cast(json_parse(x) as map(varchar, json)))) from (values '{"a": 1}') t(x)""", "[a]"),
    ("1 is distinct from null", "true"),
    ("element_at(array[1], 2)", None),
    ("cardinality(array[1, 2])", "2"),
    ("transform(array[1, 2], x -> x * 2)", "[2, 4]"),
    ("filter(array[1, 2, 3], x -> x > 1)", "[2, 3]"),
    ("reduce(array[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10)", "60"),
    ("array_join(array[1, null, 3], '-', '?')", "1-?-3"),
    ("map_keys(map_filter(map(array['a', 'b'], array[1, 2]), (k, v) -> v > 1))", "[b]"),
    # aggregates
    ("count_if(x > 1) from (values 1, 2, 3) t(x)", "2"),
    ("max_by(y, x) from (values (1, 'a'), (2, 'b')) t(x, y)", "b"),
    ("array_agg(x order by x desc) from (values 1, 3, 2) t(x)", "[3, 2, 1]"),
    ("approx_percentile(x, 0.5) from (values 1, 2, 3) t(x)", "2"),
    ("count(distinct x) filter (where x > 1) from (values 1, 2, 2, 3) t(x)", "2"),
    ("listagg(x, ',') within group (order by x desc) from (values 'a', 'b') t(x)", "b,a"),
    ("checksum(x) = (select checksum(y) from (values 2, 1) u(y)) from (values 1, 2) t(x)", "true"),
]


@pytest.mark.parametrize(("expression", "printed"), VALUES, ids=[case[0] for case in VALUES])
def test_expression_prints_as_on_athena(shared_athena: Athena, expression: str, printed: str | None) -> None:
    assert shared_athena.value(expression) == printed


QUERIES = [
    ("SELECT n, e FROM (VALUES ARRAY['a', 'b']) t(x) CROSS JOIN UNNEST(x) WITH ORDINALITY AS u(e, n)", ["1a", "2b"]),
    ("SELECT * FROM UNNEST(ARRAY[ROW(1, 'x'), ROW(2, 'y')]) AS t(a, b) ORDER BY a DESC", ["2y", "1x"]),
    ("SELECT x, row_number() OVER (ORDER BY x DESC) FROM (VALUES 1, 2) t(x) ORDER BY x", ["12", "21"]),
    ("SELECT x, lag(x) OVER w FROM (VALUES 1, 2) t(x) WINDOW w AS (ORDER BY x) ORDER BY 1", ["1None", "21"]),
    (
        "SELECT x, count(*), grouping(x) FROM (VALUES 1, 1) t(x) GROUP BY GROUPING SETS ((x), ()) ORDER BY 1",
        ["120", "None21"],
    ),
    ("SELECT x FROM (VALUES 1, null, 3) t(x) ORDER BY x DESC", ["3", "1", "None"]),
    ("SELECT a FROM (SELECT 1 a UNION ALL SELECT 2.5) ORDER BY a", ["1.0", "2.5"]),
    (
        "SELECT k, l.v, r.v FROM (VALUES (1, 'a')) l(k, v) FULL JOIN (VALUES (2, 'b')) r(k, v) USING (k) ORDER BY k",
        ["1aNone", "2Noneb"],
    ),
    ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t", ["1", "2", "3"]),
    ("SELECT x FROM (VALUES 1, 2, 3) t(x) WHERE x IN (SELECT y FROM (VALUES 2) u(y) WHERE y = x)", ["2"]),
    ("SELECT x FROM (VALUES 1, 2, 3) t(x) ORDER BY x OFFSET 1 LIMIT 1", ["2"]),
    ("SELECT x AS y, -x AS x FROM (VALUES 1, 2) t(x) ORDER BY x", ["2-2", "1-1"]),
    (
        "SELECT sum(x) AS a FROM (VALUES (1, 5), (2, 6), (1, 7)) t(g, x) GROUP BY g HAVING sum(x) > 6 ORDER BY -a",
        ["12"],
    ),
    ('SELECT T."X" FROM (VALUES 1) t(x)', ["1"]),
    (
        """SELECT "sum"(x), "Count"(*), "trim"(' a '), "date_trunc"('month', DATE '2020-02-03') FROM (VALUES 1) t(x)""",
        ["11a2020-02-01"],
    ),
    ('SELECT x, "row_number"() OVER (ORDER BY x DESC) FROM (VALUES 1, 2) t(x) ORDER BY 1', ["12", "21"]),
    ("SELECT DISTINCT (x) FROM (VALUES 2, 1, 2) t(x) ORDER BY x", ["1", "2"]),
]


@pytest.mark.parametrize(("sql", "expected"), QUERIES, ids=[case[0][:60] for case in QUERIES])
def test_query_answers_as_on_athena(shared_athena: Athena, sql: str, expected: list[str]) -> None:
    assert ["".join(map(str, row)) for row in shared_athena.rows(sql)] == expected


REASONS = [
    ("SELECT nope FROM (VALUES 1) t(x)", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
    ("SELECT * FROM nope", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nope' does not exist"),
    ("SELECT * FROM nope.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist"),
    ("SELECT\n  nope(1)", "FUNCTION_NOT_FOUND: line 2:3: Function 'nope' not registered"),
    ("SELECT length(5)", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer) for function length"),
    (
        "SELECT x FROM (VALUES 'a') t(x) WHERE x = 1",
        "TYPE_MISMATCH: line 1:41: Cannot apply operator: varchar(1) = integer",
    ),
    ("SELECT x FROM (VALUES 1) t(x) WHERE x", "TYPE_MISMATCH: line 1:37: WHERE clause must evaluate to a boolean"),
    ("SELECT cast(true as date)", "TYPE_MISMATCH: Cannot cast boolean to date"),
    ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
    ("SELECT 2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE"),
    ("SELECT cast('x ' as bigint)", "INVALID_CAST_ARGUMENT: Cannot cast 'x ' to BIGINT"),
    ("SELECT json_parse('{')", "INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{'"),
    (
        "SELECT array[1][2]",
        "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 2 > 1",
    ),
    ("SELECT (SELECT x FROM (VALUES 1, 2) t(x))", "SUBQUERY_MULTIPLE_ROWS"),
    (
        "SELECT x, count(*) FROM (VALUES 1) t(x)",
        "EXPRESSION_NOT_AGGREGATE: line 1:8: 'x' must be an aggregate expression",
    ),
    (
        "SELECT a.x FROM (VALUES 1) a(x), (VALUES 1) b(x) WHERE x = 1",
        "AMBIGUOUS_NAME: line 1:56: Column 'x' is ambiguous",
    ),
    ("SELECT 1 UNION SELECT 'a'", "TYPE_MISMATCH"),
    (
        "SELECT max(from_iso8601_timestamp(x)) FROM (VALUES '2010-12-01T08:00:00+02:00') t(x)",
        "NOT_SUPPORTED: local_aws does not support time zones",
    ),
    ("SELECT st_point(1, 2)", "NOT_SUPPORTED: line 1:8: local_aws does not support the function st_point"),
]


@pytest.mark.parametrize(("sql", "reason"), REASONS, ids=[case[0] for case in REASONS])
def test_failure_is_worded_as_on_athena(shared_athena: Athena, sql: str, reason: str) -> None:
    assert shared_athena.reason(sql).startswith(reason)


OUTSIDE = [
    "SELECT read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT getenv('HOME')",
    "SELECT current_setting('temp_directory')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM sqlite_master",
    "COPY (SELECT 1) TO '/tmp/x'",
    "ATTACH '/tmp/x'",
    "PRAGMA version",
    "SET threads = 1",
    "INSTALL httpfs",
    "CREATE MACRO f() AS 1",
    "SELECT 1; SELECT 2",
]


@pytest.mark.parametrize("sql", OUTSIDE)
def test_nothing_but_athenas_sql_reaches_the_engine(shared_athena: Athena, sql: str) -> None:
    try:
        found = shared_athena.wait(shared_athena.start(sql))
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidRequestException"
    else:
        assert found["Status"]["State"] == "FAILED"
        assert "INTERNAL_ERROR" not in found["Status"]["StateChangeReason"]


def test_parameters_take_their_places_in_the_order_of_the_text(athena: Athena) -> None:
    sql = "WITH t AS (SELECT ? AS a) SELECT a, ? + 1, ? FROM t WHERE a = ?"
    assert athena.rows(sql, ExecutionParameters=["'x'", "5", "date '2010-12-01'", "'x'"]) == [("x", "6", "2010-12-01")]
    assert "Incorrect number of parameters: expected 4 but found 1" in athena.reason(sql, ExecutionParameters=["1"])


def test_view_keeps_its_columns_and_its_database(athena: Athena, client: Callable[..., Any]) -> None:
    athena.execute("CREATE VIEW one AS SELECT 1 AS n, 'x' AS t")
    athena.execute("CREATE OR REPLACE VIEW two AS SELECT n + 1 AS n FROM one")
    client("glue").create_database(DatabaseInput={"Name": "other"})
    athena.database = "other"
    assert athena.rows("SELECT v.n FROM shop.two AS v WHERE n = 2") == [("2",)]
    [columns] = [
        each["StorageDescriptor"]["Columns"]
        for each in [client("glue").get_table(DatabaseName="shop", Name="one")["Table"]]
    ]
    assert [(each["Name"], each["Type"]) for each in columns] == [("n", "int"), ("t", "varchar(1)")]


def test_information_schema_lists_the_catalog(athena: Athena) -> None:
    athena.execute("CREATE VIEW v AS SELECT 1 AS n, 'x' AS t")
    sql = (
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'shop' ORDER BY column_name"
    )
    assert athena.rows(sql) == [("n", "integer"), ("t", "varchar(1)")]
    assert athena.rows("SELECT table_name, table_type FROM information_schema.tables") == [("v", "VIEW")]
