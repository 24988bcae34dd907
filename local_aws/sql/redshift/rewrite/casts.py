"""Explicit casts, and literals that take the type of what they stand beside."""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import types
from local_aws.sql.redshift.functions.call import cast, fill
from local_aws.sql.redshift.inference import type_of


def typed_cast(node: exp.Expr) -> exp.Expr:
    """A cast to a text cuts it to its length, to a CHAR fills it up; numerics default to no decimals.

    https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html. Deviates: lengths count characters.
    """
    if not isinstance(node, exp.Cast) or node.to.args.get("duckdb"):
        return node
    kind = types.of(node.to)
    if kind.name == "varchar" and node.to.expressions and kind.length != types.MAX_LENGTH:
        return fill(f"left(CAST(_1 AS VARCHAR), {kind.length})", [node.this])
    if kind.name == "bpchar":
        return fill(f"rtrim(left(CAST(_1 AS VARCHAR), {kind.length}))", [node.this])
    return cast(node.this, kind.duckdb)


def literal_beside_number(node: exp.Expr) -> exp.Expr:
    """`1 + '2'`: the text is read as the other side's type, as PostgreSQL reads literals of unknown type."""
    if not isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
        return node
    for one, other in ((node.left, node.right), (node.right, node.left)):
        kind = type_of(other)
        is_text = isinstance(one, exp.Literal) and one.is_string
        if is_text and kind is not None and not kind.is_text and kind.name not in {"date", "timestamp", "timestamptz"}:
            new = cast(one.copy(), kind.duckdb)
            new.type = kind.expression
            one.replace(new)
    return node
