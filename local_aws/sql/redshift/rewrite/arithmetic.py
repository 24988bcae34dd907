"""Arithmetic as Redshift types it. https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift.functions.call import cast
from local_aws.sql.redshift.functions.decimals import divided
from local_aws.sql.redshift.inference import type_of
from local_aws.sql.redshift.promotion import as_numeric


def division(node: exp.Expr) -> exp.Expr:
    """Integers give an integer, cut off; decimals a decimal of the documented scale; by zero is an error."""
    if not isinstance(node, exp.Div):
        return node
    left, right, kind = type_of(node.left), type_of(node.right), type_of(node)
    if left is not None and right is not None and kind is not None:
        if kind.is_integer:
            return exp.Paren(this=exp.IntDiv(this=node.left, expression=node.right))
        if kind.name == "numeric":
            return divided(node.left, as_numeric(left), node.right, as_numeric(right), kind)
    return exp.Div(this=node.left, expression=node.right)


def multiplication(node: exp.Expr) -> exp.Expr:
    """A product of decimals in the documented precision; DuckDB stops at 18 digits if both factors have no more."""
    if not isinstance(node, exp.Mul):
        return node
    left, right, kind = type_of(node.left), type_of(node.right), type_of(node)
    if left is None or right is None or kind is None or kind.name != "numeric":
        return node
    first, second = as_numeric(left), as_numeric(right)
    if (first.precision or 0) + (second.precision or 0) <= 18:
        return node
    wide = f"DECIMAL({max(first.precision or 0, 19)},{first.scale})"
    product = exp.Mul(this=cast(node.left, wide), expression=cast(node.right, second.duckdb))
    return cast(exp.Paren(this=product), kind.duckdb)


def addition(node: exp.Expr) -> exp.Expr:
    """A sum of decimals in the documented precision."""
    if not isinstance(node, exp.Add | exp.Sub):
        return node
    kind = type_of(node)
    sides = (type_of(node.left), type_of(node.right))
    if kind is None or kind.name != "numeric" or None in sides or (kind.precision or 0) <= 18:
        return node
    new = type(node)(this=cast(node.left, kind.duckdb), expression=cast(node.right, kind.duckdb))
    return cast(exp.Paren(this=new), kind.duckdb)
