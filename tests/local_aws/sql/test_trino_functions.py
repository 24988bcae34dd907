"""Trino's functions by the examples of their documentation, as Athena prints their values.

Evidence: https://trino.io/docs/current/functions.html
"""

from __future__ import annotations

import pytest

from tests.local_aws.athena_client import Athena

URL = "'https://u@ex.com:8080/a%20b/c?x=1&y=a+b&z#top'"
CASES = [
    ("url_encode('a b/é*~')", "a+b%2F%C3%A9*%7E"),
    ("url_decode('a+b%2F%C3%A9')", "a b/é"),
    (f"url_extract_protocol({URL})", "https"),
    (f"url_extract_host({URL})", "ex.com"),
    (f"url_extract_port({URL})", "8080"),
    (f"url_extract_path({URL})", "/a b/c"),
    (f"url_extract_query({URL})", "x=1&y=a+b&z"),
    (f"url_extract_fragment({URL})", "top"),
    (f"url_extract_parameter({URL}, 'y')", "a b"),
    (f"url_extract_parameter({URL}, 'z')", ""),
    (f"url_extract_parameter({URL}, 'none')", None),
    ("url_extract_port('https://ex.com/')", None),
    ("url_extract_host('not a url')", None),
    ("url_extract_host('https://ex.com/100%')", None),
    ("translate('Palhoça', 'ç', 'c')", "Palhoca"),
    ("translate('abcd', 'acd', '')", "b"),
    ("normalize('e' || chr(769)) = 'é'", "true"),
    ("ngrams(array['foo', 'bar', 'baz', 'foo'], 2)", "[[foo, bar], [bar, baz], [baz, foo]]"),
    ("bitwise_left_shift(1, 3)", "8"),
    ("bitwise_left_shift(1, 31)", "-2147483648"),
    ("bitwise_left_shift(bigint '1', 31)", "2147483648"),
    ("bitwise_right_shift(-8, 1)", "2147483644"),
    ("bitwise_right_shift_arithmetic(-8, 1)", "-4"),
    ("from_base('ff', 16)", "255"),
    ("to_base(-255, 16)", "-ff"),
    ("human_readable_seconds(96)", "1 minute, 36 seconds"),
    ("human_readable_seconds(56363463)", "93 weeks, 1 day, 8 hours, 31 minutes, 3 seconds"),
    ("split_to_map('a=1,b=2', ',', '=')", "{a=1, b=2}"),
    ("split_to_multimap('a=1,b=2,a=3', ',', '=')", "{a=[1, 3], b=[2]}"),
    ("strpos('abcabc', 'b', 2)", "5"),
    ("strpos('abcabc', 'b', -1)", "5"),
    ("strpos('abcabc', 'b', 3)", "0"),
    ("luhn_check('79927398713')", "true"),
    ("luhn_check('79927398714')", "false"),
    ("concat_ws(',', array['a', null, 'b'])", "a,b"),
    ("array_frequency(array[1, 1, null, 2])", "{1=2, 2=1}"),
    ("trim_array(array[1, 2, 3], 1)", "[1, 2]"),
    ("max_by(x, y, 2) from (values (1, 5), (null, 7), (3, 6)) t(x, y)", "[null, 3]"),
    ("min_by(x, y, 2) from (values (1, 5), (2, 6), (3, 7)) t(x, y)", "[1, 2]"),
    ("map_zip_with(map(array['a', 'b'], array[1, 2]), map(array['a'], array[3]), (k, x, y) -> x + y)", "{a=4, b=null}"),
    ("sequence(5, 1)", "[5, 4, 3, 2, 1]"),
    ("sequence(1, 6, 2)", "[1, 3, 5]"),
    ("sequence(date '2020-01-02', date '2020-01-01')", "[2020-01-02, 2020-01-01]"),
    ("split_part('a,b', ',', 2)", "b"),
    ("lpad('abc', 5, 'x')", "xxabc"),
    ("lag(x, 1, 7) OVER (ORDER BY x) FROM (VALUES 1) t(x)", "7"),
    ("ngrams(array['foo', 'bar'], 4)", "[[foo, bar]]"),
    ("zip_with(array[1, 3, 5], array['a', 'b', 'c'], (x, y) -> (y, x))[1]", "{field0=a, field1=1}"),
    ("zip_with(array[1, 2], array[3, 4], (x, y) -> x + y)", "[4, 6]"),
    ("zip_with(array['a', 'b'], array['d', null, 'f'], (x, y) -> coalesce(x, y))", "[a, b, f]"),
    ("transform_values(map(array['a'], array[5]), (k, v) -> repeat(v, 2))", "{a=[5, 5]}"),
    ("transform_values(map(array['a'], array[5]), (k, v) -> array_remove(array[5, 6], v))", "{a=[6]}"),
    ("width_bucket(5.3e0, 0.2e0, 10.6e0, 5)", "3"),
    ("width_bucket(0e0, 0.2e0, 10.6e0, 5)", "0"),
    ("width_bucket(10.6e0, 0.2e0, 10.6e0, 5)", "6"),
    ("width_bucket(9e0, 10e0, 0e0, 5)", "1"),
    ("width_bucket(11e0, 10e0, 0e0, 5)", "0"),
    ("width_bucket(0e0, 10e0, 0e0, 5)", "6"),
    ("width_bucket(10e0, 10e0, 0e0, 5)", "1"),
    ("width_bucket(3e0, array[1e0, 2e0, 4e0])", "2"),
    ("sinh(0e0) + cosh(0e0) + tanh(0e0)", "1.0"),
    ("max(x, 2) from (values 1, 3, null, 2) t(x)", "[3, 2]"),
    ("min(x, 2) from (values 1, 3, null, 2) t(x)", "[1, 2]"),
    ("bitwise_xor_agg(x) from (values 5, 3) t(x)", "6"),
    ("regr_slope(y, x) from (values (1e0, 2e0), (3e0, 6e0)) t(x, y)", "2.0"),
    ("regr_intercept(y, x) from (values (1e0, 3e0), (3e0, 7e0)) t(x, y)", "1.0"),
    ("round(skewness(x), 6) from (values 1, 2, 4, 9) t(x)", "0.768417"),
    ("skewness(x) from (values 1, 2) t(x)", None),
    ("round(kurtosis(x), 6) from (values 1, 2, 4, 9) t(x)", "1.5"),
    ("multimap_agg(k, v) from (values ('a', 1), ('a', 2), (null, 3)) t(k, v)", "{a=[1, 2]}"),
    ("multimap_agg(k, v) from (values ('a', 1)) t(k, v) where k = 'b'", None),
]


