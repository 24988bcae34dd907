"""That what a grouped SELECT selects is grouped: said here, because DuckDB would name columns that nobody wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino import functions
from local_aws.sql.trino.typed import Scope, Typed

if TYPE_CHECKING:
    from local_aws.sql.trino.queries import Queries

_SELF_CONTAINED = (exp.Query, exp.Lambda, exp.Literal, exp.Window, exp.Filter, exp.WithinGroup)


def check(queries: Queries, node: exp.Select, items: list[tuple[str, Typed]], scope: Scope) -> None:
    """:raises QueryFailed: `EXPRESSION_NOT_AGGREGATE`."""
    group = node.args.get("group")
    if group is None and not any(_aggregates(each) for each in node.expressions):
        return
    keys = set()
    for each in _keys(group):
        at = str(each.this) if isinstance(each, exp.Literal) and not each.is_string else ""
        keys.add(items[int(at) - 1][1].sql if at.isdigit() else queries.expressions.value(each, scope).sql)
    for each in node.expressions:
        _walk(queries, each.this if isinstance(each, exp.Alias) else each, keys, scope)


def _is_aggregate(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Anonymous) or isinstance(node.parent, exp.Window):
        return False
    return str(node.this).lower() in {*functions.AGGREGATES, "grouping"}


def _aggregates(node: exp.Expr) -> bool:
    if isinstance(node, exp.Window | exp.Query | exp.Subquery):
        return False
    return _is_aggregate(node) or any(_aggregates(each) for each in node.iter_expressions())


def _keys(node: exp.Expr | None) -> list[exp.Expr]:
    """Every expression that some grouping set has."""
    if node is None:
        return []
    found: list[exp.Expr] = []
    for each in node.iter_expressions():
        grouped = isinstance(each, exp.Tuple | exp.Paren | exp.GroupingSets | exp.Rollup | exp.Cube)
        found += _keys(each) if grouped else [each]
    return found


def _walk(queries: Queries, node: exp.Expr, keys: set[str], scope: Scope) -> None:
    if _is_aggregate(node) or isinstance(node, _SELF_CONTAINED):
        return
    if queries.expressions.covers(node) and queries.expressions.value(node, scope).sql in keys:
        return
    if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
        own = {each.sql for each in scope.fields}
        value = queries.expressions.value(node, scope).sql
        if value in own:
            message = f"'{node.sql('trino')}' must be an aggregate expression or appear in GROUP BY clause"
            raise QueryFailed("EXPRESSION_NOT_AGGREGATE", message, queries.expressions.at(node))
        return
    for each in node.iter_expressions():
        _walk(queries, each, keys, scope)
