"""Random integer and boolean expressions against an evaluation of Trino's rules that shares no code with the engine."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local_aws.athena_client import Athena

Value = int | None


class FailedError(Exception):
    """Trino fails the query; the argument is its error name."""


def _divided(left: int, right: int) -> int:
    if right == 0:
        raise FailedError("DIVISION_BY_ZERO")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def computed(symbol: str, left: Value, right: Value) -> Value:
    """Integer arithmetic: NULL if an operand is, towards zero, no more than 32 bits."""
    if left is None or right is None:
        return None
    made = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: _divided(left, right),
        "%": lambda: left - right * _divided(left, right),
    }[symbol]()
    if not -(2**31) <= made < 2**31:
        raise FailedError("NUMERIC_VALUE_OUT_OF_RANGE")
    return made


Node = tuple[str, "Node", "Node"] | Value
LEAVES = st.one_of(st.none(), st.integers(-5, 5), st.integers(-(2**31) + 1, 2**31 - 1))
TREES: st.SearchStrategy[Node] = st.recursive(
    LEAVES, lambda inner: st.tuples(st.sampled_from("+-*/%"), inner, inner), max_leaves=5
)


def written(node: Node, columns: list[Value]) -> str:
    """The expression over columns, which nothing folds before the query runs."""
    if isinstance(node, tuple):
        return f"({written(node[1], columns)} {node[0]} {written(node[2], columns)})"
    columns.append(node)
    return f"c{len(columns) - 1}"


def evaluated(node: Node) -> Value:
    return computed(node[0], evaluated(node[1]), evaluated(node[2])) if isinstance(node, tuple) else node


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES)
def test_integer_expression_equals_trinos_rules(shared_athena: Athena, tree: Node) -> None:
    columns: list[Value] = []
    expression = written(tree, columns)
    cells = ", ".join("CAST(NULL AS integer)" if each is None else f"INTEGER '{each}'" for each in columns)
    names = ", ".join(f"c{n}" for n in range(len(columns)))
    sql = f"SELECT {expression}, {expression} > 0, {expression} IS NULL FROM (VALUES ROW({cells})) t({names})"
    try:
        value = evaluated(tree)
    except FailedError:
        reason = shared_athena.reason(sql)
        assert reason.startswith(("DIVISION_BY_ZERO: ", "NUMERIC_VALUE_OUT_OF_RANGE: ")), reason
        assert "Error:" not in reason
        return
    positive = None if value is None else str(value > 0).lower()
    shown = None if value is None else str(value)
    assert shared_athena.rows(sql) == [(shown, positive, str(value is None).lower())]
