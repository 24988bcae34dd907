"""Operators and functions with a syntax of their own."""

from __future__ import annotations

import re

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions import texts
from local_aws.sql.redshift.functions.call import Call, as_text, cast, fill
from local_aws.sql.redshift.functions.dates import part_of, part_sql
from local_aws.sql.redshift.functions.moments import moment
from local_aws.sql.redshift.inference import type_of
from local_aws.sql.redshift.types import ColumnType


def null_safe_concat(node: exp.Expr) -> exp.Expr:
    """`||` gives NULL if either side is. https://docs.aws.amazon.com/redshift/latest/dg/r_concat_op.html"""
    if not isinstance(node, exp.DPipe):
        return node
    if any(kind is not None and kind.name == "varbyte" for kind in map(type_of, (node.left, node.right))):
        return exp.Paren(this=exp.DPipe(this=node.left, expression=node.right, safe=False))
    sides = [_scalar_text(each) for each in (node.left, node.right)]
    return exp.Paren(this=exp.DPipe(this=sides[0], expression=sides[1], safe=False))


def _scalar_text(node: exp.Expr) -> exp.Expr:
    kind = type_of(node)
    if kind is not None and kind.name == "super":
        return fill("json_extract_string(to_json(_1), '$')", [node])
    return as_text(node, kind)


def null_of_super(node: exp.Expr) -> exp.Expr:
    """JSON's null in a SUPER value is NULL too. https://docs.aws.amazon.com/redshift/latest/dg/query-super.html"""
    if not isinstance(node, exp.Is) or not isinstance(node.expression, exp.Null):
        return node
    kind = type_of(node.this)
    if kind is None or kind.name != "super":
        return node
    return fill("(_1 IS NULL OR json_type(to_json(_1)) = 'NULL')", [node.this])


def any_of_numbers(node: exp.Expr) -> exp.Expr:
    """`attnum = ANY(conkey)` of the catalog's arrays, which are texts such as `{1,2}` here."""
    if not isinstance(node, exp.EQ) or not isinstance(node.expression, exp.Any):
        return node
    array = node.expression.this.unnest() if isinstance(node.expression.this, exp.Paren) else node.expression.this
    kind = type_of(array)
    if kind is None or not kind.is_text:
        return node
    return fill("list_contains(string_split(trim(_2, '{}'), ','), CAST(_1 AS VARCHAR))", [node.this, array])


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
    part = part_of(node.this.name)
    value = node.expression
    if kind is not None and kind.is_text:
        value = moment(value, ColumnType("timestamp"))
    elif kind is None or kind.name not in {"timestamptz", "interval", "time", "timetz"}:
        value = cast(value, "TIMESTAMP")
    return cast(fill(part_sql(part), [value]), "BIGINT" if part == "epoch" else "INTEGER")


def substring(node: exp.Expr) -> exp.Expr:
    """SUBSTRING with FROM and FOR, or with commas. https://docs.aws.amazon.com/redshift/latest/dg/r_SUBSTRING.html"""
    if not isinstance(node, exp.Substring):
        return node
    arguments = [each for name in ("this", "start", "length") if (each := node.args.get(name)) is not None]
    return texts.substring(Call("substring", arguments, [type_of(each) for each in arguments], type_of(node)))


_SPANS = {
    ("YEAR", "MONTH"): r"([+-]?\d+)-(\d+)",
    ("DAY", "SECOND"): r"([+-]?\d+) +(\d+:\d+(?::[\d.]+)?)",
    ("DAY", "MINUTE"): r"([+-]?\d+) +(\d+:\d+)",
    ("HOUR", "SECOND"): r"()(\d+:\d+(?::[\d.]+)?)",
    ("HOUR", "MINUTE"): r"()(\d+:\d+)",
}


def interval(node: exp.Expr) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_interval_data_types.html; a number without a unit is seconds.

    Deviates: a qualifier does not cut smaller units off.
    """
    if not isinstance(node, exp.Interval) or not isinstance(node.this, exp.Literal):
        return node
    text, unit = node.this.name.replace(",", " "), node.args.get("unit")
    if isinstance(unit, exp.IntervalSpan):
        names = (unit.this.name.upper(), unit.expression.name.upper())
        found = re.fullmatch(_SPANS.get(names, "(?!)"), text.strip())
        if found is None:
            raise errors.unsupported(f"the interval '{text}' {' TO '.join(names)}")
        first, second = found.groups()
        if names[0] == "YEAR":
            text = f"{first} years {'-' if first.startswith('-') else ''}{second} months"
        else:
            text = f"{first} days {second}" if first else second
        return exp.Cast(this=exp.Literal.string(text), to=exp.DataType.build("INTERVAL", dialect="duckdb"))
    if unit is None:
        text = f"{text} seconds" if re.fullmatch(r"\s*[+-]?\d+(\.\d+)?\s*", text) else text
        return exp.Cast(this=exp.Literal.string(text), to=exp.DataType.build("INTERVAL", dialect="duckdb"))
    return node


def trim(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Trim):
        return node
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "trim")
    kind, characters = type_of(node.this), node.args.get("expression")
    value = node.this if kind is None or kind.name in {"super", "varbyte", "bool"} else as_text(node.this, kind)
    return fill(f"{name}(_1, _2)", [value, characters]) if characters else fill(f"{name}(_1)", [value])
