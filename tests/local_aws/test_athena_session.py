"""What a query says of its session."""

from __future__ import annotations

import pytest

from tests.local_aws.athena_client import Athena


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("current_catalog", "awsdatacatalog"),
        ("current_schema", "shop"),
        ("CURRENT_SCHEMA || '.' || 'x'", "shop.x"),
        ('(SELECT max("current_schema") FROM (VALUES 1) AS t("current_schema"))', "1"),
    ],
)
def test_session_functions_tell_catalog_and_database(shared_athena: Athena, expression: str, expected: str) -> None:
    assert shared_athena.value(expression) == expected
