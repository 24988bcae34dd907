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
