"""UNION, INTERSECT, EXCEPT: columns by position, of the type that both sides can be read as."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino import ordering, pushdown
from local_aws.sql.trino.pushdown import Node
from local_aws.sql.trino.typed import Relation, Scope, Typed, coerce, common
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.queries import Queries


def compiled(queries: Queries, node: exp.SetOperation, outer: Scope | None) -> Relation:
    left, right = queries.relation_of(node.this, outer), queries.relation_of(node.expression, outer)
    word = type(node).__name__.upper()
    if len(left.fields) != len(right.fields):
        message = f"{word} query has different number of fields: {len(left.fields)}, {len(right.fields)}"
        raise QueryFailed("TYPE_MISMATCH", message, queries.expressions.at(node))
    pairs = zip(left.fields, right.fields, strict=True)
    kinds = []
    for n, (a, b) in enumerate(pairs, 1):
        kind = common(a.type, b.type)
        if kind is None:
            message = f"column {n} in {word} query has incompatible types: {a.type.trino}, {b.type.trino}"
            raise QueryFailed("TYPE_MISMATCH", message, queries.expressions.at(node))
        kinds.append(kind)
    fields = [replace(each, type=kind) for each, kind in zip(left.fields, kinds, strict=True)]
    every = "" if node.args.get("distinct") else " ALL"
    sql = f"({_as(left, kinds)}) {word}{every} ({_as(right, kinds)})"
    items = [(each.name, Typed(each.sql, each.type)) for each in fields]
    tail = ordering.tail(queries, node, items, Scope([], outer))
    branches = [pushdown.Projection(each.node, _coerced(each, kinds)) for each in (left, right)]
    union = isinstance(node, exp.Union)
    made: Node = pushdown.Union([*branches]) if union else pushdown.Barrier([*branches])
    return Relation(f"SELECT * FROM ({sql}){tail}" if tail else sql, fields, queries.cut(node, made))


def _coerced(relation: Relation, kinds: list[Type]) -> list[str]:
    pairs = zip(relation.fields, kinds, strict=True)
    return [coerce(Typed(each.sql, each.type), kind).sql for each, kind in pairs]


def _as(relation: Relation, kinds: list[Type]) -> str:
    """The relation's query with its columns as `kinds`."""
    if [each.type for each in relation.fields] == kinds:
        return relation.sql
    listed = ", ".join(f"{value} AS c{n}" for n, value in enumerate(_coerced(relation, kinds)))
    return f"SELECT {listed} FROM ({relation.sql})"
