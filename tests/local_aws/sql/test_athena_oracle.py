"""Random expressions and queries give what Python computes from Trino's documentation: no silent wrong answer.

`ORACLE_EXAMPLES=2000 pytest …` looks further, at other examples each time.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.local_aws.athena_client import Athena
from tests.local_aws.sql.oracle import queries, scalars
from tests.local_aws.sql.oracle.values import Made, printed

MANY = os.environ.get("ORACLE_EXAMPLES")
SETTINGS = settings(
    max_examples=int(MANY or 25), deadline=None, suppress_health_check=list(HealthCheck), derandomize=MANY is None
)


def test_expressions_have_the_values_that_trinos_documentation_gives_them(shared_athena: Athena) -> None:
    @SETTINGS
    @given(scalars.cases())
    def holds(case: tuple[str, list[Made]]) -> None:
        rows, made = case
        [found] = shared_athena.rows(f"SELECT {', '.join(each.sql for each in made)} FROM {rows}")
        wanted = [printed(each.value, each.shape[1]) for each in made]
        wrong = [(each.sql, got, want) for each, got, want in zip(made, found, wanted, strict=True) if got != want]
        assert not wrong, f"{wrong} of {rows}"

    holds()


def test_queries_give_the_rows_that_python_gives(shared_athena: Athena) -> None:
    @SETTINGS
    @given(queries.cases())
    def holds(case: tuple[str, list[Any]]) -> None:
        sql, wanted = case
        assert shared_athena.rows(sql) == wanted, sql

    holds()
