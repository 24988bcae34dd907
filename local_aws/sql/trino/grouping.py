"""That what a grouped SELECT selects is grouped: said here, because DuckDB would name columns that nobody wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import functions
from local_aws.sql.trino.typed import Scope, Typed

if TYPE_CHECKING:
    from local_aws.sql.trino.queries import Queries

_SELF_CONTAINED = (exp.Query, exp.Lambda, exp.Literal, exp.Window, exp.Filter, exp.WithinGroup)


def check(queries: Queries, node: exp.Select, items: list[tuple[str, Typed]], scope: Scope) -> None:
    """:raises QueryFailed: `EXPRESSION_NOT_AGGREGATE`."""
    group, having, order = (node.args.get(clause) for clause in ("group", "having", "order"))
    ordered = [each.this for each in order.expressions] if order is not None else []
    clauses = [*node.expressions, *ordered]
    if group is None and having is None and not any(_aggregates(each) for each in clauses):
        return
    keys = set()
    for each in _keys(group):
        at = str(each.this) if isinstance(each, exp.Literal) and not each.is_string else ""
        keys.add(items[int(at) - 1][1].sql if at.isdigit() else queries.expressions.value(each, scope).sql)
    for each in node.expressions:
        _walk(queries, each.this if isinstance(each, exp.Alias) else each, keys, scope)
    if having is not None:
        _walk(queries, having.this, keys, scope)
    outputs = {label.lower(): value for label, value in items if label}
    for each in ordered:
        _walk(queries, each, keys, Scope(scope.fields, scope.parent, {**scope.lambdas, **outputs}))


def keeps_rows(node: exp.Select) -> bool:
    """Whether a SELECT neither groups nor joins rows into one: each of its rows is one that it reads."""
    if any(node.args.get(clause) for clause in ("group", "having", "distinct")):
        return False
    words = {*functions.AGGREGATES, *functions.WINDOWS}
    calls = node.find_all(exp.Anonymous)
    return not any(str(each.this).lower() in words for each in calls)


def check_scalar(queries: Queries, node: exp.Expr, clause: str) -> None:
    """:raises QueryFailed: `EXPRESSION_NOT_SCALAR`, for an aggregate or a window function where single rows are."""
    for each in node.walk(prune=lambda inner: isinstance(inner, exp.Query | exp.Subquery)):
        if isinstance(each, exp.Window) or _is_aggregate(each):
            message = f"{clause} clause cannot contain aggregations, window functions or grouping operations"
            raise QueryFailed(
                "EXPRESSION_NOT_SCALAR", f"{message}: [{each.sql('trino')}]", queries.expressions.at(each)
            )


def passing(queries: Queries, node: exp.Select, items: list[tuple[str, Typed]], scope: Scope) -> dict[int, str]:
    """The outputs that a condition from outside may pass, by position: dropping rows by them drops whole groups and
    whole windows, and nothing else.
    """
    if node.args.get("limit") or node.args.get("offset"):
        return {}
    outputs = {n: value.sql for n, (_, value) in enumerate(items)}
    group, order = node.args.get("group"), node.args.get("order")
    clauses = [*node.expressions, *(order.expressions if order is not None else [])]
    if group is not None:
        if any(group.args.get(each) for each in ("rollup", "cube", "grouping_sets")):
            return {}
        written = [_grouped(queries, each, items, scope) for each in group.expressions]
        keys = {items[int(each) - 1][1].sql if each.isdigit() else each for each in written}
        outputs = {n: sql for n, sql in outputs.items() if sql in keys}
    elif node.args.get("having") is not None or any(_aggregates(each) for each in clauses):
        return {}
    for each in clauses:
        for found in each.walk(prune=lambda inner: isinstance(inner, exp.Query)):
            if isinstance(found, exp.Window):
                keys = {queries.expressions.value(key, scope).sql for key in _partition(queries, found)}
                outputs = {n: sql for n, sql in outputs.items() if sql in keys}
    return outputs


def _partition(queries: Queries, node: exp.Window) -> list[exp.Expr]:
    alias = node.args.get("alias")
    named = queries.windows.get(alias.name.lower()) if alias is not None else node
    return list(named.args.get("partition_by") or []) if named is not None else []


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


def clause(queries: Queries, node: exp.Expr | None, items: list[tuple[str, Typed]], scope: Scope) -> str:
    if node is None:
        return ""
    if node.args.get("all") is False and any(
        each.find(exp.Rollup, exp.Cube, exp.GroupingSets) for each in node.expressions
    ):
        raise unsupported("GROUP BY DISTINCT of several grouping sets", queries.expressions.at(node))
    written = [_grouped(queries, each, items, scope) for each in node.expressions]
    for key, word in (("rollup", "ROLLUP"), ("cube", "CUBE"), ("grouping_sets", "GROUPING SETS")):
        for each in node.args.get(key) or []:
            inner = each.expressions
            written.append(f"{word} ({', '.join(_group_set(queries, one, items, scope) for one in inner)})")
    if not written:
        raise unsupported("GROUP BY AUTO", queries.expressions.at(node))
    return f" GROUP BY {', '.join(written)}"


def _group_set(queries: Queries, node: exp.Expr, items: list[tuple[str, Typed]], scope: Scope) -> str:
    if isinstance(node, exp.Tuple):
        return f"({', '.join(_grouped(queries, each, items, scope) for each in node.expressions)})"
    inner_node = node.this if isinstance(node, exp.Paren) else node
    return _grouped(queries, inner_node, items, scope)


def _grouped(queries: Queries, node: exp.Expr, items: list[tuple[str, Typed]], scope: Scope) -> str:
    if isinstance(node, exp.GroupingSets | exp.Rollup | exp.Cube):
        word = "GROUPING SETS" if isinstance(node, exp.GroupingSets) else type(node).__name__.upper()
        return f"{word} ({', '.join(_group_set(queries, each, items, scope) for each in node.expressions)})"
    at = ordinal(node)
    if at is None:
        return queries.expressions.value(node, scope).sql
    return str(checked(at, items, "GROUP BY"))


def checked(at: int, items: Sequence[object], clause: str) -> int:
    if not 1 <= at <= len(items):
        raise QueryFailed("INVALID_COLUMN_REFERENCE", f"{clause} position {at} is not in select list")
    return at


def ordinal(node: exp.Expr) -> int | None:
    written = str(node.this) if isinstance(node, exp.Literal) and not node.is_string else ""
    return int(written) if written.isdigit() else None
