"""A view's query, where a query names the view.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/views.html; what makes a view stale is Trino's
(https://trino.io/docs/current/sql/create-view.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino import pushdown
from local_aws.sql.trino.typed import Field, Relation, View, common
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.queries import Queries


def expanded(queries: Queries, found: View) -> Relation:
    """A view's query, its columns as the view declares them."""
    if found.path in queries.expanding:
        raise QueryFailed("VIEW_IS_RECURSIVE", f"Statement stores view '{'.'.join(found.path)}' recursively")
    from local_aws.sql.trino.dialect import parse

    inner = type(queries)(queries.tables, found.text, found.database, queries.expressions.now, queries.pushdown)
    inner.expressions.names, inner.expressions.exact = queries.expressions.names, queries.expressions.exact
    inner.expanding = (*queries.expanding, found.path)
    relation = inner.relation_of(parse(found.text))
    stale = _stale(relation.fields, found.columns)
    if stale:
        message = f"View '{'.'.join(found.path)}' is stale or in invalid state: {stale}"
        raise QueryFailed("VIEW_IS_STALE", message)
    pairs = zip(relation.fields, (kind for _, kind in found.columns), strict=True)
    values = [
        f"c{n}" if each.type.duckdb == kind.duckdb else f"CAST(c{n} AS {kind.duckdb})"
        for n, (each, kind) in enumerate(pairs)
    ]
    listed = ", ".join(f"{value} AS c{n}" for n, value in enumerate(values))
    shown = [replace(kind, zone=each.type.zone) for each, (_, kind) in zip(relation.fields, found.columns, strict=True)]
    fields = [
        Field(label, kind, f"c{n}") for n, ((label, _), kind) in enumerate(zip(found.columns, shown, strict=True))
    ]
    return Relation(f"SELECT {listed} FROM ({relation.sql})", fields, pushdown.Projection(relation.node, values))


def _stale(fields: Sequence[Field], columns: Sequence[tuple[str, Type]]) -> str:
    """Why what a view's query gives now is not what the view declares; empty where it is."""
    if len(fields) != len(columns):
        many = f"stored view column count ({len(columns)}) does not match"
        return f"{many} column count derived from the view query analysis ({len(fields)})"
    for n, (each, (label, kind)) in enumerate(zip(fields, columns, strict=True)):
        given = f"column [{each.name}] of type {each.type.trino} projected from query view at position {n}"
        stored = f"column [{label}] of type {kind.trino} stored in view definition"
        if each.name.lower() != label:
            return f"{given} has a different name from {stored}"
        if common(each.type, kind) is None:
            return f"{given} cannot be coerced to {stored}"
    return ""