@pytest.mark.parametrize(("expression", "printed"), CASES, ids=[case[0] for case in CASES])
def test_function_gives_what_trino_documents(shared_athena: Athena, expression: str, printed: str | None) -> None:
    assert shared_athena.value(expression) == printed


INTERVALS = [
    ("interval '1' day + interval '2' hour", "1 02:00:00.000"),
    ("interval '1 02:03:04.5' day to second", "1 02:03:04.500"),
    ("interval '-36' hour", "-1 12:00:00.000"),
    ("interval '90:05' minute to second", "0 01:30:05.000"),
    ("interval '1-2' year to month", "1-2"),
    ("interval '14' month", "1-2"),
    ("-interval '3' month", "-0-3"),
    ("2 * interval '36' hour", "3 00:00:00.000"),
    ("timestamp '2020-01-03 00:00:00' - timestamp '2020-01-01 12:00:00'", "1 12:00:00.000"),
    ("timestamp '2020-01-01 00:00:00' + interval '1 02:03' day to minute", "2020-01-02 02:03:00.000"),
    ("date '2020-01-31' + interval '1' month", "2020-02-29"),
    ("array[interval '1' second, null]", "[0 00:00:01.000, null]"),
]


@pytest.mark.parametrize(("expression", "printed"), INTERVALS, ids=[case[0] for case in INTERVALS])
def test_interval_prints_its_fields(shared_athena: Athena, expression: str, printed: str) -> None:
    assert shared_athena.value(expression) == printed


RELATIONS = [
    ("x || y FROM (VALUES ROW('a', 'b')) t(x, y)", "ab"),
    ("cast('a' as char(3)) = 'a'", "true"),
    ("cast('a' as char(3)) IN ('b', 'a')", "true"),
    ("cast('a' as char(3)) IN (SELECT cast('a' AS char(2)))", "true"),
    ("count(*) FROM (VALUES cast('a' AS char(3))) a(x) JOIN (VALUES cast('a' AS char(2))) b(x) USING (x)", "1"),
    ("cast(null AS boolean) IS TRUE", "false"),
    ("cast(null AS boolean) IS NOT FALSE", "true"),
    ("(1 = 1) IS TRUE", "true"),
    ("x > ANY (VALUES DECIMAL '1.5') FROM (VALUES 2) t(x)", "true"),
]


@pytest.mark.parametrize(("expression", "printed"), RELATIONS, ids=[case[0] for case in RELATIONS])
def test_rows_texts_and_quantifiers_are_read_as_trino_does(
    shared_athena: Athena, expression: str, printed: str
) -> None:
    assert shared_athena.value(expression) == printed


