"""What comes last in a query: ORDER BY, OFFSET, LIMIT, FETCH FIRST … WITH TIES.

Evidence: https://trino.io/docs/current/sql/select.html#order-by-clause and …#limit-or-fetch-first-clause
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import calls, grouping
from local_aws.sql.trino.typed import Field, Relation, Scope, Typed

if TYPE_CHECKING:
    from local_aws.sql.trino.queries import Queries

Items = list[tuple[str, Typed]]


def with_ties(node: exp.Expr) -> bool:
    limit = node.args.get("limit")
    return isinstance(limit, exp.Fetch) and "TIES" in limit.sql().upper()


def tail(queries: Queries, node: exp.Expr, items: Items, scope: Scope) -> str:
    """ORDER BY, LIMIT, OFFSET as DuckDB writes them."""
    made, order = "", node.args.get("order")
    if order is not None:
        inner = _named(items, scope)
        distinct = isinstance(node, exp.Select) and bool(node.args.get("distinct"))
        made = " ORDER BY " + ", ".join(_ordered(queries, each, items, inner, distinct) for each in order.expressions)
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if limit is not None:
        count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression
        if with_ties(node):
            raise unsupported("FETCH FIRST … WITH TIES on this query", queries.expressions.at(node))
        if count is None or count.name.upper() != "ALL":
            made += f" LIMIT {_whole(queries, count)}"
    if offset is not None:
        made += f" OFFSET {_whole(queries, offset.expression)}"
    return made


def ties(queries: Queries, node: exp.Select, items: Items, outputs: list[Field], source: str, scope: Scope) -> Relation:
    """FETCH FIRST n ROWS WITH TIES: behind the offset, the rows whose rank by ORDER BY is at most n."""
    order = node.args.get("order")
    if order is None:
        message = "FETCH FIRST WITH TIES clause requires ORDER BY"
        raise QueryFailed("MISSING_ORDER_BY", message, queries.expressions.at(node))
    inner, distinct = _named(items, scope), "DISTINCT " if node.args.get("distinct") else ""
    cells, keys = [f"{value.sql} AS c{n}" for n, (_, value) in enumerate(items)], []
    for each in order.expressions:
        key = _ordinal(queries, each, items, inner, bool(distinct))
        if key is None:
            key = len(cells) + 1
            cells.append(f"{queries.expressions.value(each.this, inner).sql} AS c{len(cells)}")
        keys.append(calls.ordered(queries.expressions, each, inner, f"c{key - 1}"))
    offset = node.args.get("offset")
    skipped = _whole(queries, offset.expression) if offset is not None else 0
    by, most = ", ".join(keys), _whole(queries, node.args["limit"].args.get("count"))
    rows = f"SELECT {distinct}{', '.join(cells)}{source}"
    if skipped:
        rows = f"SELECT * FROM ({rows}) QUALIFY row_number() OVER (ORDER BY {by}) > {skipped}"
    listed = ", ".join(each.sql for each in outputs)
    return Relation(
        f"SELECT {listed} FROM ({rows}) QUALIFY rank() OVER (ORDER BY {by}) <= {most} ORDER BY {by}", outputs
    )


def _named(items: Items, scope: Scope) -> Scope:
    """The scope in which a name is an output's before it is a column's."""
    outputs = {label.lower(): value for label, value in items if label}
    return Scope(scope.fields, scope.parent, {**scope.lambdas, **outputs})


def _whole(queries: Queries, node: exp.Expr | None) -> int:
    if node is None:
        return 1
    at = grouping.ordinal(node)
    if at is None:
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{node.sql('trino')}'", queries.expressions.at(node))
    return at


def _ordinal(queries: Queries, node: exp.Expr, items: Items, scope: Scope, distinct: bool) -> int | None:
    """The output that an item of ORDER BY is, from 1; None where it is none.

    :raises QueryFailed: for what has no order, and for what DISTINCT does not select.
    """
    at = grouping.ordinal(node.this)
    if at is not None:
        return grouping.checked(at, items, "ORDER BY")
    value = queries.expressions.value(node.this, scope)
    if not value.type.is_orderable:
        message = f"Type {value.type.trino} is not orderable, and therefore cannot be used in ORDER BY"
        raise QueryFailed("TYPE_MISMATCH", message, queries.expressions.at(node))
    same = next((n for n, (_, item) in enumerate(items, 1) if item.sql == value.sql), None)
    if same is None and distinct:
        message = "For SELECT DISTINCT, ORDER BY expressions must appear in select list"
        raise QueryFailed("EXPRESSION_NOT_IN_DISTINCT", message, queries.expressions.at(node))
    return same


def _ordered(queries: Queries, node: exp.Expr, items: Items, scope: Scope, distinct: bool) -> str:
    same = _ordinal(queries, node, items, scope, distinct)
    written = str(same) if same is not None else queries.expressions.value(node.this, scope).sql
    return calls.ordered(queries.expressions, node, scope, written)
