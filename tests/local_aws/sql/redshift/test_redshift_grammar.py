"""Expressions that nobody thought of: each has a value or fails in Redshift's words, never in the engine's."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

ENGINES = re.compile(
    r"duckdb|candidate|LINE \d|Binder|Catalog Error|Conversion Error|Internal|STRUCT|_LITERAL|explicit type cast"
    r"|defect in local_aws|HUGEINT",
    re.IGNORECASE,
)
LEAVES = st.sampled_from(
    ["1", "-2", "0", "1.5", "null", "true", "'a'", "'2'", "'2010-12-01'", "i", "d", "t", "c", "b", "day"]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "%", "||", "=", "<>", "<", "and", "or", "like"])
    calls = st.sampled_from(["abs", "len", "upper", "nvl2", "coalesce", "nullif", "round", "date_trunc", "last_day"])
    kinds = st.sampled_from(["int", "varchar(3)", "char(2)", "decimal(5,2)", "date", "timestamp", "boolean"])
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda part: f"({part[0]} {part[1]} {part[2]})"),
        st.tuples(calls, inner).map(lambda part: f"{part[0]}({part[1]})"),
        st.tuples(calls, inner, inner).map(lambda part: f"{part[0]}({part[1]}, {part[2]})"),
        st.tuples(inner, kinds).map(lambda part: f"cast({part[0]} as {part[1]})"),
        st.tuples(inner, inner, inner).map(lambda part: f"case when {part[0]} then {part[1]} else {part[2]} end"),
        st.tuples(inner, inner, inner).map(lambda part: f"({part[0]} between {part[1]} and {part[2]})"),
    )


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(expression=st.recursive(LEAVES, _grown, max_leaves=5))
def test_expression_has_a_value_or_an_error_in_redshifts_words(warehouse: Warehouse, expression: str) -> None:
    source = (
        "(select 1 as i, 1.25::decimal(8,2) as d, 'x'::varchar(5) as t, 'y'::char(4) as c, true as b,"
        " '2010-12-01'::date as day) as q"
    )
    try:
        [row] = warehouse.run(f"select {expression} as v from {source}")
    except SqlFailedError as failed:
        assert str(failed).startswith("ERROR: ")
        assert not ENGINES.search(str(failed)), str(failed)
    else:
        assert len(row) == 1
