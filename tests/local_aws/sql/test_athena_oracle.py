"""Random expressions and queries give what Python computes from Trino's documentation: no silent wrong answer."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings

from tests.local_aws.athena_client import Athena
from tests.local_aws.sql.oracle import scalars
from tests.local_aws.sql.oracle.values import Made, printed

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "40"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="ORACLE_EXAMPLES" not in os.environ,
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
