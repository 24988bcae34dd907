"""What Trino's functions give where DuckDB's of the same name give something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.athena_client import Athena

NOTHING = "FROM (SELECT 1 AS x WHERE false) t"
NULLS = "FROM (VALUES CAST(NULL AS integer), NULL) t(x)"
TWICE = "FROM (VALUES 1, NULL, 1) t(x)"
ONCE = "FROM (VALUES 1) t(x)"
SINGLE = {"stddev(x)", "var_samp(x)", "covar_samp(x, x)"}
AGGREGATES = [
    # of no rows, of NULLs alone, of 1, NULL and 1
    ("count(*)", "0", "2", "3"),
    ("count(x)", "0", "0", "2"),
    ("count(DISTINCT x)", "0", "0", "1"),
    ("count_if(x = 1)", "0", "0", "2"),
    ("approx_distinct(x)", "0", "0", "1"),
    ("sum(x)", None, None, "2"),
    ("sum(CAST(x AS decimal(5,2)))", None, None, "2.00"),
    ("sum(CAST(x AS double))", None, None, "2.0"),
    ("avg(x)", None, None, "1.0"),
    ("avg(CAST(x AS decimal(5,2)))", None, None, "1.00"),
    ("min(x)", None, None, "1"),
    ("max_by(x, x)", None, None, "1"),
    ("arbitrary(x)", None, None, "1"),
    ("bool_and(x = 1)", None, None, "true"),
    ("bool_or(x = 2)", None, None, "false"),
    ("every(x = 1)", None, None, "true"),
    ("array_agg(x)", None, "[null, null]", "[1, null, 1]"),
    ("array_agg(x) FILTER (WHERE x IS NOT NULL)", None, None, "[1, 1]"),
    ("histogram(x)", None, None, "{1=2}"),
    ("map_agg(x, 'a')", None, None, "{1=a}"),
    ("listagg(CAST(x AS varchar), ',') WITHIN GROUP (ORDER BY x)", None, None, "1,1"),
    ("approx_percentile(x, 0.5)", None, None, "1"),
    ("stddev(x)", None, None, "0.0"),
    ("stddev_pop(x)", None, None, "0.0"),
    ("var_samp(x)", None, None, "0.0"),
    ("covar_samp(x, x)", None, None, "0.0"),
    ("corr(x, x)", None, None, None),
    ("geometric_mean(x)", None, None, "1.0"),
    ("geometric_mean(x) FILTER (WHERE x = 1)", None, None, "1.0"),
    ("bitwise_and_agg(x)", None, None, "1"),
    ("checksum(x) IS NULL", "true", "false", "false"),
]
NUMBERS = [
    ("2.50", "2.50"),
    ("0.1", "0.1"),
    ("11062.06", "11062.06"),
    ("-0.10", "-0.10"),
    ("1E3", "1E3"),
    ("1e400", "1e400"),
    ("12345678901234567890123", "12345678901234567890123"),
    ("98765432109876543.21", "98765432109876543.21"),
    ('"2.50"', "2.50"),
    ('"-1"', "-1"),
    ('"a \\" 1.50"', 'a " 1.50'),
    ("true", "true"),
    ("null", None),
    ("[1.50]", None),
]


@pytest.mark.parametrize(("call", "nothing", "nulls", "twice"), AGGREGATES, ids=[case[0] for case in AGGREGATES])
def test_aggregates_of_nothing_and_of_nulls(
    shared_athena: Athena, call: str, nothing: str | None, nulls: str | None, twice: str | None
) -> None:
    assert [shared_athena.value(f"{call} {rows}") for rows in (NOTHING, NULLS, TWICE)] == [nothing, nulls, twice]
    if call in SINGLE:
        assert shared_athena.value(f"{call} {ONCE}") is None


def test_first_of_equal_keys_is_kept_in_a_map(shared_athena: Athena) -> None:
    rows = "(VALUES ('a', 1), ('b', NULL), ('a', 2), (NULL, 3)) t(k, v)"
    assert shared_athena.value(f"map_agg(k, v) FROM {rows}") == "{a=1, b=null}"
    assert shared_athena.value(f"map_agg(k, v) FILTER (WHERE v > 1) FROM {rows}") == "{a=2}"


@pytest.mark.parametrize(("written", "expected"), NUMBERS, ids=[case[0] for case in NUMBERS])
def test_number_taken_out_of_a_json_text_keeps_its_writing(
    shared_athena: Athena, written: str, expected: str | None
) -> None:
    document = f'{{"b": [0.50, "x"], "a": {{"p": {written}, "q": "1.10"}}}}'.replace("'", "''")
    assert shared_athena.value(f"json_extract_scalar('{document}', '$.a.p')") == expected
    assert shared_athena.value(f"json_extract_scalar('{document}', '$.a.q')") == "1.10"


def test_number_of_a_json_value_is_a_double(shared_athena: Athena) -> None:
    assert shared_athena.value("json_extract_scalar(json_parse('[2.50, 1e10]'), '$[0]')") == "2.5"
    assert shared_athena.value("json_extract_scalar(json_parse('[2.50, 1e10]'), '$[1]')") == "1.0E10"
    assert shared_athena.value("""json_format(json_parse('{"a": [1, 2]}'))""") == '{"a":[1,2]}'


@pytest.mark.parametrize("serde", ["org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe"])
def test_price_of_a_json_table_is_exact_at_any_size(
    athena: Athena, client: Callable[..., Any], bucket: str, serde: str
) -> None:
    lines = ['{"price": 98765432109876543.21, "text": 2.50}', '{"price": 0.1, "text": "2.50"}', '{"price": 7}']
    client("s3").put_object(Bucket=bucket, Key="prices/a", Body="\n".join(lines).encode())
    athena.execute(
        f"CREATE EXTERNAL TABLE prices (price decimal(38,2), text string) ROW FORMAT SERDE '{serde}' "
        f"LOCATION 's3://{bucket}/prices/'"
    )
    assert athena.rows("SELECT price, text FROM prices ORDER BY price DESC") == [
        ("98765432109876543.21", "2.50"),
        ("7.00", None),
        ("0.10", "2.50"),
    ]


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("'abc' NOT LIKE 'a%'", "false"),
        ("'abc' NOT LIKE 'b%'", "true"),
        ("NOT 'abc' LIKE 'a%'", "false"),
        ("NOT ('abc' NOT LIKE 'a%')", "true"),
        ("'a%c' NOT LIKE 'a#%c' ESCAPE '#'", "false"),
        ("CAST(NULL AS varchar) NOT LIKE 'a%'", None),
    ],
)
def test_not_like_does_not_answer_as_like(shared_athena: Athena, expression: str, printed: str | None) -> None:
    assert shared_athena.value(expression) == printed