STEP = "sequence stop value should be greater than or equal to start value if step is greater than zero"
REASONS = [
    ("element_at(array[1, 2], 0)", "INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1"),
    ("split_part('a,b', ',', 0)", "INVALID_FUNCTION_ARGUMENT: Index must be greater than zero"),
    ("lpad('abc', -1, 'x')", "INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]"),
    ("rpad('abc', 5, '')", "INVALID_FUNCTION_ARGUMENT: Padding string must not be empty"),
    ("sequence(1, 5, 0)", "INVALID_FUNCTION_ARGUMENT: step must not be zero"),
    ("sequence(1, 5, -1)", f"INVALID_FUNCTION_ARGUMENT: {STEP}"),
    ("sequence(date '2020-01-01', date '2020-01-03', interval '-1' day)", f"INVALID_FUNCTION_ARGUMENT: {STEP}"),
    (
        "sequence(1, 10001)",
        "INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries",
    ),
    (
        "nth_value(x, 0) OVER (ORDER BY x) FROM (VALUES 1) t(x)",
        "INVALID_FUNCTION_ARGUMENT: Offset must be at least 1",
    ),
    ("lag(x, -1) OVER (ORDER BY x) FROM (VALUES 1) t(x)", "INVALID_FUNCTION_ARGUMENT: Offset must be at least 0"),
    ("from_base('9', 8)", "INVALID_FUNCTION_ARGUMENT: Not a valid base-8 number: 9"),
    ("to_base(1, 37)", "INVALID_FUNCTION_ARGUMENT: Radix must be between 2 and 36"),
    ("split_to_map('a=1,a=2', ',', '=')", "INVALID_FUNCTION_ARGUMENT: Duplicate keys (a) are not allowed"),
    ("split_to_map('a', ',', '=')", "INVALID_FUNCTION_ARGUMENT: Key-value delimiter must appear exactly once"),
    ("trim_array(array[1], 2)", "INVALID_FUNCTION_ARGUMENT: size must not exceed array cardinality 1: 2"),
    ("word_stem('running')", "NOT_SUPPORTED: line 1:8: local_aws does not support the function word_stem"),
    ("x'6'", "SYNTAX_ERROR: Binary literal must contain an even number of digits"),
    ("DISTINCT x FROM (VALUES (1, 2)) t(x, y) ORDER BY y", "EXPRESSION_NOT_IN_DISTINCT: line 1:"),
    ("max(x) FROM (VALUES map(array[1], array[2])) t(x)", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters"),
    ("x FROM (VALUES map(array[1], array[2])) t(x) ORDER BY x", "TYPE_MISMATCH: line 1:62: Type map"),
    ("2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1"),
    ("9223372036854775807 * 2", "NUMERIC_VALUE_OUT_OF_RANGE: bigint multiplication overflow: 9223372036854775807 * 2"),
    ("cast(300 as tinyint)", "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for tinyint: 300"),
    ("array[1, 2][0]", "INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1"),
    ("array[1, 2][-1]", "INVALID_FUNCTION_ARGUMENT: Array subscript is negative: -1"),
    ("interval 'x' day", "INVALID_LITERAL: line 1:8: 'x' is not a valid INTERVAL literal"),
    ("x = SOME (SELECT 'a') FROM (VALUES 2) t(x)", "TYPE_MISMATCH: line 1:8: Cannot apply operator: integer = varchar"),
    (
        "sum(x) OVER (ORDER BY x RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW) FROM (VALUES 1) t(x)",
        "TYPE_MISMATCH",
    ),
    ("abs(-9223372036854775808)", "NUMERIC_VALUE_OUT_OF_RANGE: "),
    ("approx_percentile(x, 2.0) FROM (VALUES 1) t(x)", "INVALID_FUNCTION_ARGUMENT: Percentile must be between 0 and 1"),
    ("regexp_like('aa', x) FROM (VALUES '(a)\\1') t(x)", "NOT_SUPPORTED: local_aws does not support look-around"),
    ("", "SYNTAX_ERROR: mismatched input '<EOF>'"),
]


@pytest.mark.parametrize(("expression", "reason"), REASONS, ids=[case[0] for case in REASONS])
def test_failure_has_trinos_name_and_words(shared_athena: Athena, expression: str, reason: str) -> None:
    found = shared_athena.reason(f"SELECT {expression}")
    assert found.startswith(reason)
    assert "Error:" not in found
