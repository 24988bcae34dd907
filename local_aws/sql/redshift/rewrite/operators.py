"""Operators and functions with a syntax of their own."""

from __future__ import annotations

import re

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import cast, fill
from local_aws.sql.redshift.functions.dates import part_of
from local_aws.sql.redshift.inference import type_of


def null_safe_concat(node: exp.Expr) -> exp.Expr:
    """`||` gives NULL if either side is. https://docs.aws.amazon.com/redshift/latest/dg/r_concat_op.html"""
    if not isinstance(node, exp.DPipe):
        return node
    sides = [each if _is_text(each) else cast(each, "VARCHAR") for each in (node.left, node.right)]
    return exp.Paren(this=exp.DPipe(this=sides[0], expression=sides[1], safe=False))


def _is_text(node: exp.Expr) -> bool:
    kind = type_of(node)
    return kind is not None and kind.is_text


def similar_to(node: exp.Expr) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/pattern-matching-conditions-similar-to.html"""
    if not isinstance(node, exp.SimilarTo):
        return node
    pattern = node.expression
    if not isinstance(pattern, exp.Literal):
        raise errors.unsupported("SIMILAR TO with a pattern that is no literal")
    text = re.sub(r"([.^$\\])", r"\\\1", pattern.name).replace("%", ".*").replace("_", ".")
    return fill("regexp_full_match(_1, _2)", [node.this, exp.Literal.string(text)])


def position(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.StrPosition):
        return node
    return fill("strpos(_1, _2)", [node.this, node.args["substr"]])


def extract(node: exp.Expr) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_EXTRACT_function.html"""
    if not isinstance(node, exp.Extract):
        return node
    kind = type_of(node.expression)
    instant = node.expression if kind is not None and kind.name in {"timestamptz", "interval", "time"} else None
    part = part_of(node.this.name)
    whole = "BIGINT" if part == "epoch" else "INTEGER"
    return cast(fill(f"date_part('{part}', _1)", [instant or cast(node.expression, "TIMESTAMP")]), whole)


def trim(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Trim):
        return node
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "trim")
    characters = node.args.get("expression")
    return fill(f"{name}(_1, _2)", [node.this, characters]) if characters else fill(f"{name}(_1)", [node.this])
