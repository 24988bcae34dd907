"""SQL/JSON functions by Trino's documentation.

Evidence: https://trino.io/docs/current/functions/json.html
"""

from __future__ import annotations

import pytest

from tests.local_aws.athena_client import Athena

CASES = [
    ("json_object('a': 1)", '{"a":1}'),
    ("json_object(KEY 'a' VALUE 1, 'b' VALUE 'x\"')", '{"a":1,"b":"x\\""}'),
    ("json_object('a': null)", '{"a":null}'),
    ("json_object('a' VALUE 1, 'b' VALUE null ABSENT ON NULL)", '{"a":1}'),
    ("json_object()", "{}"),
    ("json_array(1, 'a', true, null)", '[1,"a",true]'),
    ("json_array(1, null NULL ON NULL)", "[1,null]"),
    ("json_value('{\"a\": 1}', 'lax $.a')", "1"),
    ("json_value('{\"a\": 1}', 'lax $.a' RETURNING integer) + 1", "2"),
    ("json_value('{\"a\": \"q\"}', 'lax $.a' RETURNING integer)", None),
    ("json_value('{\"a\": 1}', 'lax $.b' DEFAULT 'x' ON EMPTY)", "x"),
    ("json_value('{\"a\": 1}', 'strict $.b' DEFAULT 'x' ON EMPTY DEFAULT 'y' ON ERROR)", "y"),
    ("json_value('[{\"a\": 1}]', 'lax $.a')", "1"),
    ("json_value('[{\"a\": 1}]', 'strict $.a')", None),
    ("json_value('{\"a\": [1, 2]}', 'lax $.a')", None),
    ("json_value('nope', 'lax $.a')", None),
    ("json_value('{\"a b\": 1}', 'lax $.\"a b\"')", "1"),
    ("json_query('{\"a\": [1, 2]}', 'lax $.a')", "[1,2]"),
    ("json_query('{\"a\": [1, 2]}', 'lax $.a[*]')", None),
    ("json_query('{\"a\": [1, 2]}', 'lax $.a[*]' WITH ARRAY WRAPPER)", "[1,2]"),
    ("json_query('{\"a\": [1, 2, 3]}', 'lax $.a[1 to last]' WITH ARRAY WRAPPER)", "[2,3]"),
    ("json_query('{\"a\": [1]}', 'lax $.a' WITH CONDITIONAL ARRAY WRAPPER)", "[1]"),
    ("json_query('{\"a\": 1}', 'lax $.a' WITH CONDITIONAL ARRAY WRAPPER)", "[1]"),
    ("json_query('{\"a\": \"x\"}', 'lax $.a')", '"x"'),
    ("json_query('{\"a\": \"x\"}', 'lax $.a' OMIT QUOTES)", "x"),
    ("json_query('{\"a\": 1}', 'lax $.b' EMPTY ARRAY ON EMPTY)", "[]"),
    ("json_exists('{\"a\": 1}', 'lax $.a')", "true"),
    ("json_exists('{\"a\": 1}', 'lax $.b')", "false"),
    ("json_exists('{\"a\": 1}', 'strict $.b' TRUE ON ERROR)", "true"),
    ("json_exists(null, 'lax $.a')", None),
]


@pytest.mark.parametrize(("expression", "printed"), CASES, ids=[case[0] for case in CASES])
def test_sql_json_function_gives_what_trino_documents(
    shared_athena: Athena, expression: str, printed: str | None
) -> None:
    assert shared_athena.value(expression) == printed


REASONS = [
    ("json_value('{}', 'lax $.b' ERROR ON EMPTY)", "JSON_VALUE_RESULT_ERROR: JSON path found no items"),
    ("json_exists('{}', 'strict $.b' ERROR ON ERROR)", "PATH_EVALUATION_ERROR: "),
    ("json_exists('{}', 'lax $.a?(@ > 1)')", "NOT_SUPPORTED: line 1:8: local_aws does not support the JSON path"),
    ("json_value('{}', 'lax $x' PASSING 1 AS x)", "NOT_SUPPORTED: line 1:8: local_aws does not support PASSING"),
    ("json_value('{}', '$.a')", "INVALID_PATH: line 1:8: "),
]


@pytest.mark.parametrize(("expression", "reason"), REASONS, ids=[case[0] for case in REASONS])
def test_sql_json_failure_is_named(shared_athena: Athena, expression: str, reason: str) -> None:
    assert shared_athena.reason(f"SELECT {expression}").startswith(reason)
